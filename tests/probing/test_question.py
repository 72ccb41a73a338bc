"""Questions: who dials what, side by side."""

import threading
import time

import pytest

from kubeproof.errors import CheckBroken
from kubeproof.probing import Observation, Outcome, Question
from kubeproof.probing.direct import DirectVantage
from tests.probing import servers
from tests.probing.servers import serving
from tests.probing.vantages import FakeVantage, always, at, door, never

LOST = 0.5  # seconds: how long a try that is never answered takes


def two_by_two() -> Question:
    vantages = [FakeVantage(always("pod-1"), name) for name in ("one", "other")]
    return Question(vantages, [door("a"), door("b")])


def test_a_question_reads_as_a_sentence() -> None:
    assert str(two_by_two()) == "one and other → a (192.0.2.1:80), b (192.0.2.1:80)"


def test_a_question_that_asks_nothing_is_a_broken_check() -> None:
    with pytest.raises(CheckBroken, match=r"asks nothing: a client → $"):
        Question([FakeVantage(always("pod-1"))], [])
    with pytest.raises(CheckBroken, match="asks nothing:  → a "):
        Question([], [door("a")])


def test_there_is_a_pair_for_every_vantage_and_target() -> None:
    pairs = [(p.vantages[0].name, p.targets[0].label) for p in two_by_two().pairs]
    assert pairs == [("one", "a"), ("one", "b"), ("other", "a"), ("other", "b")]
    assert all(len(p.vantages) == len(p.targets) == 1 for p in two_by_two().pairs)


def test_who_answers_by_another_name_is_called_by_its_own() -> None:
    client = FakeVantage(at(a=always("node-1"), b=always("pod-2")))
    question = Question([client], [door("a"), door("b")], aliases={"node-1": "pod-1"})
    seen = [pair.ask(1) for pair in question.pairs]
    assert [one.pods() for one in seen] == [{"pod-1": 1}, {"pod-2": 1}]


def test_every_pair_makes_as_many_tries() -> None:
    sample = two_by_two().ask(3)
    counts: dict[tuple[str, str], int] = {}
    for one in sample:
        key = (one.vantage, one.target.label)
        counts[key] = counts.get(key, 0) + 1
    assert counts == {(v, t): 3 for v in ("one", "other") for t in ("a", "b")}


def test_the_source_is_asked_for_only_if_it_is_wanted() -> None:
    client = FakeVantage(always("pod-1"))
    question = Question([client], [door("a")])
    question.ask(2, source=True)
    question.ask(1)
    assert client.asked == [("a", 2, True), ("a", 1, False)]


def test_every_observation_is_witnessed_and_pairs_keep_the_witness() -> None:
    seen: list[Observation] = []
    client = FakeVantage(at(a=always("pod-1"), b=never()))
    question = Question([client], [door("a"), door("b")], seen.append)
    question.ask(2)
    assert [one.outcome for one in seen] == [Outcome.ANSWERED] * 2 + [Outcome.REFUSED] * 2
    question.pairs[1].spread(2, 0.0)
    assert [one.target.label for one in seen[4:]] == ["b", "b"]


def test_the_witness_is_told_by_the_one_who_asks() -> None:
    threads: set[threading.Thread] = set()
    client = FakeVantage(always("pod-1"))
    doors = [door("a"), door("b")]
    Question([client], doors, lambda _: threads.add(threading.current_thread())).ask(2)
    assert threads == {threading.current_thread()}


def test_time_outs_of_a_spread_overlap() -> None:
    with serving(servers.silent) as server:
        began = time.monotonic()
        sample = Question([DirectVantage("a client", LOST)], [server.target]).spread(5, 0.4)
        took = time.monotonic() - began
    assert [one.outcome for one in sample] == [Outcome.TIMED_OUT] * 5
    assert 0.4 + LOST <= took < 2.0, "one after the other it would be 2.5 s and more"


def test_tries_of_a_spread_begin_evenly() -> None:
    begun: list[float] = []
    client = FakeVantage(lambda _target, _number: (begun.append(time.monotonic()), never())[1]
                         (_target, _number))  # fmt: skip
    began = time.monotonic()
    Question([client], [door("a")]).spread(5, 0.4)
    offsets = [moment - began for moment in sorted(begun)]
    assert all(0.1 * n <= offset < 0.1 * n + 1 for n, offset in enumerate(offsets)), offsets


def test_a_spread_over_several_targets_takes_no_longer() -> None:
    with serving(servers.silent) as server:
        client = DirectVantage("a client", LOST)
        began = time.monotonic()
        sample = Question([client], [server.target] * 3).spread(3, 0.2)
        took = time.monotonic() - began
    assert len(sample) == 9
    assert took < 2.0


def test_a_single_try_of_a_spread_is_made_at_once() -> None:
    began = time.monotonic()
    assert len(Question([FakeVantage(always("pod-1"))], [door("a")]).spread(1, 30.0)) == 1
    assert time.monotonic() - began < 10


def test_pairs_do_not_wait_for_each_other() -> None:
    with serving(servers.silent) as server:
        client = DirectVantage("a client", LOST)
        began = time.monotonic()
        Question([client], [server.target] * 3).ask(2)
        took = time.monotonic() - began
    assert 2 * LOST <= took < 2.4, "the two tries of a pair are made one after the other"
