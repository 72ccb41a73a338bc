"""Which trials prove a suite: every behaviour at rest, then under each fault it must notice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubeproof.faults.fault import Fault
from kubeproof.faults.trial import Trial


@dataclass(frozen=True, slots=True)
class Plan:
    """The trials, and the faults: those that matter here, and those that nobody has to notice.

    ``whole`` says that these features are all there are, so that each fault needs its scenario.
    """

    behaviours: tuple[str, ...]
    faults: tuple[Fault, ...]
    trials: tuple[Trial, ...]
    not_yet: tuple[Fault, ...]
    whole: bool = False

    def fault(self, name: str) -> Fault:
        """The fault of that name."""
        return next(one for one in (*self.faults, *self.not_yet) if one.name == name)

    @property
    def must_notice(self) -> set[str]:
        """The behaviours that have to notice a fault, whether or not these features have them."""
        return {behaviour for fault in self.faults for behaviour in fault.behaviours}

    @property
    def at_rest(self) -> tuple[Trial, ...]:
        """Every behaviour with no fault at all."""
        return tuple(Trial(behaviour) for behaviour in self.behaviours)


def plan(
    behaviours: Iterable[str],
    faults: Sequence[Fault],
    *,
    every: bool,
    some: bool,
    whole: bool = False,
) -> Plan:
    """What to try. ``every``: each fault against each behaviour, not only where it must be seen.

    ``some``: not all faults are there, so that only behaviours that must notice these matter.
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
    if some and not every:
        there = tuple(sorted({trial.behaviour for trial in must}))
    not_yet = tuple(fault for fault in faults if fault not in relevant)
    return Plan(there, tuple(relevant), tuple(trials), not_yet, whole)
