"""Vantages without a network: each answers as a test wants it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from kubeproof.probing import Observation, Outcome, Sample, Target

Answering = Callable[[Target, int], tuple[Outcome, str]]
"""Which outcome, and which Pod, a target shows at its n-th try (from 0)."""


@dataclass
class FakeVantage:
    """Counts the tries at each target and remembers how it was asked."""

    answering: Answering
    name: str = "a client"
    addresses: frozenset[str] = frozenset({"172.30.0.254"})
    sees: Callable[[int], str] = lambda _: "172.30.0.254"
    asked: list[tuple[str, int, bool]] = field(default_factory=list[tuple[str, int, bool]])
    _tries: dict[str, int] = field(default_factory=dict[str, int])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        with self._lock:
            self.asked.append((target.label, tries, source))
            return Sample([self._once(target, source) for _ in range(tries)])

    def _once(self, target: Target, source: bool) -> Observation:
        number = self._tries.get(target.label, 0)
        self._tries[target.label] = number + 1
        outcome, pod = self.answering(target, number)
        seen = self.sees(number) if source and outcome is Outcome.ANSWERED else ""
        return Observation(self.name, target, outcome, 0.0, pod, seen)

    @property
    def tries(self) -> int:
        return sum(self._tries.values())


def door(label: str) -> Target:
    return Target(label, "192.0.2.1", 80)


def always(pod: str) -> Answering:
    return lambda _target, _number: (Outcome.ANSWERED, pod)


def never(outcome: Outcome = Outcome.REFUSED) -> Answering:
    return lambda _target, _number: (outcome, "")


def turns(*pods: str) -> Answering:
    """The Pods one after the other, again and again."""
    return lambda _target, number: (Outcome.ANSWERED, pods[number % len(pods)])


def first(count: int, begin: Answering, then: Answering) -> Answering:
    """One way for the first tries at a target, and another afterwards."""
    return lambda target, number: (begin if number < count else then)(target, number)


def at(**doors: Answering) -> Answering:
    """Another way at each door."""
    return lambda target, number: doors[target.label](target, number)
