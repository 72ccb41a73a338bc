"""What a Then says of a question: asked until it converges, then seen to hold.

Never more than the documentation promises: spread is "every Pod is seen", never proportions; a
node that must not answer may refuse or drop (docs: reference/networking/virtual-ips).
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from kubeproof.errors import CheckBroken, NotHeld
from kubeproof.overlap import first_right
from kubeproof.probing.direct import hurried, patient
from kubeproof.probing.lag import Lag
from kubeproof.probing.observation import Observation, Outcome, Sample
from kubeproof.probing.question import Question
from kubeproof.waiting import (
    Budgets,
    Converged,
    Verdict,
    converge,
    hold,
    lapse,
    silence,
    tries_to_see_all,
    tries_to_see_others,
)

Answers = Sequence[Converged[Sample]]
Right = Callable[[Observation], bool]  # whether an answer is one that was wished for
_SLOWER = 10  # times as long as the control's slowest answer an answer is still listened for
_AT_LEAST = 2  # Pods that a connection could be moved between
_GRACE = 0.5  # seconds beyond a timeout, for clocks that count in whole jiffies or worse
Complete = Callable[[Sample], bool]  # whether right answers are all that a sample needs
_REFUSALS = 2  # Linux sends a client some six ICMP errors at once, then one a second (icmp(7))
Listener = Callable[[Converged[Sample]], None]


def _anyhow(_: Sample) -> bool:
    """Right answers are enough."""
    return True


def _all_of(pods: frozenset[str]) -> Complete:
    """Every one of the Pods has to be seen."""
    return lambda sample: pods <= sample.pods().keys()


def _alike(sample: Sample) -> bool:
    """Whoever answers, it has to be the same Pod each time."""
    return len(sample.pods()) == 1


def _unheard(_: Converged[Sample]) -> None:
    """Nobody writes it down."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Holds questions against what is promised, within the budgets of a cluster."""

    budgets: Budgets
    listener: Listener = _unheard  # hears of every outcome that was reached, and when
    lag: Lag = field(default_factory=Lag)  # of all that this run has seen

    def answered_by(self, question: Question, pods: Collection[str]) -> Answers:
        """Every connection is answered by one of these Pods."""
        names = frozenset(pods)
        tries = self.budgets.answers_in_a_row
        return self._converge(question, names, f"is answered by {_names(names)}", tries)

    def shared_by(self, question: Question, pods: Collection[str]) -> Answers:
        """Every one of these Pods, and no other, answers some of the connections."""
        names = frozenset(pods)
        tries = tries_to_see_all(len(names), self.budgets.false_alarm_rate)
        tries = max(tries, self.budgets.answers_in_a_row)
        wish = f"is answered by each of {_names(names)}"
        return self._converge(question, names, wish, tries, complete=_all_of(names))

    def kept_to(
        self, question: Question, pods: Collection[str], others: Collection[str]
    ) -> Answers:
        """Only these Pods answer, each of them, although others are behind the same Service."""
        if not others:
            raise CheckBroken(f"{question}: no other Pod could answer, so that nothing is shown")
        names = frozenset(pods)
        rate = self.budgets.false_alarm_rate
        tries = max(
            tries_to_see_all(len(names), rate),
            tries_to_see_others(len(names), len(names) + len(others), rate),
            self.budgets.answers_in_a_row,
        )
        wish = f"is answered by {_names(names)} only, never by {_names(others)}"
        return self._converge(question, names, wish, tries, complete=_all_of(names))

    def one_answers(self, question: Question, pods: Collection[str]) -> Answers:
        """One and the same of these Pods answers every connection."""
        rate = self.budgets.false_alarm_rate
        tries = max(tries_to_see_others(1, len(pods), rate), self.budgets.answers_in_a_row)
        wish = f"is answered by one Pod only of {_names(pods)}"
        found = self._converge(question, frozenset(pods), wish, tries, complete=_alike)
        *_, last = found[0].seen  # whichever it is, it has to be the same from now on
        hold(
            question.ask(tries),
            lambda sample: _judged(sample, lambda one: _is(one, lambda it: it.pod == last.pod)),
            f"{question} {wish}, which is {last.pod}",
        )
        return found

    def stayed_with(self, question: Question, pod: str) -> None:
        """Everything that is asked now over a kept connection is answered by this Pod.

        Raises:
            NotHeld: another answers, or the connection is lost.
        """
        tries = tries_to_see_others(1, _AT_LEAST, self.budgets.false_alarm_rate)
        hold(
            question.ask(max(tries, self.budgets.answers_in_a_row)),
            lambda sample: _judged(sample, lambda one: _is(one, lambda it: it.pod == pod)),
            f"{question} is answered by {pod} as before",
        )

    def let_go(self, question: Question, pods: Collection[str], timeout: float) -> Answers:
        """A client that stays away for ``timeout`` seconds is answered by another Pod than before.

        Chance may give it the same Pod again, so that it may have to stay away several times.
        """
        *_, last = self.answered_by(question, pods)[0].seen
        others = frozenset(pods) - {last.pod}

        def right(one: Observation) -> bool:
            return one.pod in others

        found = lapse(
            lambda: question.ask(1),
            lambda sample: _judged(sample, lambda one: _is(one, right)),
            what=f"{question} is answered by {_names(others)} and no longer by {last.pod}",
            pause=timeout + _GRACE,
            rounds=tries_to_see_others(1, len(pods), self.budgets.false_alarm_rate),
            within=self.budgets.affinity_lapse,
        )
        self.listener(found)
        return [found]

    def seen_as_itself(self, question: Question, pods: Collection[str]) -> Answers:
        """The Pods see the address of the client that asks."""

        def right(one: Observation) -> bool:
            vantage = next(v for v in question.vantages if v.name == one.vantage)
            # A Pod that dials for us asks either who answers or who is seen, not both at once.
            of_ours = one.pod in pods or not one.pod
            return of_ours and one.source in vantage.addresses

        wish = "is answered by a Pod that sees the client's own address"
        return [
            self._converge_one(pair, right, wish, self.budgets.answers_in_a_row, source=True)
            for pair in question.pairs
        ]

    def none_lost(self, seen: Sequence[Observation], successors: Collection[str]) -> None:
        """Every one of these connections was answered, from before a change until after it.

        Raises:
            NotHeld: some were not.
            CheckBroken: a try could not be made, or none was made before or none after.
        """
        lost = Sample(one for one in seen if one.outcome is not Outcome.ANSWERED)
        if any(one.outcome is Outcome.BROKEN for one in lost):
            raise CheckBroken(f"not every connection could be tried: {lost}")
        if len(lost):
            first, *_ = lost
            where = f"{first.vantage} → {first.target}"
            raise NotHeld(f"{where} loses no connection: {len(lost)} of {len(seen)} were: {lost}")
        if not seen or seen[0].pod in successors or seen[-1].pod not in successors:
            raise CheckBroken(f"{len(seen)} connections do not reach from before until after")

    def refused(self, question: Question) -> Answers:
        """Every connection is refused, which is an answer of the network.

        It comes at once unless the node has used up its ICMP errors to this client, who then
        hears it in answer to one of the SYNs that follow: after 1, 3 and 7 seconds (icmp(7)).
        """
        clients = [patient(one, self.budgets.refusal_patience) for one in question.vantages]
        return [
            self._converge_one(
                pair, lambda _: True, "is refused", _REFUSALS, outcome=Outcome.REFUSED
            )
            for pair in Question(clients, question.targets, question.witness).pairs
        ]

    def told(self, question: Question, outcome: Outcome, words: str = "") -> Answers:
        """Somebody on the way, who is known, says this in place of a Pod."""

        def right(one: Observation) -> bool:
            return words in one.detail

        wish = f"is told {words or outcome.value!r}"
        tries = self.budgets.answers_in_a_row
        return [
            self._converge_one(pair, right, wish, tries, outcome=outcome) for pair in question.pairs
        ]

    def unanswered(self, question: Question, control: Question, pods: Collection[str]) -> Answers:
        """No connection is answered, while the control, from the same vantage, is."""

        _refuse_another_client(question, control)

        slowest = [self.budgets.silence_patience]

        def alive() -> None:
            seen = [one for found in self.answered_by(control, pods) for one in found.seen]
            slowest.extend(_SLOWER * one.seconds for one in seen)

        def spread(tries: int, over: float) -> Sample:
            return _hurried(question, max(slowest)).spread(tries, over)

        silent = silence(
            spread,
            lambda sample: _judged(sample, _failed_by_the_network),
            alive,
            what=f"{question} is not answered",
            budgets=self.budgets,
            over=self.lag.watch(self.budgets),
        )
        self.listener(silent)
        return [silent]

    def _converge(
        self,
        question: Question,
        names: frozenset[str],
        wish: str,
        tries: int,
        complete: Complete = _anyhow,
    ) -> Answers:
        def right(one: Observation) -> bool:
            return one.pod in names

        def one(pair: Question) -> Converged[Sample]:
            return self._converge_one(pair, right, wish, tries, complete=complete)

        pairs = question.pairs
        if len(pairs) == 1:
            return [one(pairs[0])]
        with ThreadPoolExecutor(min(len(pairs), 16)) as pool:
            return list(pool.map(one, pairs))

    def _converge_one(
        self,
        pair: Question,
        right: Right,
        wish: str,
        tries: int,
        complete: Complete = _anyhow,
        source: bool = False,
        outcome: Outcome = Outcome.ANSWERED,
    ) -> Converged[Sample]:
        def judged(sample: Sample) -> Verdict:
            return _judged(sample, lambda one: _is(one, right, outcome))

        found = converge(
            lambda count: _asked(pair, count, source, judged),
            judged,
            what=f"{pair} {wish}",
            within=self.budgets.dataplane,
            every=self.budgets.dataplane_poll,
            tries=tries,
            complete=complete,
        )
        self.listener(found)
        self.lag.heard(found.after, self.budgets)
        return found


