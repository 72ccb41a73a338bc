"""The work queue every controller runs on: one reconcile per key, right after the event.

It plays the part of client-go's rate-limiting work queue on one event loop: a key waits at most
once, failures come back after a growing delay, and nothing is polled.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from kubeproof.sandbox.api.status import ApiError

K = TypeVar("K", bound=Hashable)

FIRST_RETRY = 0.005
"""Seconds before the first retry of a failed key; each further one doubles it (client-go's)."""

LAST_RETRY = 30.0
"""Seconds between retries at most."""


class WorkQueue(Generic[K]):
    """Calls `work(key)` once for every key that was added, from the event loop, in order."""

    def __init__(self, work: Callable[[K], None]) -> None:
        """`work` may raise ApiError, which brings the key back; anything else is a defect."""
        self._work = work
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[K] = set()
        self._timers: dict[K, asyncio.TimerHandle] = {}
        self._failures: dict[K, int] = {}

    def start(self) -> None:
        """Begin to work; keys added before are forgotten. Needs a running event loop."""
        self.stop()
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Forget every key and work no more."""
        self._loop = None
        self._waiting.clear()
        self._failures.clear()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    @property
    def idle(self) -> bool:
        """Whether no key waits for its turn; keys with a time of their own do not count."""
        return not self._waiting

    def add(self, key: K) -> None:
        """Work on this key as soon as the loop gets to it; adding it twice does it once."""
        if self._loop is None or key in self._waiting:
            return
        self._waiting.add(key)
        self._loop.call_soon(self._run, key, self._loop)

    def add_after(self, key: K, seconds: float) -> None:
        """Work on this key in so many seconds, or earlier if that was asked for before."""
        if self._loop is None:
            return
        due = self._loop.time() + max(seconds, 0)
        timer = self._timers.get(key)
        if timer is not None and timer.when() <= due:
            return
        if timer is not None:
            timer.cancel()
        self._timers[key] = self._loop.call_at(due, self._ripen, key)

    def _ripen(self, key: K) -> None:
        self._timers.pop(key, None)
        self.add(key)

    def _run(self, key: K, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop or key not in self._waiting:
            return  # stopped since then
        self._waiting.discard(key)
        try:
            self._work(key)
        except ApiError:
            self._retry(key)
        else:
            self._failures.pop(key, None)

    def _retry(self, key: K) -> None:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self.add_after(key, min(FIRST_RETRY * 2 ** min(failures, 20), LAST_RETRY))
