"""What would pass without showing anything is refused."""

import re
from pathlib import Path

import pytest

from tests.plugin.project import CONFTEST, Ended, Project, scenario

SERVICE = 'Given Service "svc-2"'
ASKS = "When a client outside the cluster connects to the node port of the first node"
CONTROL = "And a client outside the cluster is answered at the node port of the first node"

STEPS = '''
from kubeproof.probing import Question, Sample
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import SANDBOX


class Teller:
    """A vantage that tells of so many tries, however many it is asked for."""

    name = "a client"
    addresses = frozenset({"192.0.2.9"})

    def __init__(self, outcome, tells=None):
        self.outcome, self.tells = outcome, tells

    def ask(self, target, tries=1, *, source=False):
        told = tries if self.tells is None else min(self.tells, tries)
        pod = "pod-1" if self.outcome is Outcome.ANSWERED else ""
        return Sample([Observation(self.name, target, self.outcome, 0.001, pod)] * told)


def asked(record, outcome, tells=None):
    return Question([Teller(outcome, tells)], [DOOR], record.observed)


@given("the client is answered")
def is_answered(scenario_record):
    """A positive control."""
    asked(scenario_record, Outcome.ANSWERED).ask(1)


@then("somebody judges and does not look")
def does_not_look(judge):
    """Asks for a judge, and nothing of it."""


@then("nobody answers")
def nobody_answers(scenario_record):
    """A negative of somebody's own making."""
    seen = asked(scenario_record, Outcome.TIMED_OUT).ask(3)
    assert not seen.pods()


@then(parsers.parse("pod-1 alone answers, of which {tells:d} tries are told"))
def alone_answers(scenario_record, tells):
    """A sample whose size follows from its false-alarm rate."""
    question = asked(scenario_record, Outcome.ANSWERED, tells)
    Judge(SANDBOX).kept_to(question, ["pod-1"], ["pod-2"])
'''


def ended(folder: Path, *steps: str) -> Ended:
    return Project.made(folder, scenario("One", *steps), conftest=CONFTEST + STEPS).run()


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        (
            (SERVICE, "Then no connection is answered"),
            "Then no connection is answered: no When before it asks anything",
        ),
        (
            (SERVICE, ASKS, 'Then its type is "NodePort"'),
            f"{ASKS}: no Then listens to what this asks",
        ),
        (
            (SERVICE, ASKS, 'Then Pod "pod-1" answers', ASKS, 'Then its type is "NodePort"'),
            f"{ASKS}: no Then listens to what this asks",
        ),
        (
            (SERVICE, ASKS, "Then no connection is answered"),
            "Then no connection is answered: nothing shows that this client can be answered at all",
        ),
    ],
)
def test_words_that_show_nothing_are_refused_before_anything_runs(
    tmp_path: Path, steps: tuple[str, ...], complaint: str
) -> None:
    run = ended(tmp_path, *steps)
    assert run.code == 2
    assert re.search(rf"doors\.feature, line \d+: {re.escape(complaint)}", run.text)


def test_words_that_show_something_are_taken(tmp_path: Path) -> None:
    run = ended(tmp_path, SERVICE, CONTROL, ASKS, "Then no connection is answered")
    assert "doors.yaml" in run.err  # it went on to run, for which there is no manifest
    assert "can be answered at all" not in run.text


def test_a_then_that_looked_at_nothing_is_a_broken_check(tmp_path: Path) -> None:
    run = ended(tmp_path, "Given the client is answered", "Then somebody judges and does not look")
    assert run.code == 4
    record = run.scenario("np-03")
    assert record["steps"][-1]["status"] == "broken"
    assert record["reason"] == (
        "“Then somebody judges and does not look” looked at no connection, so that it shows nothing"
    )


def test_silence_without_a_positive_control_is_a_broken_check(tmp_path: Path) -> None:
    run = ended(tmp_path, "Given a door", "Then nobody answers")
    assert run.code == 4
    assert run.scenario("np-03")["reason"] == (
        "“Then nobody answers” saw silence only, and no step shows that a client can be answered "
        "at all"
    )


def test_silence_with_a_positive_control_passes(tmp_path: Path) -> None:
    run = ended(tmp_path, "Given the client is answered", "Then nobody answers")
    assert run.code == 0, run.text


@pytest.mark.parametrize("tells", [1, 19])
def test_a_sample_smaller_than_its_rate_needs_is_a_broken_check(tmp_path: Path, tells: int) -> None:
    run = ended(
        tmp_path, "Given a door", f"Then pod-1 alone answers, of which {tells} tries are told"
    )
    assert run.code == 4
    reason = run.scenario("np-03")["reason"]
    assert reason == (
        f"a client → the door (192.0.2.1:30000): {tells} tries are told of, and 20 were needed"
    )


def test_a_sample_as_large_as_its_rate_needs_passes(tmp_path: Path) -> None:
    run = ended(tmp_path, "Given a door", "Then pod-1 alone answers, of which 20 tries are told")
    assert run.code == 0, run.text