def _asked(pair: Question, count: int, source: bool, judged: Callable[[Sample], Verdict]) -> Sample:
    """What many tries in a row see, or what the first of overlapping ones sees."""
    if count > 1:
        return pair.ask(count, source=source)
    # Tries that are given up tell nobody: they could end in another step.
    unheard = Question(pair.vantages, pair.targets, aliases=pair.aliases)
    seen = first_right(
        lambda: unheard.ask(1, source=source), lambda sample: judged(sample) is Verdict.RIGHT
    )
    for one in seen:
        pair.witness(one)
    return seen


def _hurried(question: Question, seconds: float) -> Question:
    """Silence need not be heard as long as an answer may take: the control shows what that is."""
    clients = [hurried(vantage, seconds) for vantage in question.vantages]
    return Question(clients, question.targets, question.witness)


def _refuse_another_client(question: Question, control: Question) -> None:
    asking, proven = ({one.name for one in each.vantages} for each in (question, control))
    if not asking <= proven:
        unproven = _names(asking - proven)
        raise CheckBroken(f"{question} is not answered: the positive control is not {unproven}'s")


def _is(one: Observation, right: Right, outcome: Outcome = Outcome.ANSWERED) -> bool:
    return one.outcome is outcome and right(one)


def _failed_by_the_network(one: Observation) -> bool:
    return one.outcome not in (Outcome.ANSWERED, Outcome.NAME_NOT_FOUND)


def _judged(sample: Sample, right: Right) -> Verdict:
    if any(one.outcome is Outcome.BROKEN for one in sample):
        return Verdict.BROKEN
    return Verdict.RIGHT if len(sample) and all(right(one) for one in sample) else Verdict.WRONG


def _names(pods: Collection[str]) -> str:
    return " and ".join(sorted(pods)) or "no Pod"
