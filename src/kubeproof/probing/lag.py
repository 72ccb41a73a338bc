"""How far behind the API the dataplane of a cluster is, as this run has seen it.

A negative is watched for as long as an answer might still come. How long that is depends on the
cluster, so it is measured: every outcome that a scenario waits for shows how late the rules came.
"""

from dataclasses import dataclass, field

from kubeproof.waiting import Budgets

LAGS = 2  # a silence lasts as long as this many of the slowest changes took
ENOUGH = 5  # changes that have to be seen before anything is concluded from them


@dataclass(frozen=True)
class Lag:
    """What the changes of one run took to reach the dataplane, in seconds."""

    seen: list[float] = field(default_factory=list[float])

    def heard(self, seconds: float, budgets: Budgets) -> None:
        """A wanted outcome was first seen so long after the API had the state that brings it.

        What was there at once shows nothing of how long a change takes.
        """
        if seconds >= budgets.dataplane_poll:
            self.seen.append(seconds)

    def watch(self, budgets: Budgets) -> float:
        """How many seconds a silence has to be watched for on this cluster (docs/adr/0011)."""
        if len(self.seen) < ENOUGH:
            return budgets.silence_over
        measured = max(LAGS * max(self.seen), budgets.silence_least)
        return min(measured, budgets.silence_over)
