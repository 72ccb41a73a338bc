"""What a Then says of a lookup: asked until it converges, then seen to hold.

Answers may be kept for as long as their TTL, and servers are several, each with a memory of its
own; so the wanted answer has to come more often in a row than one of two servers would give it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kubeproof import waiting
from kubeproof.errors import CheckBroken
from kubeproof.probing.lookup import Lookup, Reply, Told
from kubeproof.probing.observation import Outcome
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import Converged, Verdict, converge


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of every reply."""

    words: str
    right: Callable[[Reply], bool]
    absent: bool = False  # nothing is to be found, so that a control has to be
    silent: bool = False  # nobody is to answer at all


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
    return Wish("is answered by nobody", lambda reply: not reply.status, silent=True)


def told(judge: Judge, lookup: Lookup, wish: Wish) -> None:
    """Every reply is as it is wished for; where that is nothing, the control is answered.

    Raises:
        NotConverged: it was not so within the budget of the dataplane.
        NotHeld: it was so and did not last.
        CheckBroken: the names cannot be looked up, or not even the control is answered.
    """
    found = (_stayed_silent if wish.silent else _converged)(judge, lookup, wish)
    judge.listener(Converged(found.seen, found.after, found.looks))


def _converged(judge: Judge, lookup: Lookup, wish: Wish) -> Converged[Told]:
    if wish.absent:
        _proof_of_life(lookup)
    found = converge(
        lookup.ask,
        lambda seen: _judged(seen, wish),
        what=f"{lookup} {wish.words}",
        within=judge.budgets.dataplane,
        every=judge.budgets.dataplane_poll,
        tries=judge.budgets.lookups_in_a_row,
    )
    if wish.absent:
        _proof_of_life(lookup)
    return found


def _stayed_silent(judge: Judge, lookup: Lookup, wish: Wish) -> Converged[Told]:
    """No name can be a control here: another step has to have seen this Pod answered."""

    def at_once(tries: int, _: float) -> Told:
        with ThreadPoolExecutor(tries) as pool:
            told = list(pool.map(lookup.ask, [1] * tries))
        return Told(reply for one in told for reply in one.replies)

    return waiting.silence(
        at_once,
        lambda seen: _judged(seen, wish),
        lambda: None,
        what=f"{lookup} {wish.words}",
        budgets=judge.budgets,
    )


def _judged(seen: Told, wish: Wish) -> Verdict:
    return Verdict.RIGHT if all(map(wish.right, seen.replies)) else Verdict.WRONG


def _proof_of_life(lookup: Lookup) -> None:
    if lookup.control is None:
        return
    seen = lookup.control.ask(1)
    if not all(reply.observation.outcome is Outcome.ANSWERED for reply in seen.replies):
        raise CheckBroken(f"{lookup}: cannot tell, the positive control fails: {seen}")
