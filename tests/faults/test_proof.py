"""The proof as a whole, with workers that answer from a script."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from kubeproof.errors import CheckBroken, ClusterUnavailable, Misuse
from kubeproof.faults import FAULTS, matrix
from kubeproof.faults.page import page
from kubeproof.faults.plan import plan
from kubeproof.faults.proof import Progress, Proof, Proving, behaviours_of
from kubeproof.faults.trial import Trial, Verdict
from kubeproof.faults.workers import ON_NODES, ON_SANDBOX, Terms, Worker
from kubeproof.faults.written import record
from kubeproof.waiting import SANDBOX, overridden
from tests.faults.workers import command

FAULT = "node-port-range-ignored"
RED = f"np-08 {FAULT}"
RIGHT = ["failed", "Service svc-port-out-of-range is refused at spec.ports[0].nodePort; no", True]
WRONG = ["failed", "Pods pod-1 are Ready: not so within 4 s", True]
PASSED = ["passed", "", True]
TRIAL = Trial("np-08", FAULT)


def proven(
    folder: Path, answers: dict[str, list[Any]], *, behaviours: tuple[str, ...] = ("np-08",)
) -> Proof:
    """The proof of one fault by scripted workers, one at a time."""
    script = {"behaviours": behaviours, "answers": answers}
    (folder / "script.json").write_text(json.dumps(script))
    made = plan(behaviours, [FAULTS[FAULT]], every=False, some=False)
    told: list[Progress] = []
    proof = asyncio.run(Proving(made, command(folder), 1, told.append).prove())
    assert [one.done for one in told] == list(range(1, len(told) + 1))
    assert told[-1].done == told[-1].total or not proof.judged  # all of what was left to do
    return proof


def lives(folder: Path) -> int:
    return len((folder / "born").read_text().splitlines())


def asked(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "asked").read_text().splitlines()]


def test_a_fault_that_is_caught(tmp_path: Path) -> None:
    proof = proven(tmp_path, {RED: RIGHT})
    assert proof.holds
    assert proof.judged[TRIAL].verdict is Verdict.CAUGHT
    assert proof.catching("np-08") == [FAULT]
    assert matrix.complaints(proof) == []
    assert "1 of 1 behaviours catch a fault, 1 of 1 faults are caught" in matrix.summary(proof)


def test_it_is_tried_at_rest_under_the_fault_and_at_rest_again(tmp_path: Path) -> None:
    proven(tmp_path, {RED: RIGHT})
    assert [(one["behaviour"], one["faults"]) for one in asked(tmp_path)] == [
        ("np-08", []),
        ("np-08", [FAULT]),
        ("np-08", []),
    ]
    assert lives(tmp_path) == 1


def test_limits_are_short_under_a_fault_only(tmp_path: Path) -> None:
    proven(tmp_path, {RED: RIGHT})
    assert [one["budgets"] for one in asked(tmp_path)] == [[], list(ON_SANDBOX.budgets), []]
    overridden(SANDBOX, list(ON_SANDBOX.budgets))  # they are budgets, and numbers


@pytest.mark.parametrize(
    ("answer", "verdict", "complaint"),
    [
        (
            PASSED,
            Verdict.MISSED,
            "np-08 under node-port-range-ignored: missed: the scenario passed",
        ),
        (WRONG, Verdict.WRONG_REASON, "wrong reason: Pods pod-1 are Ready"),
        (["broken", "no cluster", True], Verdict.BROKEN, "broken: no cluster"),
        (["dies"], Verdict.BROKEN, "the worker ended: last words"),
    ],
)
def test_a_fault_that_is_not_caught(
    tmp_path: Path, answer: list[Any], verdict: Verdict, complaint: str
) -> None:
    proof = proven(tmp_path, {RED: answer})
    assert not proof.holds
    assert proof.judged[TRIAL].verdict is verdict
    complaints = matrix.complaints(proof)
    assert "np-08: no fault reddens it" in complaints
    assert any(FAULT in one and "no behaviour notices it" in one for one in complaints)
    assert any(complaint in one for one in complaints)


def test_only_a_fresh_sandbox_convicts(tmp_path: Path) -> None:
    proof = proven(tmp_path, {f"used {RED}": PASSED, f"fresh {RED}": RIGHT})
    assert proof.holds
    assert proof.judged[TRIAL].again
    assert lives(tmp_path) == 2
    assert "1 tried again" in matrix.summary(proof)


def test_a_sandbox_that_is_not_clean_is_not_used_again(tmp_path: Path) -> None:
    proof = proven(tmp_path, {RED: [*RIGHT[:2], False]})
    assert proof.holds
    assert lives(tmp_path) == 2


def test_nothing_is_proven_of_what_is_not_green_at_rest(tmp_path: Path) -> None:
    proof = proven(tmp_path, {"np-08 ": ["failed", "it is shut", True], RED: RIGHT})
    assert not proof.holds
    assert proof.judged == {}
    assert "np-08 is not green with no fault on: it is shut" in matrix.complaints(proof)


def test_a_behaviour_that_this_host_cannot_show_is_no_failure(tmp_path: Path) -> None:
    proof = proven(tmp_path, {"np-08 ": ["skipped", "no kubectl", True]})
    assert proof.holds
    assert proof.judged == {}
    assert matrix.complaints(proof) == []


def test_a_fault_that_cannot_be_done_there_is_said_and_is_no_failure(tmp_path: Path) -> None:
    proof = proven(tmp_path, {RED: ["skipped", "kube-proxy is a part of k3s", True]})
    assert proof.holds
    assert proof.not_done == {FAULT: "kube-proxy is a part of k3s"}
    assert matrix.complaints(proof) == []


def test_a_worker_may_have_time_to_give_back_what_it_made(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text(json.dumps({"behaviours": ["np-08"], "answers": {}}))

    async def ended(terms: Terms) -> int | None:
        worker = await Worker.start(command(tmp_path), terms)
        await worker.end()
        return worker.process.returncode

    assert asyncio.run(ended(ON_NODES)) == 0
    assert asyncio.run(ended(ON_SANDBOX)) == -signal.SIGKILL


def test_a_behaviour_without_any_fault_is_a_failure(tmp_path: Path) -> None:
    proof = proven(tmp_path, {RED: RIGHT}, behaviours=("np-08", "np-22"))
    assert not proof.holds
    assert matrix.complaints(proof) == ["np-22: no fault reddens it"]


@pytest.mark.parametrize("whole", [True, False])
def test_a_fault_that_no_scenario_has_to_notice_is_a_failure_of_the_whole_suite(
    tmp_path: Path, whole: bool
) -> None:
    faults = [FAULTS[FAULT], FAULTS["dns-stale"]]
    made = plan(["np-08"], faults, every=False, some=False, whole=whole)
    (tmp_path / "script.json").write_text(
        json.dumps({"behaviours": ["np-08"], "answers": {RED: RIGHT}})
    )
    proof = asyncio.run(Proving(made, command(tmp_path), 1, lambda _: None).prove())
    assert proof.holds == (not whole)
    told = "dns-stale: no scenario has to notice it (DNS answers as things were some time ago.)"
    assert matrix.complaints(proof) == ([told] if whole else [])


def test_what_a_fault_left_behind_is_a_failure(tmp_path: Path) -> None:
    answers = {"fresh np-08 ": PASSED, "used np-08 ": ["failed", "still shut", True], RED: RIGHT}
    proof = proven(tmp_path, answers)
    assert not proof.holds
    assert matrix.complaints(proof) == ["np-08 is not green any more after the faults"]


@pytest.mark.parametrize(("code", "error"), [(2, Misuse), (3, ClusterUnavailable)])
def test_what_ends_every_trial_ends_the_proof(
    tmp_path: Path, code: int, error: type[Exception]
) -> None:
    with pytest.raises(error, match="user namespaces are forbidden"):
        proven(tmp_path, {"np-08 ": ["broken", "user namespaces are forbidden", True, code]})


def test_features_that_cannot_be_worked_with(tmp_path: Path) -> None:
    script: dict[str, Any] = {"behaviours": [], "refused": "it cannot be collected", "answers": {}}
    (tmp_path / "script.json").write_text(json.dumps(script))
    with pytest.raises(Misuse, match="cannot be collected"):
        asyncio.run(behaviours_of(command(tmp_path)))


def test_a_worker_that_never_begins() -> None:
    with pytest.raises(CheckBroken, match=r"a worker ended before it began: .*No such"):
        asyncio.run(behaviours_of(["sh", "-c", "echo No such module >&2; exit 1"]))


def test_the_matrix_has_a_block_for_each_area(tmp_path: Path) -> None:
    proof = proven(tmp_path, {RED: RIGHT}, behaviours=("np-08", "np-22", "cip-01"))
    cip, np = matrix.blocks(proof)
    assert [line.split() for line in cip.splitlines()] == [
        ["cip", "01"],
        ["(no", "fault:", "green)", "✓"],
    ]
    assert np.splitlines() == [
        "np                       08 22",
        "node-port-range-ignored   ✓",
        "(no fault: green)         ✓  ✓",
    ]


def test_the_record_has_every_trial(tmp_path: Path) -> None:
    written = json.loads(json.dumps(record(proven(tmp_path, {RED: WRONG}))))
    [trial] = written["trials"]
    assert written["holds"] is False
    assert (trial["behaviour"], trial["fault"]) == ("np-08", FAULT)
    assert (trial["verdict"], trial["again"]) == ("wrong reason", True)
    assert trial["reason"] == WRONG[1]
    [behaviour] = written["behaviours"]
    assert behaviour["at_rest"]["status"] == "passed"
    assert behaviour["caught"] == []


def test_the_page_needs_nothing_else_and_hides_nothing(tmp_path: Path) -> None:
    nasty = ["failed", "</script><b>Pods</b>", True]
    text = page(record(proven(tmp_path, {RED: nasty})))
    assert "It does not hold" in text
    assert "cluster sandbox" in text
    assert 'class="wrong-reason"' in text
    assert "</script><b>" not in text
    assert "&lt;/script&gt;&lt;b&gt;Pods" in text
    assert text.count("<script") == text.count("</script>") == 2
    assert "src=" not in text
    assert "@import" not in text
    assert 'aria-label="np-08 under node-port-range-ignored: wrong reason"' in text
