"""What Thens say of questions: each verdict passes, and fails, for the right reason."""

from collections.abc import Callable

import pytest

from kubeproof.errors import CheckBroken, NotConverged, NotHeld
from kubeproof.probing import Observation, Outcome, Question, Sample
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import CLOCK, Budgets, Converged, tries_to_see_all, tries_to_see_others
from tests.clocks import FakeClock
from tests.probing.vantages import (
    Answering,
    FakeVantage,
    always,
    at,
    door,
    first,
    never,
    turns,
)

BUDGETS = Budgets(
    dataplane=50,
    dataplane_poll=1,
    answers_in_a_row=3,
    silence_tries=4,
    silence_over=4,
    false_alarm_rate=1e-3,
)
JUDGE = Judge(BUDGETS)
ALIVE = always("pod-1")
TWO, THREE = ("pod-1", "pod-2"), ("pod-1", "pod-2", "pod-3")
ALL_OF_TWO = tries_to_see_all(2, 1e-3)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Time passes only when somebody sleeps."""
    fake = FakeClock()
    monkeypatch.setattr(CLOCK, "now", fake.now)
    monkeypatch.setattr(CLOCK, "sleep", fake.sleep)
    return fake


def asking(answering: Answering, *doors: str) -> tuple[Question, FakeVantage]:
    client = FakeVantage(answering)
    return Question([client], [door(one) for one in doors or ("door",)]), client


def row(client: FakeVantage) -> int:
    """How many answers in a row were asked for at most."""
    return max(tries for _, tries, _ in client.asked)


# Every verdict shares these ways to fail.
Judging = Callable[[Question], object]
VERDICTS: dict[str, Judging] = {
    "answered by": lambda question: JUDGE.answered_by(question, ["pod-1"]),
    "shared by": lambda question: JUDGE.shared_by(question, ["pod-1"]),
    "kept to": lambda question: JUDGE.kept_to(question, ["pod-1"], ["pod-9"]),
    "one answers": lambda question: JUDGE.one_answers(question, ["pod-1", "pod-9"]),
    "seen as itself": lambda question: JUDGE.seen_as_itself(question, ["pod-1"]),
}
each_verdict = pytest.mark.parametrize("judged", VERDICTS.values(), ids=VERDICTS.keys())


@each_verdict
def test_a_right_answer_that_stays_is_right(judged: Judging) -> None:
    question, client = asking(always("pod-1"))
    judged(question)
    assert row(client) >= BUDGETS.answers_in_a_row


@each_verdict
def test_a_right_answer_may_come_late(judged: Judging) -> None:
    judged(asking(first(5, never(), always("pod-1")))[0])


@each_verdict
def test_no_answer_at_all_is_a_broken_promise(judged: Judging) -> None:
    with pytest.raises(NotConverged, match=r"not so within 50 s; last seen: .*: refused"):
        judged(asking(never())[0])


@each_verdict
def test_an_answer_of_another_pod_is_a_broken_promise(judged: Judging) -> None:
    with pytest.raises(NotConverged, match=r"last seen: .*: answered by pod-7"):
        judged(asking(always("pod-7"))[0])


@each_verdict
@pytest.mark.parametrize("wrong", [never(), always("pod-7")], ids=["refused", "another Pod"])
def test_a_right_answer_that_does_not_last_is_a_broken_promise(
    judged: Judging, wrong: Answering
) -> None:
    question, client = asking(always("pod-1"))
    judged(question)
    with pytest.raises(NotHeld, match="was so and did not last"):
        judged(asking(first(client.tries - 1, always("pod-1"), wrong))[0])


@each_verdict
def test_a_try_that_cannot_be_made_is_a_broken_check(judged: Judging) -> None:
    with pytest.raises(CheckBroken):
        judged(asking(never(Outcome.BROKEN))[0])


@each_verdict
def test_one_door_that_fails_is_enough(judged: Judging) -> None:
    question, _ = asking(at(a=always("pod-1"), b=never(), c=always("pod-1")), "a", "b", "c")
    with pytest.raises(NotConverged, match=r"→ b \(192\.0\.2\.1:80\)"):
        judged(question)


def test_answered_by_any_of_the_pods() -> None:
    question, _ = asking(turns(*TWO))
    [found] = JUDGE.answered_by(question, TWO)
    assert found.seen.pods().keys() == {"pod-1", "pod-2"}


def test_answered_by_is_told_for_each_door() -> None:
    question, _ = asking(always("pod-1"), "a", "b", "c")
    found = JUDGE.answered_by(question, ["pod-1"])
    assert [next(iter(one.seen)).target.label for one in found] == ["a", "b", "c"]


def test_answered_by_tells_the_wish() -> None:
    with pytest.raises(
        NotConverged, match=r"door \(192\.0\.2\.1:80\) is answered by pod-1 and pod-2"
    ):
        JUDGE.answered_by(asking(never())[0], ["pod-2", "pod-1"])


def test_answered_by_nobody_is_never_so() -> None:
    with pytest.raises(NotConverged, match="is answered by no Pod"):
        JUDGE.answered_by(asking(always("pod-1"))[0], [])


def test_shared_means_that_every_pod_is_seen() -> None:
    question, client = asking(turns(*TWO))
    [found] = JUDGE.shared_by(question, TWO)
    assert found.seen.pods().keys() == set(TWO)
    assert row(client) == ALL_OF_TWO


def test_shared_asks_no_proportions() -> None:
    JUDGE.shared_by(asking(turns(*["pod-1"] * 7, "pod-2"))[0], TWO)


def test_shared_fails_when_a_pod_is_never_seen() -> None:
    with pytest.raises(NotConverged, match="is answered by each of pod-1 and pod-2"):
        JUDGE.shared_by(asking(always("pod-1"))[0], TWO)


def test_shared_fails_when_somebody_else_answers_too() -> None:
    with pytest.raises(NotConverged):
        JUDGE.shared_by(asking(turns(*THREE))[0], TWO)


def test_shared_fails_when_a_connection_is_lost() -> None:
    one_in_six = first(5, turns(*TWO), never())
    lossy: Answering = lambda target, number: one_in_six(target, number % 6)  # noqa: E731 - as data
    with pytest.raises(NotConverged):
        JUDGE.shared_by(asking(lossy)[0], TWO)


def test_shared_is_asked_of_every_door() -> None:
    question, _ = asking(at(a=turns(*TWO), b=always("pod-2")), "a", "b")
    with pytest.raises(NotConverged, match="→ b "):
        JUDGE.shared_by(question, TWO)


def test_kept_to_asks_often_enough_to_notice_others() -> None:
    question, client = asking(turns("pod-1", "pod-2"))
    JUDGE.kept_to(question, TWO, ["pod-3"])
    assert row(client) == max(ALL_OF_TWO, tries_to_see_others(2, 3, 1e-3)) > ALL_OF_TWO


def test_kept_to_fails_when_another_one_answers() -> None:
    with pytest.raises(NotConverged, match="is answered by pod-1 and pod-2 only, never by pod-3"):
        JUDGE.kept_to(asking(turns(*THREE))[0], TWO, ["pod-3"])


def test_kept_to_fails_when_one_of_them_never_answers() -> None:
    with pytest.raises(NotConverged):
        JUDGE.kept_to(asking(always("pod-1"))[0], TWO, ["pod-3"])


def test_kept_to_shows_nothing_where_there_is_nobody_else() -> None:
    with pytest.raises(CheckBroken, match="no other Pod could answer"):
        JUDGE.kept_to(asking(turns(*TWO))[0], TWO, [])


@pytest.mark.parametrize("chosen", TWO)
def test_one_answers_whichever_it_is(chosen: str) -> None:
    question, client = asking(always(chosen))
    JUDGE.one_answers(question, TWO)
    assert row(client) == tries_to_see_others(1, 2, 1e-3)


def test_one_answers_waits_until_it_is_one_whichever_answered_first() -> None:
    JUDGE.one_answers(asking(first(5, turns(*TWO), always("pod-2")))[0], TWO)


def test_one_answers_fails_when_another_one_takes_over() -> None:
    question, _ = asking(first(25, always("pod-1"), always("pod-2")))
    with pytest.raises(NotHeld, match="by one Pod only of pod-1 and pod-2, which is pod-1: was so"):
        JUDGE.one_answers(question, TWO)


def test_a_connection_stays_as_long_as_it_takes_to_see_that_it_does() -> None:
    question, client = asking(always("pod-2"))
    JUDGE.stayed_with(question, "pod-2")
    assert client.asked == [("door", tries_to_see_others(1, 2, 1e-3), False)]


@pytest.mark.parametrize("later", [always("pod-1"), never(Outcome.RESET), never(Outcome.TIMED_OUT)])
def test_a_connection_has_not_stayed(later: Answering) -> None:
    question, _ = asking(first(4, always("pod-2"), later))
    with pytest.raises(NotHeld, match="is answered by pod-2 as before: was so and did not last"):
        JUDGE.stayed_with(question, "pod-2")


def test_a_connection_that_cannot_be_asked_shows_nothing() -> None:
    with pytest.raises(CheckBroken):
        JUDGE.stayed_with(asking(never(Outcome.BROKEN))[0], "pod-2")


def test_one_answers_fails_when_two_do() -> None:
    with pytest.raises(NotConverged, match="is answered by one Pod only of pod-1 and pod-2"):
        JUDGE.one_answers(asking(turns(*TWO))[0], TWO)


def test_one_answers_fails_when_two_do_after_a_lost_connection() -> None:
    with pytest.raises(NotConverged, match="is answered by one Pod only"):
        JUDGE.one_answers(asking(first(1, never(), turns(*TWO)))[0], TWO)


def test_one_answers_fails_when_the_one_changes_in_the_end() -> None:
    question, client = asking(always("pod-1"))
    JUDGE.one_answers(question, TWO)
    changing = first(client.tries - 1, always("pod-1"), always("pod-2"))
    with pytest.raises(NotHeld):
        JUDGE.one_answers(asking(changing)[0], TWO)


def test_one_answers_waits_for_connections_to_stay() -> None:
    JUDGE.one_answers(asking(first(7, turns(*TWO), always("pod-2")))[0], TWO)


def test_let_go_asks_after_each_pause_until_another_pod_answers(clock: FakeClock) -> None:
    question, client = asking(first(8, always("pod-1"), always("pod-2")))
    JUDGE.let_go(question, TWO, timeout=10)
    assert client.tries == 9
    assert clock.now() > 2 * 10


def test_what_was_let_go_and_what_was_silent_is_told() -> None:
    heard: list[Converged[Sample]] = []
    judge = Judge(BUDGETS, heard.append)
    judge.let_go(asking(first(8, always("pod-1"), always("pod-2")))[0], TWO, timeout=1)
    client = FakeVantage(at(door=never(), control=ALIVE))
    question = Question([client], [door("door")])
    judge.unanswered(question, Question([client], [door("control")]), ["pod-1"])
    assert {"pod-2": 1} in [one.seen.pods() for one in heard]
    assert [len(one.seen) for one in heard if not one.seen.pods()] == [BUDGETS.silence_tries]


def test_let_go_fails_when_the_pod_never_changes() -> None:
    with pytest.raises(NotConverged, match="is answered by pod-2 and no longer by pod-1"):
        JUDGE.let_go(asking(always("pod-1"))[0], TWO, timeout=1)


def test_let_go_is_not_shown_by_silence() -> None:
    with pytest.raises(NotConverged):
        JUDGE.let_go(asking(first(7, always("pod-1"), never()))[0], TWO, timeout=1)


def test_told_is_what_was_said_in_place_of_a_pod() -> None:
    question, client = asking(first(3, always("pod-1"), never(Outcome.UNHEALTHY)))
    JUDGE.told(question, Outcome.UNHEALTHY)
    assert row(client) == BUDGETS.answers_in_a_row


@pytest.mark.parametrize("other", [never(Outcome.HEALTHY), never(), always("pod-1")])
def test_told_fails_where_something_else_is_said(other: Answering) -> None:
    with pytest.raises(NotConverged, match="is told 'unhealthy': not so within 50 s"):
        JUDGE.told(asking(other)[0], Outcome.UNHEALTHY)


def test_told_fails_where_it_is_said_in_other_words() -> None:
    with pytest.raises(NotConverged, match="is told 'no endpoints'"):
        JUDGE.told(asking(never(Outcome.DECLINED))[0], Outcome.DECLINED, "no endpoints")


def test_seen_as_itself_asks_for_the_source() -> None:
    question, client = asking(always("pod-1"))
    JUDGE.seen_as_itself(question, ["pod-1"])
    assert all(source for _, _, source in client.asked)


@pytest.mark.parametrize("source", ["172.30.0.11", ""])
def test_seen_as_itself_fails_when_somebody_else_is_seen(source: str) -> None:
    client = FakeVantage(always("pod-1"), sees=lambda _: source)
    with pytest.raises(NotConverged, match="a Pod that sees the client's own address"):
        JUDGE.seen_as_itself(Question([client], [door("door")]), ["pod-1"])


def test_seen_as_itself_compares_each_client_with_its_own_addresses() -> None:
    here = FakeVantage(always("pod-1"), "here", frozenset({"192.0.2.7"}), lambda _: "192.0.2.7")
    there = FakeVantage(always("pod-1"), "there", frozenset({"192.0.2.8"}), lambda _: "192.0.2.7")
    JUDGE.seen_as_itself(Question([here], [door("door")]), ["pod-1"])
    with pytest.raises(NotConverged, match="there → "):
        JUDGE.seen_as_itself(Question([here, there], [door("door")]), ["pod-1"])


def test_seen_as_itself_of_a_pod_that_tells_only_whom_the_other_sees() -> None:
    inside = FakeVantage(always(""), "a Pod", frozenset({"10.244.1.9"}), lambda _: "10.244.1.9")
    JUDGE.seen_as_itself(Question([inside], [door("door")]), ["pod-1"])
    inside.sees = lambda _: "172.30.0.11"
    with pytest.raises(NotConverged):
        JUDGE.seen_as_itself(Question([inside], [door("door")]), ["pod-1"])


def silence(answering: Answering, *, control: Answering = ALIVE) -> FakeVantage:
    """Judge that the door is not answered; the control has a door of its own."""
    client = FakeVantage(at(door=answering, control=control))
    question = Question([client], [door("door")])
    JUDGE.unanswered(question, Question([client], [door("control")]), ["pod-1"])
    return client


@pytest.mark.parametrize(
    "outcome", [Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.RESET, Outcome.UNREACHABLE]
)
def test_unanswered_however_the_network_says_no(outcome: Outcome) -> None:
    client = silence(never(outcome))
    doors = [label for label, _, _ in client.asked]
    assert doors.count("door") == 1 + BUDGETS.silence_tries
    assert doors[0] == doors[-1] == "control", "proof of life comes before and after"


def test_unanswered_may_come_late() -> None:
    silence(first(3, always("pod-1"), never()))


def test_unanswered_fails_when_it_is_answered() -> None:
    with pytest.raises(NotConverged, match=r"is not answered: not so .*: answered by pod-1"):
        silence(always("pod-1"))


def test_unanswered_fails_whoever_answers() -> None:
    with pytest.raises(NotConverged):
        silence(always("pod-7"))


@pytest.mark.parametrize("number", range(1, 1 + BUDGETS.silence_tries))
def test_unanswered_fails_when_one_try_of_the_silence_is_answered(number: int) -> None:
    def answering(_: object, n: int) -> tuple[Outcome, str]:
        return (Outcome.ANSWERED, "pod-1") if n == number else (Outcome.TIMED_OUT, "")

    with pytest.raises(NotHeld, match="answered by pod-1"):
        silence(answering)


def test_unanswered_fails_when_one_of_the_doors_is_answered() -> None:
    client = FakeVantage(at(a=never(), b=always("pod-1"), control=always("pod-1")))
    question = Question([client], [door("a"), door("b")])
    with pytest.raises(NotConverged):
        JUDGE.unanswered(question, Question([client], [door("control")]), ["pod-1"])


def test_a_name_that_is_not_found_is_no_silence() -> None:
    with pytest.raises(NotConverged, match="name not found"):
        silence(never(Outcome.NAME_NOT_FOUND))


@pytest.mark.parametrize("from_try", range(1 + BUDGETS.silence_tries))
def test_a_try_that_breaks_is_no_silence(from_try: int) -> None:
    with pytest.raises(CheckBroken):
        silence(first(from_try, never(), never(Outcome.BROKEN)))


def test_a_client_that_is_answered_nowhere_cannot_tell() -> None:
    with pytest.raises(CheckBroken, match="cannot tell, the positive control fails"):
        silence(never(), control=never())


def test_a_client_that_is_no_longer_answered_at_the_end_cannot_tell() -> None:
    control_tries = sum(tries for label, tries, _ in silence(never()).asked if label == "control")
    dying = first(control_tries // 2, always("pod-1"), never())
    with pytest.raises(CheckBroken, match="cannot tell, the positive control fails"):
        silence(never(), control=dying)


def test_the_control_of_another_client_proves_nothing() -> None:
    blind, seeing = FakeVantage(never(), "a blind client"), FakeVantage(always("pod-1"), "another")
    with pytest.raises(CheckBroken, match="the positive control is not a blind client's"):
        JUDGE.unanswered(
            Question([blind], [door("door")]), Question([seeing], [door("control")]), ["pod-1"]
        )


def _tried(*pods: str) -> list[Observation]:
    ends = [(Outcome.ANSWERED, pod) if pod else (Outcome.TIMED_OUT, "") for pod in pods]
    return [Observation("a client", door("a"), outcome, 0.0, pod) for outcome, pod in ends]


def test_connections_of_which_none_is_lost() -> None:
    Judge(BUDGETS).none_lost(_tried("old", "old", "new", "new"), {"new"})
    Judge(BUDGETS).none_lost(_tried("old", "new"), {"new"})  # the fewest that show a change


def test_one_lost_connection_is_one_too_many() -> None:
    with pytest.raises(NotHeld, match=r"a client → a \(192.0.2.1:80\) loses no connection: 1 of 3"):
        Judge(BUDGETS).none_lost(_tried("old", "", "new"), {"new"})


@pytest.mark.parametrize("pods", [(), ("new", "new"), ("old", "old")])
def test_connections_that_show_no_change_are_a_broken_check(pods: tuple[str, ...]) -> None:
    with pytest.raises(CheckBroken, match="from before until after"):
        Judge(BUDGETS).none_lost(_tried(*pods), {"new"})


def test_a_try_that_could_not_be_made_is_a_broken_check() -> None:
    broken = [Observation("a client", door("a"), Outcome.BROKEN, 0.0)]
    with pytest.raises(CheckBroken, match="not every connection could be tried"):
        Judge(BUDGETS).none_lost([*_tried("old"), *broken, *_tried("new")], {"new"})
