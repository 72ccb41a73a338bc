"""The work queue."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from math import isclose
from typing import Any

from kubeproof.sandbox.api.status import conflict
from kubeproof.sandbox.controllers.queue import FIRST_RETRY, LAST_RETRY, WorkQueue
from tests.sandbox.controllers.jumping_loop import JumpingLoop


class Worker:
    """Notes when it worked on what; fails as often as it is told to."""

    def __init__(self, loop: JumpingLoop, failures: int = 0) -> None:
        self.queue: WorkQueue[str] = WorkQueue(self.work)
        self.done: list[tuple[str, float]] = []
        self._loop = loop
        self._failures = failures

    def work(self, key: str) -> None:
        self.done.append((key, self._loop.time()))
        if self._failures:
            self._failures -= 1
            raise conflict("pods", key)

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.done]


def run(scenario: Callable[[JumpingLoop], Coroutine[Any, Any, None]]) -> None:
    loop = JumpingLoop()
    try:
        loop.run_until_complete(scenario(loop))
    finally:
        loop.close()


def test_a_key_added_twice_is_worked_on_once_and_in_order() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        worker = Worker(loop)
        worker.queue.start()
        for key in ("b", "a", "b"):
            worker.queue.add(key)
        assert not worker.queue.idle
        await asyncio.sleep(0)
        assert worker.keys == ["b", "a"]
        assert worker.queue.idle
        worker.queue.add("b")
        await asyncio.sleep(0)
        assert worker.keys == ["b", "a", "b"]

    run(scenario)


def test_a_failed_key_comes_back_after_growing_delays() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        worker = Worker(loop, failures=3)
        worker.queue.start()
        worker.queue.add("k")
        await asyncio.sleep(1)
        moments = [moment for _, moment in worker.done]
        gaps = [after - before for before, after in pairwise(moments)]
        wanted = (FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY)
        assert len(gaps) == 3
        assert all(isclose(*pair, abs_tol=1e-9) for pair in zip(gaps, wanted, strict=True))

    run(scenario)


def test_delays_do_not_grow_for_ever_and_start_anew_after_success() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        worker = Worker(loop, failures=20)
        worker.queue.start()
        worker.queue.add("k")
        await asyncio.sleep(3600)
        moments = [moment for _, moment in worker.done]
        assert isclose(moments[-1] - moments[-2], LAST_RETRY, abs_tol=1e-9)
        assert len(moments) == 21

    run(scenario)


def test_of_several_times_the_earliest_counts() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        worker = Worker(loop)
        worker.queue.start()
        for seconds in (5, 2, 9):
            worker.queue.add_after("k", seconds)
        await asyncio.sleep(20)
        [(_, moment)] = worker.done
        assert isclose(moment, 2, abs_tol=1e-9)

    run(scenario)


def test_a_stopped_queue_forgets_everything() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        worker = Worker(loop)
        worker.queue.add("before the start")
        worker.queue.start()
        worker.queue.add("k")
        worker.queue.add_after("k", 1)
        worker.queue.stop()
        worker.queue.add("after the end")
        await asyncio.sleep(2)
        assert worker.keys == []

    run(scenario)


def test_a_defect_is_not_swallowed() -> None:
    async def scenario(loop: JumpingLoop) -> None:
        seen: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _loop, context: seen.append(context))
        nothing: dict[str, None] = {}
        queue: WorkQueue[str] = WorkQueue(nothing.__getitem__)
        queue.start()
        queue.add("k")
        await asyncio.sleep(0)
        assert isinstance(seen[0]["exception"], KeyError)

    run(scenario)
