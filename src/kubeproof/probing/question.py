"""A question is what a When asks: some vantages dial some targets. A Then has it answered."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import product

from kubeproof.errors import CheckBroken
from kubeproof.probing.observation import Observation, Sample, Target
from kubeproof.probing.vantage import Vantage
from kubeproof.waiting import CLOCK

Witness = Callable[[Observation], None]


def _unseen(_: Observation) -> None:
    """Nobody writes it down."""


@dataclass(frozen=True)
class Question:
    """Who dials what. Every pair of vantage and target is asked, concurrently.

    Raises:
        CheckBroken: nobody dials, or nothing is dialled, so that anything could be said of it.
    """

    vantages: Sequence[Vantage]
    targets: Sequence[Target]
    witness: Witness = field(default=_unseen, repr=False)
    # From what a Pod calls itself in answers to its name, where they differ: a Pod on its node's
    # network has the node's hostname.
    aliases: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def __post_init__(self) -> None:
        if not self.vantages or not self.targets:
            raise CheckBroken(f"a question that asks nothing: {self}")

    def __str__(self) -> str:
        who = " and ".join(one.name for one in self.vantages)
        return f"{who} → {', '.join(str(one) for one in self.targets)}"

    @property
    def pairs(self) -> list["Question"]:
        """One question for each pair of a vantage and a target."""
        return [
            Question([vantage], [target], self.witness, self.aliases)
            for vantage, target in product(self.vantages, self.targets)
        ]

    def ask(self, tries: int, *, source: bool = False) -> Sample:
        """Every pair makes that many tries; pairs run side by side.

        Raises:
            CheckBroken: fewer tries are told of than were asked for.
        """
        seen = self._gather(
            lambda vantage, target, _: vantage.ask(target, tries, source=source), [0.0]
        )
        return self._refused_if_short(seen, tries)

    def spread(self, tries: int, over: float) -> Sample:
        """Tries begun evenly over some seconds, overlapping, so that time-outs do not add up.

        Raises:
            CheckBroken: fewer tries are told of than were asked for.
        """
        begin = [over * index / max(1, tries - 1) for index in range(tries)]
        seen = self._gather(lambda vantage, target, _: vantage.ask(target), begin)
        return self._refused_if_short(seen, tries)

    def _refused_if_short(self, seen: Sample, tries: int) -> Sample:
        """How many tries a sample needs follows from its false-alarm rate; fewer show nothing."""
        wanted = tries * len(self.vantages) * len(self.targets)
        if len(seen) < wanted:
            raise CheckBroken(f"{self}: {len(seen)} tries are told of, and {wanted} were needed")
        return seen

    def _gather(
        self, ask: Callable[[Vantage, Target, float], Sample], begin: Sequence[float]
    ) -> Sample:
        def one(vantage: Vantage, target: Target, after: float) -> Sample:
            CLOCK.sleep(after)
            return ask(vantage, target, after)

        jobs = list(product(self.vantages, self.targets, begin))
        if len(jobs) == 1:
            samples = [one(*jobs[0])]
        else:
            with ThreadPoolExecutor(min(len(jobs), 32)) as pool:
                samples = list(pool.map(one, *zip(*jobs, strict=True)))
        seen = Sample([self._named(observation) for sample in samples for observation in sample])
        for observation in seen:
            self.witness(observation)
        return seen

    def _named(self, one: Observation) -> Observation:
        return replace(one, pod=self.aliases.get(one.pod, one.pod)) if self.aliases else one
