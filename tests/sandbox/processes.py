"""Processes as seen from outside, and waiting for one to go."""

import time
from collections.abc import Callable
from pathlib import Path

GONE_WITHIN = 1.0
"""Seconds after which nothing of a sandbox may be left."""


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(condition: Callable[[], bool], seconds: float = GONE_WITHIN) -> float:
    """How long it took; fails when it takes longer than ``seconds``."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not so within {seconds} s"
        time.sleep(0.002)
    return time.monotonic() - began
