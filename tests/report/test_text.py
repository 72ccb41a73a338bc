"""A failure in words."""

import pytest

from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken, KubeproofError, NotConverged, NotHeld, PromiseBroken
from kubeproof.probing import Outcome
from kubeproof.report.record import StepRecord
from kubeproof.report.text import failure_text
from tests.report.records import observation, scenario, step


def asking(*outcomes: Outcome, text: str = "a client connects") -> StepRecord:
    made = step(text)
    for outcome in outcomes:
        made.add(observation(outcome))
    return made


LOST, ANSWERED = Outcome.TIMED_OUT, Outcome.ANSWERED


def test_the_promise_comes_first_then_its_steps_then_what_happened() -> None:
    steps = [asking(LOST, ANSWERED, LOST), step("it is answered", "failed", keyword="Then")]
    text = failure_text(scenario(steps=steps), NotConverged("it is answered: not so within 4 s"))
    assert text.splitlines() == [
        "np-03  NodePort on every node reaches Pods on other nodes",
        "features/nodeport/node_port.feature:31",
        "",
        "  ✓ When a client connects",
        "  ✗ Then it is answered",
        "",
        "the promise was not kept: it is answered: not so within 4 s",
        "",
        "observed by “When a client connects”:",
        "  a client → the node port of n1 (172.30.0.11:30000): timed out ×2",
        "  a client → the node port of n1 (172.30.0.11:30000): answered by pod-1 ×1",
        "  answers by Pod: timed out 2, pod-1 1",
    ]


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        (PromiseBroken("x"), "the promise was not kept: x"),
        (NotHeld("x"), "the promise was not kept: x"),
        (CheckBroken("x"), "the check broke: x"),
        (Rejected(422, "Invalid", "x"), "the check broke: x (HTTP 422 Invalid)"),
    ],
    ids=str,
)
def test_only_a_broken_promise_is_called_one(error: KubeproofError, heading: str) -> None:
    assert heading in failure_text(scenario(), error).splitlines()


@pytest.mark.parametrize(
    ("status", "mark"),
    [("passed", "✓"), ("failed", "✗"), ("broken", "!"), ("skipped", "-"), ("undefined", "?")],
)
def test_every_step_has_its_mark(status: str, mark: str) -> None:
    text = failure_text(scenario(steps=[step("one", status)]), CheckBroken("x"))
    assert f"  {mark} When one" in text.splitlines()


def test_the_last_step_that_saw_something_is_told() -> None:
    steps = [asking(ANSWERED, text="one"), asking(LOST, text="two"), step("three", "failed")]
    text = failure_text(scenario(steps=steps), NotConverged("x"))
    assert "observed by “When two”:" in text
    assert "“When one”" not in text


def test_nothing_is_said_of_observations_where_there_are_none() -> None:
    assert "observed" not in failure_text(scenario(steps=[step("one")]), PromiseBroken("x"))


def test_without_a_record_the_error_stands_alone() -> None:
    assert failure_text(None, CheckBroken("no manifest")) == "no manifest"
