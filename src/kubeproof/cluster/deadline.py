"""One limit over several waits."""

from dataclasses import dataclass, field

from kubeproof.waiting import CLOCK, Clock


@dataclass
class Deadline:
    """So many seconds from now on, whatever they are spent on."""

    seconds: float
    clock: Clock = CLOCK
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = self.clock.now() + self.seconds

    @property
    def left(self) -> float:
        """The seconds that are left, never below zero."""
        return max(0.0, self._end - self.clock.now())
