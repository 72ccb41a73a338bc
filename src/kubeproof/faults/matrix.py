"""The matrix in a terminal: faults as rows, behaviours as columns, one block for each area."""

from collections.abc import Iterable, Sequence

from kubeproof.faults.proof import Proof
from kubeproof.faults.trial import Judged, Trial, Verdict

MARKS = {
    Verdict.CAUGHT: "✓",
    Verdict.MISSED: "✗",
    Verdict.BROKEN: "!",
    Verdict.WRONG_REASON: "?",
    Verdict.SKIPPED: "-",
    Verdict.ALSO: "+",
    Verdict.UNTOUCHED: "·",
}
GREEN = "(no fault: green)"
LEGEND = ", ".join(f"{mark} {verdict.value}" for verdict, mark in MARKS.items())


def blocks(proof: Proof) -> Iterable[str]:
    """One block for each area of behaviours: ``cip``, ``np`` and so on."""
    areas = dict.fromkeys(behaviour.rpartition("-")[0] for behaviour in proof.plan.behaviours)
    for area in areas:
        columns = [one for one in proof.plan.behaviours if one.rpartition("-")[0] == area]
        yield "\n".join(_block(proof, area, columns))


def _block(proof: Proof, area: str, columns: Sequence[str]) -> list[str]:
    tried = {trial.fault for trial in proof.judged if trial.behaviour in columns}
    rows = sorted(tried)
    width = max(len(one) for one in (*rows, area, GREEN))
    head = " ".join(column.rpartition("-")[2] for column in columns)
    lines = [f"{area:{width}}  {head}"]
    for fault in rows:
        cells = (_cell(proof.judged.get(Trial(column, fault))) for column in columns)
        lines.append(f"{fault:{width}}  {' '.join(cells)}".rstrip())
    at_rest = (" ✓" if proof.at_rest[column].green else " ✗" for column in columns)
    lines.append(f"{GREEN:{width}}  {' '.join(at_rest)}".rstrip())
    return lines


def _cell(judged: Judged | None) -> str:
    return f" {MARKS[judged.verdict]}" if judged else "  "


def complaints(proof: Proof) -> list[str]:
    """What was not shown, a line each, the worst first."""
    lines = [f"{one} is not green with no fault on: {_why(proof, one)}" for one in proof.not_green]
    lines += [f"{one}: no fault reddens it" for one in proof.never_red]
    lines += [f"{one.name}: no behaviour notices it ({one.sentence})" for one in proof.never_caught]
    lines += [f"{one.name}: no scenario has to notice it ({one.sentence})" for one in proof.unseen]
    for judged in proof.failures:
        reason = judged.outcome.telling.reason or "the scenario passed"
        lines.append(f"{judged.trial}: {judged.verdict.value}: {reason}")
    lines += [f"{one} is not green any more after the faults" for one in proof.left_behind]
    return lines


def _why(proof: Proof, behaviour: str) -> str:
    return proof.at_rest[behaviour].telling.reason.partition("\n")[0]


def summary(proof: Proof) -> str:
    """The proof in one sentence."""
    verdicts = [judged.verdict for judged in proof.judged.values()]
    behaviours = proof.plan.behaviours
    caught = sum(1 for one in behaviours if proof.catching(one))
    noticed = len(proof.plan.faults) - len(proof.never_caught)
    again = sum(judged.again for judged in proof.judged.values())
    counts = ", ".join(
        f"{verdicts.count(verdict)} {verdict.value}"
        for verdict in Verdict
        if verdicts.count(verdict) or verdict in (Verdict.CAUGHT, Verdict.MISSED)
    )
    return (
        f"{caught} of {len(behaviours)} behaviours catch a fault, "
        f"{noticed} of {len(proof.plan.faults)} faults are caught; "
        f"{len(verdicts)} trials: {counts}; {again} tried again on a fresh sandbox; "
        f"in {proof.seconds:.0f} s"
    )
