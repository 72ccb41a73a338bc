"""Which trials prove a suite: every behaviour at rest, then under each fault it must notice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubeproof.faults.fault import Fault
from kubeproof.faults.trial import Trial


@dataclass(frozen=True, slots=True)
class Plan:
    """The trials, and the faults that no behaviour of these features has to notice."""

    behaviours: tuple[str, ...]
    faults: tuple[Fault, ...]
    trials: tuple[Trial, ...]
    not_yet: tuple[Fault, ...]

    @property
    def at_rest(self) -> tuple[Trial, ...]:
        """Every behaviour with no fault at all."""
        return tuple(Trial(behaviour) for behaviour in self.behaviours)


def plan(behaviours: Iterable[str], faults: Sequence[Fault], *, every: bool, one: bool) -> Plan:
    """What to try. ``every``: each fault against each behaviour, not only where it must be seen.

    ``one``: a single fault was asked for, so that only behaviours that must notice it matter.
    """
    there = tuple(sorted(behaviours))
    relevant = [fault for fault in faults if set(fault.behaviours) & set(there)]
    must = [
        Trial(behaviour, fault.name)
        for fault in relevant
        for behaviour in there
        if behaviour in fault.behaviours
    ]
    rest = [Trial(behaviour, fault.name) for fault in faults for behaviour in there]
    trials = must + [trial for trial in rest if every and trial not in set(must)]
    if one and not every:
        there = tuple(sorted({trial.behaviour for trial in must}))
    not_yet = tuple(fault for fault in faults if fault not in relevant)
    return Plan(there, tuple(relevant), tuple(trials), not_yet)
