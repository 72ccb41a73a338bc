"""The record of a scenario: what is counted, how it ends, and that it survives being JSON."""

import json
from dataclasses import asdict

import pytest

from kubeproof.probing import Outcome
from kubeproof.report.record import ScenarioRecord, Seen
from tests.report.records import observation, scenario, step


def test_equal_observations_are_counted() -> None:
    asking = step("a client connects")
    for seconds in (0.01, 0.5, 0.02):
        asking.add(observation(seconds=seconds))
    [seen] = asking.seen
    assert (seen.times, seen.slowest) == (3, 0.5)


@pytest.mark.parametrize(
    "other",
    [
        observation(pod="pod-2"),
        observation(Outcome.REFUSED),
        observation(source="172.30.0.254"),
        observation(vantage="another client"),
        observation(target=observation().target.__class__("another door", "172.30.0.11", 30000)),
        observation(target=observation().target.__class__("the node port of n1", "::1", 30000)),
    ],
    ids=str,
)
def test_what_differs_is_counted_apart(other: object) -> None:
    asking = step("a client connects")
    asking.add(observation())
    asking.add(other)  # pyright: ignore[reportArgumentType] - pytest knows no better type
    asking.add(observation())
    assert [seen.times for seen in asking.seen] == [2, 1]


def test_the_reason_of_the_first_of_equal_observations_is_kept() -> None:
    asking = step("a client connects")
    for port in (1, 2):
        asking.add(observation(Outcome.RESET, detail=f"port {port}: connection reset by peer"))
    [seen] = asking.seen
    assert (seen.detail, seen.times) == ("port 1: connection reset by peer", 2)


def test_what_was_seen_reads_as_a_sentence() -> None:
    seen = Seen("a client", "the door", "192.0.2.1:80", "answered", "pod-1", "192.0.2.9", times=3)
    assert str(seen) == (
        "a client → the door (192.0.2.1:80): answered by pod-1, who saw 192.0.2.9 ×3"
    )
    lost = Seen("a client", "the door", "192.0.2.1:80", "timed out", detail="timed out", times=1)
    assert str(lost) == "a client → the door (192.0.2.1:80): timed out ×1 [timed out]"


def test_the_end_of_a_scenario_is_that_of_its_test() -> None:
    record = scenario(status="undecided")
    record.finish("passed", 0.123456, broken=False)
    assert (record.status, record.seconds, record.reason) == ("passed", 0.1235, "")


def test_a_broken_check_is_neither_passed_nor_failed() -> None:
    record = scenario()
    record.finish("failed", 1.0, broken=True)
    assert record.status == "broken"


def test_the_reason_is_the_message_of_the_step_that_has_one() -> None:
    record = scenario(steps=[step("one"), step("two", "failed", message="the door stays shut")])
    record.finish("failed", 1.0, broken=False)
    assert record.reason == "the door stays shut"


def test_a_record_survives_being_json() -> None:
    asking = step("“문”이 열린다 \x00 🚪", "failed", message='a "wish"\nand more', seconds=0.5)
    asking.add(observation(detail="\x1b[31m"))
    asking.add(observation(Outcome.TIMED_OUT, detail="timed out"))
    record = scenario(scenario="로컬 정책", steps=[step("one"), asking], reason="a\nreason")
    text = record.to_json()
    assert "\n" not in text
    assert asdict(ScenarioRecord.from_json(text)) == asdict(record)
    assert json.loads(text)["scenario"] == "로컬 정책"


def test_a_record_of_nothing_survives_too() -> None:
    record = scenario(steps=[])
    assert ScenarioRecord.from_json(record.to_json()) == record
