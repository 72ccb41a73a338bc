"""What a trial shows, and which trials prove a suite."""

import pytest

from kubeproof.faults import FAULTS, Fault, Place
from kubeproof.faults.plan import plan
from kubeproof.faults.trial import Outcome, Ran, Trial, Verdict, verdict_of

SIGN = r"a client \S+ → the node port of k8s-node2 "
RIGHT = "a client outside → the node port of k8s-node2 (1.2.3.4:30000) is answered by pod-1: not so"
OTHER = "a client outside → the node port of k8s-node1 (1.2.3.4:30000) is answered by pod-1: not so"
FAULT = Fault("f", "It breaks.", "https://x", Place.RULES, {"np-03": SIGN}, breaks=("op-03",))


def ran(*ended: tuple[str, str]) -> Outcome:
    return Outcome(tuple(Ran("s", status, reason) for status, reason in ended))


@pytest.mark.parametrize(
    ("ended", "verdict"),
    [
        ([("failed", RIGHT)], Verdict.CAUGHT),
        ([("failed", OTHER)], Verdict.WRONG_REASON),
        ([("failed", f"Pods pod-1 are Ready: not so; {RIGHT}")], Verdict.WRONG_REASON),
        ([("passed", "")], Verdict.MISSED),
        ([("broken", RIGHT)], Verdict.BROKEN),
        ([("skipped", "no client outside")], Verdict.SKIPPED),
        ([("passed", ""), ("failed", RIGHT)], Verdict.CAUGHT),
        ([("failed", OTHER), ("failed", RIGHT)], Verdict.CAUGHT),
        ([("passed", ""), ("broken", "?")], Verdict.BROKEN),
        ([("skipped", ""), ("passed", "")], Verdict.MISSED),
    ],
)
def test_a_fault_that_must_redden(ended: list[tuple[str, str]], verdict: Verdict) -> None:
    assert verdict_of(FAULT, "np-03", ran(*ended)) is verdict


@pytest.mark.parametrize(
    ("second", "verdict"),
    [("k8s-node2", Verdict.CAUGHT), ("k8s-node1", Verdict.WRONG_REASON)],
)
def test_a_sign_may_speak_of_the_second_node_whatever_its_name(
    second: str, verdict: Verdict
) -> None:
    sign = SIGN.replace("k8s-node2", "<second>")
    fault = Fault("f", "It breaks.", "https://x", Place.RULES, {"np-03": sign})
    outcome = Outcome((Ran("s", "failed", RIGHT),), nodes=("a", second))
    assert verdict_of(fault, "np-03", outcome) is verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("broken", Verdict.CAUGHT),
        ("passed", Verdict.MISSED),
        ("failed", Verdict.WRONG_REASON),
        ("skipped", Verdict.SKIPPED),
    ],
)
def test_a_fault_in_the_check_s_own_way_must_break_it(status: str, verdict: Verdict) -> None:
    assert verdict_of(FAULT, "op-03", ran((status, RIGHT))) is verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("passed", Verdict.UNTOUCHED), ("failed", Verdict.ALSO), ("broken", Verdict.ALSO)],
)
def test_a_fault_that_nobody_asked_it_to_notice(status: str, verdict: Verdict) -> None:
    assert verdict_of(FAULT, "np-04", ran((status, OTHER))) is verdict


def test_the_telling_scenario_is_the_worst() -> None:
    outcome = ran(("passed", ""), ("broken", "b"), ("failed", "f"))
    assert outcome.telling.reason == "f"
    assert not outcome.green
    assert ran(("passed", "")).green
    assert not Outcome(()).green


def test_each_behaviour_meets_the_faults_it_must_notice() -> None:
    faults = list(FAULTS.values())
    made = plan(["np-08", "np-03"], faults, every=False, some=False)
    assert made.behaviours == ("np-03", "np-08")
    assert Trial("np-08", "node-port-range-ignored") in made.trials
    assert Trial("np-03", "node-port-range-ignored") not in made.trials
    assert {trial.fault for trial in made.trials} == {one.name for one in made.faults}
    assert {one.name for one in made.faults} | {one.name for one in made.not_yet} == set(FAULTS)
    assert "dns-stale" in [one.name for one in made.not_yet]


def test_all_means_every_pair_once() -> None:
    faults = list(FAULTS.values())
    made = plan(["np-08", "np-03"], faults, every=True, some=False)
    assert len(made.trials) == len(set(made.trials)) == 2 * len(FAULTS)


def test_one_fault_concerns_only_those_that_must_notice_it() -> None:
    made = plan(["np-08", "np-03"], [FAULTS["no-masquerade"]], every=False, some=True)
    assert made.behaviours == ("np-03",)
    assert made.trials == (Trial("np-03", "no-masquerade"),)
