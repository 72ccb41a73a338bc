"""A trial: one behaviour is checked while one fault is on. What came of it, and what that means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kubeproof.faults.fault import Fault

NO_FAULT = ""
SECOND = "<second>"  # in signs: the name of the second node


@dataclass(frozen=True, slots=True)
class Trial:
    """A behaviour and the fault under which it is checked; the name is empty for none."""

    behaviour: str
    fault: str = NO_FAULT

    def __str__(self) -> str:
        return f"{self.behaviour} under {self.fault}" if self.fault else f"{self.behaviour} at rest"


@dataclass(frozen=True, slots=True)
class Ran:
    """How one scenario, or one example of an outline, ended."""

    scenario: str
    status: str  # passed, failed, broken, skipped
    reason: str = ""
    told: str = ""  # what a reader of the run would have seen


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial: every scenario of the behaviour, and how long it took (seconds)."""

    scenarios: tuple[Ran, ...]
    seconds: float = 0.0
    clean: bool = True  # whether nothing of the trial is left in the cluster
    nodes: tuple[str, ...] = ()  # the cluster's, where signs speak of them by their number

    @classmethod
    def broken(cls, reason: str) -> "Outcome":
        """The trial itself could not be carried out."""
        return cls((Ran("", "broken", reason),), clean=False)

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> "Outcome":
        """Read a worker's answer."""
        ran = tuple(Ran(**one) for one in answer["scenarios"])
        nodes = tuple(answer.get("nodes", ()))
        return cls(ran, float(answer["seconds"]), bool(answer["clean"]), nodes)

    @property
    def green(self) -> bool:
        """Whether every scenario passed."""
        return bool(self.scenarios) and all(one.status == "passed" for one in self.scenarios)

    @property
    def telling(self) -> Ran:
        """The scenario that says most: one that failed, else one that broke, else the first."""
        order = ("failed", "broken", "skipped", "passed")
        return min(self.scenarios, key=lambda one: order.index(one.status))


class Verdict(StrEnum):
    """What a trial shows."""

    CAUGHT = "caught"
    MISSED = "missed"
    BROKEN = "broken"
    WRONG_REASON = "wrong reason"
    SKIPPED = "skipped"
    ALSO = "also noticed"
    UNTOUCHED = "untouched"


FAILURES = (Verdict.MISSED, Verdict.BROKEN, Verdict.WRONG_REASON)


@dataclass(frozen=True, slots=True)
class Judged:
    """A trial with what came of it."""

    trial: Trial
    verdict: Verdict
    outcome: Outcome
    again: bool = False  # whether it took a second try, on a fresh sandbox


def verdict_of(fault: Fault, behaviour: str, outcome: Outcome) -> Verdict:
    """What the trial of a behaviour under a fault shows."""
    statuses = {one.status for one in outcome.scenarios}
    if statuses == {"skipped"}:
        return Verdict.SKIPPED
    if behaviour in fault.breaks:
        return _of_breaking(outcome)
    if behaviour not in fault.caught_by:
        return Verdict.ALSO if statuses & {"failed", "broken"} else Verdict.UNTOUCHED
    sign = _with_nodes(fault.caught_by[behaviour], outcome.nodes)
    return _of_catching(sign, outcome.scenarios)


def _with_nodes(sign: str, nodes: Sequence[str]) -> str:
    """The sign with the name of the second node where it speaks of that."""
    return sign.replace(SECOND, re.escape(nodes[1])) if len(nodes) > 1 else sign


def _of_breaking(outcome: Outcome) -> Verdict:
    """The check goes the way that the fault breaks: it must say so, and must not say more."""
    if outcome.telling.status == "failed":
        return Verdict.WRONG_REASON
    return Verdict.CAUGHT if outcome.telling.status == "broken" else Verdict.MISSED


def _of_catching(sign: str, scenarios: Sequence[Ran]) -> Verdict:
    failed = [one for one in scenarios if one.status == "failed"]
    if any(re.match(sign, one.reason) for one in failed):
        return Verdict.CAUGHT
    if failed:
        return Verdict.WRONG_REASON
    return Verdict.BROKEN if any(one.status == "broken" for one in scenarios) else Verdict.MISSED
