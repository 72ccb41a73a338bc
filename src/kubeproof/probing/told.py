"""What a Then says of a lookup: asked until it converges, then seen to hold.

Answers may be kept for as long as their TTL, and servers are several, each with a memory of its
own; so the wanted answer has to come more often in a row than one of two servers would give it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kubeproof.errors import CheckBroken
from kubeproof.probing.lookup import Lookup, Reply, Told
from kubeproof.probing.observation import Outcome, Sample
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import Converged, Verdict, converge

_FEW = 1  # each silence takes as long as a lookup may wait


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of every reply."""

    words: str
    right: Callable[[Reply], bool]
    absent: bool = False  # nothing is to be found, so that a control has to be
    tries: int = 0  # how often in a row; as often as lookups need it if 0


def values(words: str, kind: str, wanted: frozenset[str]) -> Wish:
    """Exactly these values, in records of this type."""
    told = " and ".join(sorted(wanted)) or "nothing"
    return Wish(f"is {words}, {told}", lambda reply: reply.values(kind) == wanted)


def nothing(words: str) -> Wish:
    """No such name, or one without such records."""

    def right(reply: Reply) -> bool:
        return reply.observation.outcome is Outcome.NAME_NOT_FOUND

    return Wish(f"is that there is {words}", right, absent=True)


def silence() -> Wish:
    """No server answers: nothing is told of the name, not even that there is none."""
    lost = (Outcome.TIMED_OUT, Outcome.REFUSED, Outcome.UNREACHABLE)

    def right(reply: Reply) -> bool:
        return reply.observation.outcome in lost

    return Wish("is answered by nobody", right, tries=_FEW)


def told(judge: Judge, lookup: Lookup, wish: Wish) -> None:
    """Every reply is as it is wished for; where that is nothing, the control is answered.

    Raises:
        NotConverged: it was not so within the budget of the dataplane.
        NotHeld: it was so and did not last.
        CheckBroken: the names cannot be looked up, or not even the control is answered.
    """
    if wish.absent:
        _proof_of_life(lookup)
    found = converge(
        lookup.ask,
        lambda seen: Verdict.RIGHT if all(map(wish.right, seen.replies)) else Verdict.WRONG,
        what=f"{lookup} {wish.words}",
        within=judge.budgets.dataplane,
        every=judge.budgets.dataplane_poll,
        tries=wish.tries or judge.budgets.lookups_in_a_row,
    )
    if wish.absent:
        _proof_of_life(lookup)
    judge.listener(_as_sample(found))


def _proof_of_life(lookup: Lookup) -> None:
    if lookup.control is None:
        return
    seen = lookup.control.ask(1)
    if not all(reply.observation.outcome is Outcome.ANSWERED for reply in seen.replies):
        raise CheckBroken(f"{lookup}: cannot tell, the positive control fails: {seen}")


def _as_sample(found: Converged[Told]) -> Converged[Sample]:
    return Converged(found.seen, found.after, found.looks)
