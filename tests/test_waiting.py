"""Waiting, on a clock that does not wait."""

from collections.abc import Callable, Iterator

import pytest

from kubeproof.errors import CheckBroken, Misuse, NotConverged, NotHeld, NotSettled
from kubeproof.waiting import (
    SANDBOX,
    Budgets,
    Clock,
    Converged,
    Verdict,
    converge,
    lapse,
    overridden,
    remain,
    settle,
    silence,
    tries_to_see_all,
    tries_to_see_others,
)

RIGHT, WRONG, BROKEN = Verdict.RIGHT, Verdict.WRONG, Verdict.BROKEN


class FakeClock(Clock):
    """Time passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def answers(*given: Verdict) -> Callable[[int], list[Verdict]]:
    """Looks that see these verdicts one after the other, the last of them for ever."""
    left: Iterator[Verdict] = iter(given)
    last = [given[-1]]

    def look(tries: int) -> list[Verdict]:
        return [next(left, last[0]) for _ in range(tries)]

    return look


def worst(seen: list[Verdict]) -> Verdict:
    return next((v for v in (BROKEN, WRONG) if v in seen), RIGHT)


def settled_by(clock: Clock, look: Callable[[int], list[Verdict]]) -> Converged[list[Verdict]]:
    return converge(look, worst, what="the wish", within=10, every=1, tries=3, clock=clock)


def test_settling_returns_what_was_seen_as_soon_as_it_is_so(clock: FakeClock) -> None:
    numbers = iter(range(100))
    seen = settle(lambda: next(numbers), lambda n: n == 3, what="", within=9, every=1, clock=clock)
    assert (seen, clock.time) == (3, 3.0)


def test_settling_gives_up_with_the_wish_and_what_was_seen_last(clock: FakeClock) -> None:
    with pytest.raises(NotSettled, match=r"a Pod is Ready: not so within 5 s; last seen: pending"):
        settle(
            lambda: "pending",
            lambda _: False,
            what="a Pod is Ready",
            within=5,
            every=1,
            clock=clock,
        )
    assert clock.time == 5.0


def test_converging_waits_for_the_first_right_answer(clock: FakeClock) -> None:
    assert settled_by(clock, answers(WRONG, WRONG, RIGHT)).after == 2.0


def test_converging_starts_anew_when_the_row_is_broken_off(clock: FakeClock) -> None:
    found = settled_by(clock, answers(RIGHT, RIGHT, WRONG, RIGHT, RIGHT))
    assert found.after == 1.0
    assert found.seen == [RIGHT] * 3


def test_a_broken_try_before_convergence_is_tried_again(clock: FakeClock) -> None:
    assert settled_by(clock, answers(BROKEN, RIGHT)).after == 1.0


def test_converging_gives_up_when_the_answer_stays_wrong(clock: FakeClock) -> None:
    with pytest.raises(NotConverged, match="the wish: not so within 10 s"):
        settled_by(clock, answers(WRONG))


def test_a_check_that_stays_broken_is_broken_and_not_failed(clock: FakeClock) -> None:
    with pytest.raises(CheckBroken):
        settled_by(clock, answers(BROKEN))


@pytest.mark.parametrize("looks", [3, 4, 5])
def test_a_wrong_answer_after_convergence_is_a_failure(clock: FakeClock, looks: int) -> None:
    given = [RIGHT] * (1 + looks) + [WRONG] + [RIGHT] * 5
    with pytest.raises(NotHeld, match="was so and did not last"):
        settled_by(clock, answers(*given))


def test_a_check_that_breaks_while_it_has_to_hold_is_broken(clock: FakeClock) -> None:
    with pytest.raises(CheckBroken):
        settled_by(clock, answers(*[RIGHT] * 5, BROKEN))


def test_an_incomplete_sample_does_not_converge(clock: FakeClock) -> None:
    with pytest.raises(NotConverged):
        converge(
            answers(RIGHT), worst, what="", within=3, every=1, tries=3,
            complete=lambda _: False, clock=clock,
        )  # fmt: skip


def test_remaining_fails_at_the_first_other_sight(clock: FakeClock) -> None:
    seen = iter(["", "", "172.30.0.200"])
    with pytest.raises(NotHeld, match=r"pending: not so for 5 s; seen: 172\.30\.0\.200"):
        remain(lambda: next(seen), lambda s: not s, what="pending", over=5, every=1, clock=clock)


def test_remaining_lasts_as_long_as_it_is_told(clock: FakeClock) -> None:
    remain(lambda: "", lambda s: not s, what="pending", over=5, every=1, clock=clock)
    assert clock.time == 5.0


class Quiet:
    """A negative: tries, and a control whose failures are told beforehand."""

    def __init__(self, clock: Clock, tries: Callable[[int], list[Verdict]]) -> None:
        self.clock, self.tries = clock, tries
        self.controls = 0
        self.dead_from = 99

    def control(self) -> None:
        self.controls += 1
        if self.controls >= self.dead_from:
            raise NotConverged("no answer at the control's door")

    def check(self) -> Converged[list[Verdict]]:
        return silence(
            lambda count, over: self.tries(count),
            worst,
            self.control,
            what="the ClusterIP is not answered",
            budgets=Budgets(dataplane=4, dataplane_poll=1),
            clock=self.clock,
        )


def test_silence_asks_the_control_before_and_after(clock: FakeClock) -> None:
    quiet = Quiet(clock, answers(RIGHT))
    assert quiet.check().looks == 6
    assert quiet.controls == 2


@pytest.mark.parametrize("dead_from", [1, 2])
def test_silence_without_proof_of_life_is_a_broken_check(clock: FakeClock, dead_from: int) -> None:
    quiet = Quiet(clock, answers(RIGHT))
    quiet.dead_from = dead_from
    with pytest.raises(CheckBroken, match="the positive control fails"):
        quiet.check()


def test_silence_waits_for_a_change_to_spread(clock: FakeClock) -> None:
    assert Quiet(clock, answers(WRONG, WRONG, RIGHT)).check().after == 2.0


def test_silence_that_never_comes_is_a_failure(clock: FakeClock) -> None:
    with pytest.raises(NotConverged):
        Quiet(clock, answers(WRONG)).check()


def test_an_answer_in_the_silence_is_a_failure(clock: FakeClock) -> None:
    with pytest.raises(NotHeld):
        Quiet(clock, answers(RIGHT, RIGHT, WRONG, RIGHT)).check()


def test_a_try_that_breaks_in_the_silence_is_no_silence(clock: FakeClock) -> None:
    with pytest.raises(CheckBroken):
        Quiet(clock, answers(RIGHT, RIGHT, BROKEN)).check()


def lapsed(clock: FakeClock, *given: Verdict, within: float = 10) -> Converged[list[Verdict]]:
    look = answers(*given)
    return lapse(
        lambda: look(1), worst, what="the wish", pause=2, rounds=3, within=within, clock=clock
    )


def test_a_lapse_is_looked_for_after_a_pause(clock: FakeClock) -> None:
    assert lapsed(clock, RIGHT).after == 2


def test_a_lapse_may_take_several_pauses(clock: FakeClock) -> None:
    found = lapsed(clock, WRONG, WRONG, RIGHT)
    assert (found.after, found.looks) == (6, 3)


def test_pauses_grow_once_chance_cannot_be_the_reason(clock: FakeClock) -> None:
    assert lapsed(clock, *[WRONG] * 4, RIGHT, within=60).after == 3 * 2 + 4 + 8


@pytest.mark.parametrize(("within", "waited"), [(1, 6), (60, 66)])
def test_a_lapse_that_never_comes_is_a_failure(
    clock: FakeClock, within: float, waited: float
) -> None:
    with pytest.raises(NotConverged, match=f"the wish: not so within {waited} s"):
        lapsed(clock, WRONG, within=within)


def test_a_lapse_that_cannot_be_asked_for_is_a_broken_check(clock: FakeClock) -> None:
    with pytest.raises(CheckBroken):
        lapsed(clock, BROKEN)


@pytest.mark.parametrize(("backends", "tries"), [(1, 1), (2, 21), (3, 37), (5, 70)])
def test_enough_tries_to_see_every_backend(backends: int, tries: int) -> None:
    assert tries_to_see_all(backends, 1e-6) == tries
    if backends > 1:
        assert backends * (1 - 1 / backends) ** tries <= 1e-6


@pytest.mark.parametrize(("allowed", "backends", "tries"), [(1, 2, 20), (2, 3, 35), (3, 3, 1)])
def test_enough_tries_to_notice_others(allowed: int, backends: int, tries: int) -> None:
    assert tries_to_see_others(allowed, backends, 1e-6) == tries


def test_budgets_are_overridden_by_name() -> None:
    changed = overridden(SANDBOX, ["dataplane=7.5", "silence_tries=9"])
    assert (changed.dataplane, changed.silence_tries) == (7.5, 9)


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ("patience=3", "unknown budget 'patience'; choose pods_ready"),
        ("dataplane=soon", "budget dataplane takes a number, not 'soon'"),
        ("dataplane=0", "budget dataplane must be above zero"),
        ("dataplane", "budget dataplane takes a number, not ''"),
    ],
)
def test_a_wrong_budget_is_told_in_one_line(assignment: str, complaint: str) -> None:
    with pytest.raises(Misuse, match=complaint):
        overridden(SANDBOX, [assignment])
