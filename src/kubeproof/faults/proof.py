"""The proof: trials handed to workers, judged, and summed up."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubeproof.errors import CheckBroken
from kubeproof.faults.fault import Fault
from kubeproof.faults.plan import Plan
from kubeproof.faults.trial import FAILURES, Judged, Outcome, Trial, Verdict, verdict_of
from kubeproof.faults.workers import ON_SANDBOX, Terms, Worker


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a proof has come; ``left`` is an estimate in seconds."""

    done: int
    total: int
    left: float
    last: Trial
    verdict: str


@dataclass
class Proof:
    """What was shown. ``at_rest`` and ``afterwards`` are the runs with no fault."""

    plan: Plan
    cluster: str = "sandbox"
    at_rest: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    judged: dict[Trial, Judged] = field(default_factory=dict[Trial, Judged])
    afterwards: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    seconds: float = 0.0
    fresh_sandboxes: int = 0

    @property
    def not_green(self) -> list[str]:
        """Behaviours that are not green with no fault on: nothing is proven of them."""
        return sorted(
            behaviour
            for behaviour, outcome in self.at_rest.items()
            if not outcome.green and outcome.telling.status != "skipped"
        )

    @property
    def never_red(self) -> list[str]:
        """Behaviours which no fault reddened for the right reason."""
        return [one for one in self.plan.behaviours if not self.catching(one) and self._tried(one)]

    def _tried(self, behaviour: str) -> bool:
        if behaviour in self.not_green or not self.at_rest[behaviour].green:
            return False
        own = [one for trial, one in self.judged.items() if trial.behaviour == behaviour]
        return not own or any(one.verdict is not Verdict.SKIPPED for one in own)

    def catching(self, behaviour: str) -> list[str]:
        """The faults which this behaviour caught."""
        return [
            trial.fault
            for trial, one in self.judged.items()
            if trial.behaviour == behaviour and one.verdict is Verdict.CAUGHT
        ]

    @property
    def never_caught(self) -> list[Fault]:
        """Faults that some behaviour here must notice, and that none did."""
        caught = {t.fault for t, one in self.judged.items() if one.verdict is Verdict.CAUGHT}
        settled = caught | self.not_done.keys()
        missing = (fault for fault in self.plan.faults if fault.name not in settled)
        return [fault for fault in missing if not set(fault.behaviours) <= self._out_of_reach()]

    @property
    def not_done(self) -> dict[str, str]:
        """Faults that this cluster has nothing for to act upon, and why."""
        verdicts: dict[str, set[Verdict]] = {}
        why: dict[str, str] = {}
        for trial, one in self.judged.items():
            verdicts.setdefault(trial.fault, set()).add(one.verdict)
            why[trial.fault] = one.outcome.telling.reason
        return {name: why[name] for name, seen in verdicts.items() if seen == {Verdict.SKIPPED}}

    def _out_of_reach(self) -> set[str]:
        """Behaviours that this host cannot show, or that these features do not have."""
        skipped = {one for one, seen in self.at_rest.items() if seen.telling.status == "skipped"}
        return skipped | (self.plan.must_notice - set(self.plan.behaviours))

    @property
    def unseen(self) -> list[Fault]:
        """Faults that no scenario of the whole suite has to notice."""
        return list(self.plan.not_yet) if self.plan.whole else []

    @property
    def failures(self) -> list[Judged]:
        """Trials that did not show what they must."""
        return [one for one in self.judged.values() if one.verdict in FAILURES]

    @property
    def left_behind(self) -> list[str]:
        """Behaviours that were green before the faults and not after: a fault left something."""
        return sorted(one for one, outcome in self.afterwards.items() if not outcome.green)

    @property
    def holds(self) -> bool:
        """Whether everything was shown that had to be."""
        complaints = (
            self.not_green,
            self.never_red,
            self.never_caught,
            self.unseen,
            self.failures,
            self.left_behind,
        )
        return not any(complaints)


Command = Sequence[str]


