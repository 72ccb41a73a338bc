"""A moment until which something may take, and which may be brought forward."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from kubeproof.sandbox.kubelet.clock import Clock


class Deadline:
    """A deadline on a clock, a number of seconds away."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._at = clock.time() + seconds
        self._moved = asyncio.Event()

    @property
    def left(self) -> float:
        """Seconds that are left, at least 0."""
        return max(0.0, self._at - self._clock.time())

    def shorten(self, seconds: float) -> None:
        """Bring the deadline forward to ``seconds`` from now; it is never put off."""
        at = self._clock.time() + seconds
        if at < self._at:
            self._at = at
            self._moved.set()

    async def reached(self, least: float = 0.0) -> None:
        """Return when the moment has come, but not before ``least`` seconds from now."""
        floor = self._clock.time() + least
        while (left := max(self._at, floor) - self._clock.time()) > 0:
            self._moved.clear()
            await first(self._clock.sleep(left), self._moved.wait())


async def first(*works: Coroutine[Any, Any, object]) -> int:
    """Wait for the first of several things to end, give up the others, and say which it was.

    What went wrong in the one that ended is raised.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    ended = next(index for index, task in enumerate(tasks) if task in done)
    tasks[ended].result()
    return ended
