"""Whatever a try came to: it is told who dialled what, how long it took, and how many tries."""

import socket
import threading
from collections.abc import Callable

import httpx
import pytest

from kubeproof.errors import CheckBroken, NotConverged, NotHeld
from kubeproof.probing import Observation, Outcome, Question, Sample, Target
from kubeproof.probing.api_vantage import ApiVantage
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import SANDBOX, Converged, Verdict, converge, overridden, silence
from tests.clocks import FakeClock
from tests.probing.servers import Handler, Server, serving
from tests.probing.vantages import FakeVantage, always, door, turns

DOOR = Target("the ClusterIP of svc-1", "10.96.0.7", 9000)
ANSWERS = {
    "answered": httpx.Response(200, json={"responses": ["pod-1"]}),
    "refused": httpx.Response(200, json={"errors": ["connect: connection refused"]}),
    "no Pod's answer": httpx.Response(200, json={"responses": ["<html>"]}),
    "nothing told": httpx.Response(200, json={}),
    "no such host": httpx.Response(400, text="lookup svc-1: no such host"),
    "no page": httpx.Response(404, text="no such page"),
    "gone": httpx.ConnectError("gone"),
}


def told(seen: Observation, vantage: str) -> None:
    assert (seen.vantage, seen.target) == (vantage, DOOR)
    assert 0 <= seen.seconds < 5
    assert "XX" not in f"{seen.source}{seen.detail}"
    assert str(seen).startswith(f"{vantage} → the ClusterIP of svc-1 (10.96.0.7:9000): ")


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_pod_s_tries_are_told_in_full(answer: httpx.Response | httpx.HTTPError) -> None:
    def proxy(page: str, query: dict[str, str]) -> httpx.Response:
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    [seen] = DialVantage("a Pod on n1", frozenset(), proxy).ask(DOOR)
    told(seen, "a Pod on n1")


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_operator_s_tries_are_told_in_full(answer: httpx.Response | httpx.HTTPError) -> None:
    def get(path: str) -> httpx.Response:
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    [seen] = ApiVantage("an operator", get).ask(DOOR)
    told(seen, "an operator")
    assert seen.pod in ("", "pod-1")


class Forgetful(FakeVantage):
    """Tells of one try less than it was asked for, but always of one."""

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        return super().ask(target, max(1, tries - 1), source=source)


class Silent(FakeVantage):
    """Tells of nothing."""

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        return Sample([])


def test_fewer_tries_than_asked_for_show_nothing() -> None:
    question = Question([Forgetful(always("pod-1"))], [door("a"), door("b")])
    assert len(question.ask(1)) == 2
    with pytest.raises(CheckBroken, match=r"a client → a .*: 18 tries are told of, and 20 were"):
        question.ask(10)


def test_tries_that_are_spread_are_counted_too() -> None:
    question = Question([Silent(always("pod-1"))], [door("a")])
    with pytest.raises(CheckBroken, match="0 tries are told of, and 3 were needed"):
        question.spread(3, 0.0)
    assert len(Question([FakeVantage(always("pod-1"))], [door("a")]).spread(3, 0.0)) == 3


def test_tries_that_are_asked_at_once_begin_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, lock = FakeClock(), threading.Lock()
    begun: list[float] = []

    def slept(seconds: float) -> None:
        with lock:
            begun.append(seconds)

    monkeypatch.setattr(clock, "sleep", slept)
    monkeypatch.setattr("kubeproof.probing.question.CLOCK", clock)
    question = Question([FakeVantage(always("pod-1"))], [door("a")])
    question.ask(4)
    assert begun == [0.0]
    begun.clear()
    question.spread(3, 1.0)
    assert sorted(begun) == [0.0, 0.5, 1.0]
    begun.clear()
    question.spread(1, 1.0)
    assert begun == [0.0]


def test_all_pods_are_seen_also_where_others_must_not_be() -> None:
    """With few others the number of tries follows from the Pods that must be seen."""
    vantage = FakeVantage(turns(*(f"pod-{n}" for n in range(40))))
    judge = Judge(overridden(SANDBOX, ["false_alarm_rate=0.5", "answers_in_a_row=1"]))
    pods = [f"pod-{n}" for n in range(40)]
    [found] = judge.kept_to(Question([vantage], [door("a")]), pods, ["pod-99"])
    assert len(found.seen) == 174  # 40 × (1 - 1/40)^n ≤ 0.5


def test_few_pods_are_asked_as_often_as_anything_is() -> None:
    vantage = FakeVantage(always("pod-1"))
    judge = Judge(overridden(SANDBOX, ["false_alarm_rate=0.5", "answers_in_a_row=30"]))
    [found] = judge.kept_to(Question([vantage], [door("a")]), ["pod-1"], ["pod-2"])
    assert len(found.seen) == 30


def test_a_judge_tells_of_what_was_reached() -> None:
    heard: list[Converged[Sample]] = []
    judge = Judge(SANDBOX, heard.append)
    judge.answered_by(Question([FakeVantage(always("pod-1"))], [door("a")]), ["pod-1"])
    [found] = heard
    assert found.seen.pods() == {"pod-1": SANDBOX.answers_in_a_row}