class Proving:
    """Carries out a plan with some workers; each keeps its sandbox as long as that is clean."""

    def __init__(
        self,
        plan: Plan,
        command: Command,
        workers: int,
        tell: Callable[[Progress], None],
        *,
        cluster: str = "sandbox",
        terms: Terms = ON_SANDBOX,
    ) -> None:
        self._command = command
        self._count = workers
        self._tell = tell
        self._terms = terms
        self._idle: list[Worker] = []
        self._alive: list[Worker] = []
        self._done = 0
        self._total = 2 * len(plan.at_rest) + len(plan.trials)
        self.proof = Proof(plan, cluster)

    async def prove(self) -> Proof:
        """At rest, under every fault, and at rest again.

        Raises:
            KubeproofError: no worker could be started, no sandbox had, or no feature worked with.
        """
        began = time.monotonic()
        plan = self.proof.plan
        try:
            await self._all(plan.at_rest, self._at_rest)
            trials, afterwards = self._sound(plan.trials), self._sound(plan.at_rest)
            self._total = self._done + len(trials) + len(afterwards)
            await self._all(trials, self._under_fault)
            await self._all(afterwards, self._afterwards)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            for worker in list(self._alive):
                await self._end(worker)
        self.proof.seconds = time.monotonic() - began
        return self.proof

    def _sound(self, trials: Sequence[Trial]) -> list[Trial]:
        """Those of behaviours that are green at rest: a fault shows nothing of the others."""
        return [trial for trial in trials if self.proof.at_rest[trial.behaviour].green]

    async def _all(
        self, trials: Sequence[Trial], judge: Callable[[Trial], Coroutine[Any, Any, str]]
    ) -> None:
        waiting = deque(trials)
        began, first = time.monotonic(), self._done

        async def one_after_the_other() -> None:
            while waiting:
                trial = waiting.popleft()
                verdict = await judge(trial)
                self._done += 1
                each = (time.monotonic() - began) / (self._done - first)
                left = each * (self._total - self._done)
                self._tell(Progress(self._done, self._total, left, trial, verdict))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._count, len(trials))):
                group.create_task(one_after_the_other())

    async def _at_rest(self, trial: Trial) -> str:
        outcome = await self._tried(trial)
        if outcome.telling.status in ("failed", "broken"):
            outcome = await self._tried_afresh(trial)
        self.proof.at_rest[trial.behaviour] = outcome
        return outcome.telling.status

    async def _afterwards(self, trial: Trial) -> str:
        outcome = await self._tried(trial)
        self.proof.afterwards[trial.behaviour] = outcome
        return outcome.telling.status

    async def _under_fault(self, trial: Trial) -> str:
        fault = self.proof.plan.fault(trial.fault)
        outcome = await (self._tried_afresh(trial) if fault.fresh else self._tried(trial))
        verdict = verdict_of(fault, trial.behaviour, outcome)
        if again := verdict in FAILURES and not fault.fresh:
            # A sandbox that was broken before may be to blame: only a fresh one convicts.
            outcome = await self._tried_afresh(trial)
            verdict = verdict_of(fault, trial.behaviour, outcome)
        self.proof.judged[trial] = Judged(trial, verdict, outcome, again)
        return verdict.value

    async def _tried(self, trial: Trial) -> Outcome:
        worker = self._idle.pop() if self._idle else await self._fresh()
        outcome = await worker.carry_out(trial, self._switch(trial))
        if outcome.clean:
            self._idle.append(worker)
        else:
            await self._end(worker)
        return outcome

    async def _tried_afresh(self, trial: Trial) -> Outcome:
        worker = await self._fresh()
        try:
            return await worker.carry_out(trial, self._switch(trial))
        finally:
            await self._end(worker)

    def _switch(self, trial: Trial) -> str:
        return self.proof.plan.fault(trial.fault).switch if trial.fault else ""

    async def _fresh(self) -> Worker:
        self.proof.fresh_sandboxes += 1
        worker = await Worker.start(self._command, self._terms)
        self._alive.append(worker)
        return worker

    async def _end(self, worker: Worker) -> None:
        if worker in self._alive:
            self._alive.remove(worker)
            await worker.end()


async def behaviours_of(command: Command) -> tuple[str, ...]:
    """The behaviours of the features, as a worker finds them.

    Raises:
        Misuse: the features cannot be worked with, or show no behaviour.
        CheckBroken: no worker could be started.
    """
    worker = await Worker.start(command)
    await worker.end()
    if not worker.behaviours:
        raise CheckBroken("no scenario of these features carries a behaviour's id")
    return tuple(sorted(worker.behaviours))
