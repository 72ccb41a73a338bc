"""Waiting: the only module that sleeps.

Two stages with budgets and messages of their own. The control plane *settles* (an object in the
API has the wanted state). Then the dataplane *converges* and *holds*: nothing in the API says when
a node's rules are in place, so only the wanted answer, seen several times in a row, ends the wait,
and a wrong one after that is a failure, never a retry. A *silence* is the negative: a positive
control from the same vantage proves that the check can see, then every try must stay unanswered.

The budgets follow Kubernetes' own e2e constants (test/e2e/framework/timeouts.go,
framework/service/const.go) for any cluster; the sandbox has shorter ones, all can be overridden.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Generic, NoReturn, TypeVar

from kubeproof.errors import CheckBroken, Misuse, NotConverged, NotHeld, NotSettled
from kubeproof.overlap import begun_early

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Budgets:
    """Named limits; seconds unless the name says otherwise."""

    pods_ready: float = 300.0  # framework PodStartTimeout
    endpoints: float = 120.0  # ServiceEndpointsTimeout
    control_plane_poll: float = 0.1
    dataplane: float = 120.0  # KubeProxyLagTimeout: a Service change seen by every node
    dataplane_poll: float = 0.1
    cluster_up: float = 420.0  # a cluster of containers, from nothing to usable, images there
    load_balancer: float = 900.0  # loadBalancerCreateTimeoutDefault
    answers_in_a_row: int = 10  # as upstream's traffic distribution tests
    lookups_in_a_row: int = 21  # one of two DNS servers alone gives so many once in a million
    node_port: float = 120.0  # until another worker's scenario gives a node port back
    connect_timeout: float = 3.0
    silence_tries: int = 5
    silence_over: float = 10.0  # the tries of a negative are spread over this long at most
    silence_least: float = 2.0  # and this long where the cluster has shown itself to be quick
    affinity_lapse: float = 300.0  # ipvs remembers a client for two minutes more (k/k#89358)
    # For one of these tries. A first packet that is lost is sent again after 1 s (RFC 6298, 2.1).
    silence_patience: float = 1.5
    refusal_patience: float = 10.0  # room for three repeated SYNs (RFC 6298: 1, 3 and 7 s)
    pending_over: float = 3.0  # how long an address has to stay pending
    false_alarm_rate: float = 1e-6  # chance that an even spread misses a Pod in a whole sample


CLUSTER = Budgets()
SANDBOX = Budgets(
    pods_ready=10.0,
    endpoints=5.0,
    control_plane_poll=0.01,
    dataplane=4.0,
    dataplane_poll=0.02,
    node_port=1.0,  # each worker has a sandbox of its own
    lookups_in_a_row=5,  # it has one DNS server
    load_balancer=5.0,
    connect_timeout=1.0,
    silence_over=0.5,
    silence_least=0.5,
    affinity_lapse=10.0,
    silence_patience=1.0,
    refusal_patience=1.0,
    pending_over=0.5,
)


def overridden(budgets: Budgets, assignments: list[str]) -> Budgets:
    """The budgets with ``name=value`` assignments applied.

    Raises:
        Misuse: a name that is no budget, or a value that is no number above zero.
    """
    kinds: dict[str, type[int] | type[float]] = {
        field.name: type(getattr(budgets, field.name)) for field in fields(budgets)
    }
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        if name not in kinds:
            raise Misuse(f"unknown budget {name!r}; choose {', '.join(kinds)}")
        try:
            number = kinds[name](value)
        except ValueError:
            raise Misuse(f"budget {name} takes a number, not {value!r}") from None
        if number <= 0:
            raise Misuse(f"budget {name} must be above zero, not {value!r}")
        budgets = replace(budgets, **{name: number})
    return budgets


class Clock:
    """Time and its passing; tests bring a fake one."""

    def now(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let this much time pass."""
        time.sleep(seconds)


CLOCK = Clock()


def settle(
    look: Callable[[], T],
    accept: Callable[[T], bool],
    *,
    what: str,
    within: float,
    every: float,
    show: Callable[[T], str] = str,
    clock: Clock = CLOCK,
) -> T:
    """Stage one: look at the API until the state is there; returns what was seen.

    Raises:
        NotSettled: the budget ran out; the text has the wish and what was seen last, as ``show``
            puts it.
    """
    deadline = clock.now() + within
    while not accept(seen := look()):
        if clock.now() >= deadline:
            raise NotSettled(f"{what}: not so within {within:g} s; last seen: {show(seen)}")
        clock.sleep(every)
    return seen


class Verdict(Enum):
    """What one look amounts to."""

    RIGHT = "right"
    WRONG = "wrong"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Converged(Generic[T]):
    """What was seen last, and when the wanted outcome that then lasted was first seen."""

    seen: T
    after: float  # seconds from the first look
    looks: int


def converge(
    look: Callable[[int], T],
    judge: Callable[[T], Verdict],
    *,
    what: str,
    within: float,
    every: float,
    tries: int,
    complete: Callable[[T], bool] = lambda _: True,
    clock: Clock = CLOCK,
) -> Converged[T]:
    """Stage two: ask until the wanted outcome is there, then see it hold.

    One try is made at a time until one is right; then ``tries`` in a row have to be right and
    ``complete``, or it starts anew; then as many again have to be right, and a wrong one among
    those is a failure.

    Raises:
        NotConverged: the budget ran out before ``tries`` were right in a row.
        NotHeld: the wanted outcome was there and another followed.
        CheckBroken: the check could not be carried out when it counted.
    """
    started = clock.now()
    looks = 0
    while True:
        seen, looks = look(1), looks + 1
        first_right = clock.now() - started
        if judge(seen) is Verdict.RIGHT:
            seen, looks = look(tries), looks + tries
            if judge(seen) is Verdict.RIGHT and complete(seen):
                break
        if clock.now() - started >= within:
            _give_up(judge(seen), f"{what}: not so within {within:g} s; last seen: {seen}")
        clock.sleep(every)
    hold(look(tries), judge, what)
    return Converged(seen, first_right, looks + tries)