class LateClock(FakeClock):
    """A clock that has run for long, as those of machines have."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1000.0


def test_convergence_is_accounted_for_from_the_first_look() -> None:
    clock, looks = LateClock(), iter([False, False, True])

    def look(tries: int) -> bool:
        return next(looks, True)

    found = converge(
        look,
        lambda seen: Verdict.RIGHT if seen else Verdict.WRONG,
        what="it",
        within=5.0,
        every=1.0,
        tries=4,
        clock=clock,
    )
    assert (found.after, found.looks) == (2.0, 3 + 4 + 4)


def test_a_budget_is_used_up_to_its_end_and_not_beyond() -> None:
    clock, asked = LateClock(), list[int]()

    def look(tries: int) -> bool:
        asked.append(tries)
        return False

    with pytest.raises(NotConverged, match="it: not so within 5 s"):
        converge(
            look,
            lambda _: Verdict.WRONG,
            what="it",
            within=5.0,
            every=1.0,
            tries=4,
            clock=clock,
        )
    assert len(asked) == 6
    assert clock.time == 1005.0


def test_silence_is_accounted_for_from_the_first_try() -> None:
    clock, tried = LateClock(), iter([True, False])

    def spread(tries: int, over: float) -> bool:
        return next(tried, False)

    found = silence(
        spread,
        lambda answered: Verdict.WRONG if answered else Verdict.RIGHT,
        lambda: None,
        what="it",
        budgets=SANDBOX,
        clock=clock,
    )
    assert found.after == pytest.approx(SANDBOX.dataplane_poll)
    assert (found.seen, found.looks) == (False, 2 + SANDBOX.silence_tries)


def test_a_fraction_is_a_budget() -> None:
    assert overridden(SANDBOX, ["dataplane=0.5"]).dataplane == 0.5


def test_outcomes_are_never_merged() -> None:
    assert len(Outcome) == len(Outcome.__members__)  # two of the same words would be one


def right(seen: bool) -> Verdict:
    return Verdict.RIGHT if seen else Verdict.WRONG


def test_what_did_not_last_is_named() -> None:
    looks = iter([True, True, False])
    with pytest.raises(NotHeld, match=r"^it: was so and did not last; last seen: False"):
        converge(
            lambda _: next(looks),
            right,
            what="it",
            within=5.0,
            every=1.0,
            tries=4,
            clock=LateClock(),
        )


def quiet(spread: Callable[[int, float], bool], control: Callable[[], None]) -> Converged[bool]:
    return silence(spread, right, control, what="it", budgets=SANDBOX, clock=LateClock())


def test_silence_that_did_not_last_is_named() -> None:
    tries = iter([True, False])
    with pytest.raises(NotHeld, match=r"^it: was so and did not last"):
        quiet(lambda count, over: next(tries), lambda: None)


@pytest.mark.parametrize("alive", [0, 1])
def test_a_control_that_fails_names_what_cannot_be_told(alive: int) -> None:
    left = iter([True] * alive)

    def control() -> None:
        if not next(left, False):
            raise NotConverged("nobody answers the control")

    with pytest.raises(CheckBroken, match=r"^it: cannot tell, the positive control fails: nobody"):
        quiet(lambda count, over: True, control)


def test_while_a_first_try_hangs_the_others_are_under_way() -> None:
    others, asked = threading.Event(), list[tuple[int, float]]()

    def spread(tries: int, over: float) -> bool:
        asked.append((tries, over))
        if tries == 1:
            assert others.wait(5.0)
        else:
            others.set()
        return True

    found = quiet(spread, lambda: None)
    assert asked == [(1, 0.0), (SANDBOX.silence_tries, SANDBOX.silence_over)]
    assert found.seen is True


def test_a_first_try_that_fails_at_once_is_followed_by_the_others() -> None:
    asked: list[tuple[int, float]] = []

    def spread(tries: int, over: float) -> bool:
        asked.append((tries, over))
        return True

    quiet(spread, lambda: None)
    assert asked == [(1, 0.0), (SANDBOX.silence_tries, SANDBOX.silence_over)]


def test_every_try_is_told_to_the_witness() -> None:
    heard: list[Observation] = []
    question = Question([FakeVantage(turns("pod-2", "pod-1"))], [door("a")], heard.append)
    Judge(SANDBOX).shared_by(question, ["pod-1", "pod-2"])
    assert len(heard) > 2
    assert {one.pod for one in heard} == {"pod-1", "pod-2"}


def closed(connection: socket.socket, server: Server) -> None:
    """Hangs up without a word."""


def names_no_pod(connection: socket.socket, server: Server) -> None:
    server.page(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")


@pytest.mark.parametrize("handler", [closed, names_no_pod])
def test_a_connection_of_ours_is_told_in_full(handler: Handler) -> None:
    with serving(handler) as server:
        [seen] = DirectVantage("a client", 5.0).ask(server.target)
    assert (seen.vantage, seen.target) == ("a client", server.target)
    assert seen.outcome is not Outcome.ANSWERED
    assert seen.detail
    assert str(seen).startswith(f"a client → the server (127.0.0.1:{server.port}): ")
