"""Asking again before the first try has given up.

A node that has no rules for a Service yet drops a connection without a word, and the flow stays
lost although the rules come a moment later: connection tracking translates first packets only. A
client that waits for its time-out (agnhost's dial: 5 s) then learns late what is so by now.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 0.2  # seconds until another try is made beside the one that is under way
AT_ONCE = 16


def first_right(ask: Callable[[], T], right: Callable[[T], bool], patience: float = PATIENCE) -> T:
    """The first right answer of tries that overlap; a wrong one only if no try is right.

    A try that is answered, rightly or not, ends the asking: only silence is asked again. Tries
    that are still under way then are not waited for, and do not count.
    """
    pool = ThreadPoolExecutor(AT_ONCE)
    tries: set[Future[T]] = set()
    try:
        while True:
            if len(tries) < AT_ONCE:
                tries.add(pool.submit(ask))
            done, under_way = wait(tries, patience, FIRST_COMPLETED)
            answers = [one.result() for one in done]
            if answers:
                return next((one for one in answers if right(one)), answers[0])
            tries = under_way
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def begun_early(ask: Callable[[], T], patience: float = PATIENCE) -> "Future[T]":
    """A try that has either ended, or been silent for so long that it may be built upon."""
    pool = ThreadPoolExecutor(1)
    begun = pool.submit(ask)
    wait([begun], patience)
    pool.shutdown(wait=False)
    return begun
