"""A failure in words: the step, the wish, what was observed in full, and where the evidence is."""

from collections import Counter

from kubeproof.errors import KubeproofError, PromiseBroken
from kubeproof.report.record import ScenarioRecord, StepRecord

MARKS = {"passed": "✓", "failed": "✗", "broken": "!", "skipped": "-", "undecided": " "}


def failure_text(record: ScenarioRecord | None, error: KubeproofError) -> str:
    """What a reader needs to understand a red scenario without running it again."""
    if record is None:
        return str(error)
    kept = "the promise was not kept"
    heading = kept if isinstance(error, PromiseBroken) else "the check broke"
    lines = [
        f"{record.behaviour}  {record.scenario}",
        f"{record.uri}:{record.line}",
        "",
        *(_step_line(step) for step in record.steps),
        "",
        f"{heading}: {error}",
    ]
    return "\n".join(lines + _observed(record.steps))


def _step_line(step: StepRecord) -> str:
    return f"  {MARKS.get(step.status, '?')} {step.keyword} {step.text}"


def _observed(steps: list[StepRecord]) -> list[str]:
    last = next((step for step in reversed(steps) if step.seen), None)
    if last is None:
        return []
    lines = ["", f"observed by “{last.keyword} {last.text}”:"]
    lines += [f"  {seen}" for seen in last.seen]
    counts = Counter[str]()
    for seen in last.seen:
        counts[seen.pod or seen.outcome] += seen.times
    lines.append("  answers by Pod: " + ", ".join(f"{who} {n}" for who, n in counts.most_common()))
    return lines
