"""What is written down can be read again, by this version and, with less, by later ones."""

import json
from pathlib import Path

import pytest

from kubeproof.errors import Misuse
from kubeproof.probing import Observation, Outcome, Target
from kubeproof.report.record import ScenarioRecord, StepRecord
from kubeproof.report.run import SCHEMA, RunRecord
from tests.report import runs

DOOR = Target("the door", "192.0.2.1", 80)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = runs.run()
    (tmp_path / "run.json").write_text(run.to_json(), encoding="utf-8")
    assert RunRecord.load(tmp_path) == RunRecord.load(tmp_path / "run.json") == run


def test_a_scenario_is_read_as_it_was_written() -> None:
    record = runs.lied()
    assert ScenarioRecord.from_json(record.to_json()) == record


def test_what_a_later_version_adds_is_left_out(tmp_path: Path) -> None:
    raw = json.loads(runs.run().to_json())
    raw["weather"] = raw["scenarios"][0]["weather"] = raw["cluster"]["weather"] = "fog"
    raw["scenarios"][0]["steps"][0]["weather"] = raw["cluster"]["nodes"][0]["weather"] = "fog"
    (tmp_path / "run.json").write_text(json.dumps(raw), encoding="utf-8")
    assert RunRecord.load(tmp_path) == runs.run()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "cannot read"),
        ("{", "is no record of a run"),
        ("[]", "it has no scenarios"),
        ('{"scenarios": []}', "another version of kubeproof \\(no schema"),
        ('{"scenarios": [], "schema": "kubeproof.dev/run/v9"}', "run/v9, not " + SCHEMA),
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(Misuse, match=why):
        RunRecord.load(tmp_path)


def test_alike_connections_are_counted_and_others_kept_apart() -> None:
    step = StepRecord("Then", "it opens", 1)
    for seconds in (0.1, 0.3, 0.2):
        step.add(Observation("a client", DOOR, Outcome.ANSWERED, seconds, "pod-1"), "node-1")
    step.add(Observation("a client", DOOR, Outcome.ANSWERED, 0.1, "pod-1"), "node-2")
    step.add(Observation("a client", DOOR, Outcome.REFUSED, 0.1))
    told = [(one.outcome, one.pod, one.node, one.times, one.slowest) for one in step.seen]
    assert told == [
        ("answered", "pod-1", "node-1", 3, 0.3),
        ("answered", "pod-1", "node-2", 1, 0.1),
        ("refused", "", "", 1, 0.1),
    ]


def test_the_slowest_to_converge_counts() -> None:
    record = runs.opened()
    assert record.converged == 0.25
    record.steps[0].held(0.7)
    record.steps[0].held(0.5)
    assert record.converged == 0.7
    assert runs.clouds().converged is None


def test_attempts_are_counted() -> None:
    assert (runs.opened().attempts, runs.lied().attempts) == (1, 2)


def test_answers_of_dns_are_kept_apart() -> None:
    step = StepRecord("Then", "the answer is so", 1)
    asked = Target("the address of x", "cluster DNS", 53)
    for detail in ("A 10.96.0.1", "A 10.96.0.1", "A 10.96.0.9"):
        step.add(Observation("a Pod", asked, Outcome.ANSWERED, 0.1, detail=detail))
    assert [(one.detail, one.times) for one in step.seen] == [
        ("A 10.96.0.1", 2),
        ("A 10.96.0.9", 1),
    ]
