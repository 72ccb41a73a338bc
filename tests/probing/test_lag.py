"""How long a silence is watched: as the cluster has shown itself to be, within limits."""

import pytest

from kubeproof.probing import Observation, Outcome, Question, Sample, Target
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.lag import ENOUGH, Lag
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import CLUSTER, SANDBOX, overridden


def after(*seconds: float) -> Lag:
    lag = Lag()
    for one in seconds:
        lag.heard(one, CLUSTER)
    return lag


@pytest.mark.parametrize("count", range(ENOUGH))
def test_nothing_is_concluded_from_a_few_changes(count: int) -> None:
    assert after(*[1.0] * count).watch(CLUSTER) == CLUSTER.silence_over


def test_what_was_there_at_once_is_no_change_that_was_waited_for() -> None:
    assert after(*[0.01] * 50).watch(CLUSTER) == CLUSTER.silence_over


@pytest.mark.parametrize(
    ("slowest", "watched"), [(0.5, CLUSTER.silence_least), (1.2, 2.4), (9.0, CLUSTER.silence_over)]
)
def test_the_slowest_change_says_how_long(slowest: float, watched: float) -> None:
    assert after(0.3, 0.3, slowest, 0.3, 0.3).watch(CLUSTER) == pytest.approx(watched)


def test_the_sandbox_is_watched_as_long_as_ever() -> None:
    lag = Lag()
    assert lag.watch(SANDBOX) == SANDBOX.silence_over
    for _ in range(ENOUGH):
        lag.heard(0.05, SANDBOX)
    assert lag.watch(SANDBOX) == SANDBOX.silence_over


class Patient(DirectVantage):
    """A client outside that tells how patient it was at the door, and is answered elsewhere."""

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        asked = (self.name, target)
        if target.label == "control":
            return Sample([Observation(*asked, Outcome.ANSWERED, 0.3, "pod-1")] * tries)
        return Sample([Observation(*asked, Outcome.TIMED_OUT, self.timeout)] * tries)


@pytest.mark.parametrize(("patience", "waited"), [(1.5, 3.0), (4.0, 4.0), (60.0, 5.0)])
def test_silence_is_listened_to_ten_times_as_long_as_the_control_needs(
    patience: float, waited: float
) -> None:
    client, seen = Patient("a client", 5.0), list[Observation]()
    judge = Judge(overridden(SANDBOX, [f"silence_patience={patience}", "silence_over=0.01"]))
    question = Question([client], [Target("door", "192.0.2.1", 80)], seen.append)
    judge.unanswered(question, Question([client], [Target("control", "192.0.2.1", 81)]), ["pod-1"])
    assert {one.seconds for one in seen} == {waited}