def _give_up(verdict: Verdict, text: str) -> NoReturn:
    raise (CheckBroken if verdict is Verdict.BROKEN else NotConverged)(text)


def hold(seen: T, judge: Callable[[T], Verdict], what: str) -> None:
    """See that what was reached is still so.

    Raises:
        NotHeld: it is not.
        CheckBroken: the check could not be carried out.
    """
    verdict = judge(seen)
    if verdict is Verdict.RIGHT:
        return
    kind = CheckBroken if verdict is Verdict.BROKEN else NotHeld
    raise kind(f"{what}: was so and did not last; last seen: {seen}")


def remain(
    look: Callable[[], T],
    accept: Callable[[T], bool],
    *,
    what: str,
    over: float,
    every: float,
    clock: Clock = CLOCK,
) -> T:
    """See a state of the API last for some time.

    Raises:
        NotHeld: it did not last.
    """
    deadline = clock.now() + over
    while accept(seen := look()):
        if clock.now() >= deadline:
            return seen
        clock.sleep(every)
    raise NotHeld(f"{what}: not so for {over:g} s; seen: {seen}")


def silence(
    spread: Callable[[int, float], T],
    judge: Callable[[T], Verdict],
    control: Callable[[], None],
    *,
    what: str,
    budgets: Budgets,
    over: float = 0.0,
    clock: Clock = CLOCK,
) -> Converged[T]:
    """The negative: no try is answered, while a control from the same vantage is.

    ``spread(tries, over)`` makes that many tries, evenly begun over that many seconds; ``control``
    raises when the positive control fails. Tries that are answered while the change still spreads
    through the cluster are waited for; once a try has failed, every later one has to. They are
    watched for ``over`` seconds; ``budgets.silence_over`` where nothing is said.

    Raises:
        NotConverged: it still answered when the budget ran out.
        NotHeld: it was silent and then answered.
        CheckBroken: a try or the positive control could not be carried out.
    """
    over = over or budgets.silence_over
    _proof_of_life(control, what)
    started, looks = clock.now(), 0
    while True:
        begun, looks = begun_early(lambda: spread(1, 0.0)), looks + 1
        after = clock.now() - started
        # A try that has been silent for a moment mostly stays so: the others need not wait for it.
        rest = None if begun.done() else spread(budgets.silence_tries, over)
        seen = begun.result()
        if judge(seen) is Verdict.RIGHT:
            break
        if after >= budgets.dataplane:
            _give_up(judge(seen), f"{what}: not so within {after:.1f} s; last seen: {seen}")
        clock.sleep(budgets.dataplane_poll)
    seen = rest if rest is not None else spread(budgets.silence_tries, over)
    hold(seen, judge, what)
    _proof_of_life(control, what)
    return Converged(seen, after, looks + budgets.silence_tries)


def lapse(
    ask: Callable[[], T],
    judge: Callable[[T], Verdict],
    *,
    what: str,
    pause: float,
    rounds: int,
    within: float,
    clock: Clock = CLOCK,
) -> Converged[T]:
    """What is remembered for some time is forgotten: ask once after each pause without asking.

    ``rounds`` pauses of ``pause`` seconds, then longer and longer ones until ``within`` is over:
    an asker who comes back too soon might be what keeps the memory alive.

    Raises:
        NotConverged: it never was.
        CheckBroken: it could not be asked.
    """
    started, asked = clock.now(), 0
    while True:
        clock.sleep(pause)
        seen, asked = ask(), asked + 1
        after = clock.now() - started
        if judge(seen) is Verdict.RIGHT:
            return Converged(seen, after, asked)
        if asked >= rounds and after >= within:
            _give_up(judge(seen), f"{what}: not so within {after:.0f} s; last seen: {seen}")
        pause *= 2 if asked >= rounds else 1


def _proof_of_life(control: Callable[[], None], what: str) -> None:
    try:
        control()
    except (NotConverged, NotHeld) as error:
        raise CheckBroken(f"{what}: cannot tell, the positive control fails: {error}") from error


def tries_to_see_all(backends: int, false_alarm_rate: float) -> int:
    """How many fresh connections show every backend of an even random spread.

    The chance to miss one of k in n tries is at most k(1 - 1/k)^n; the smallest n that keeps it
    under the rate (kube-proxy chooses at random: reference/networking/virtual-ips).
    """
    if backends < 2:
        return 1
    return math.ceil(math.log(false_alarm_rate / backends) / math.log(1 - 1 / backends))


def tries_to_see_others(allowed: int, backends: int, false_alarm_rate: float) -> int:
    """How many answers it takes to notice that others than the allowed backends answer too.

    If all ``backends`` were used evenly, n answers would all come from the ``allowed`` ones with
    chance (allowed/backends)^n.
    """
    if allowed >= backends or allowed == 0:
        return 1
    return math.ceil(math.log(false_alarm_rate) / math.log(allowed / backends))


def tolerable(tries: int, share: float, false_alarm_rate: float) -> int:
    """How many of so many tries may go wrong where each does with this chance.

    More than that go wrong less often than the rate (the tail of a binomial distribution).
    """
    chance = [
        math.comb(tries, wrong) * share**wrong * (1 - share) ** (tries - wrong)
        for wrong in range(tries + 1)
    ]
    return next(most for most in range(tries + 1) if sum(chance[most + 1 :]) <= false_alarm_rate)
