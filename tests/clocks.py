"""Clocks on which no test has to wait."""

from kubeproof.waiting import Clock


class FakeClock(Clock):
    """Time passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
