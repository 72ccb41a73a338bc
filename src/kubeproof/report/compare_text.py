"""A comparison in words: for a terminal, and as Markdown for a pull request."""

from collections.abc import Iterator, Sequence

from kubeproof.report.comment import brief, fitted
from kubeproof.report.compare import Change, Comparison
from kubeproof.report.elements import seconds
from kubeproof.report.markdown import plain, row

ABSENT = "–"  # it was not in that run, or nothing in it waits
NOTHING = "nothing that was checked has changed"


def verdict(found: Comparison) -> str:
    """The comparison in a sentence."""
    counts = (
        (len(found.broke), "broke"),
        (len(found.still_red), "still red"),
        (len(found.healed), "healed"),
        (len(found.unchecked), "no longer checked"),
        (len(found.checked), "now checked"),
        (len(found.added), "new"),
        (len(found.gone), "gone"),
        (len(found.slower), "slower"),
    )
    told = ", ".join(f"{count} {words}" for count, words in counts if count) or NOTHING
    return f"{told}; {found.same} behaviours ended as before"


def _groups(found: Comparison) -> list[tuple[str, Sequence[Change]]]:
    return [
        ("Broke", found.broke),
        ("Still red", found.still_red),
        ("Healed", found.healed),
        ("No longer checked", found.unchecked),
        ("Now checked", found.checked),
        ("New", found.added),
        ("Gone", found.gone),
        ("Slower to converge", found.slower),
    ]


def terminal(found: Comparison, every: bool = False) -> str:
    """Plain lines; with ``every`` behaviour, as it ended in each run."""
    lines = [f"old: {found.old}", f"new: {found.new}"]
    for title, changes in _groups(found):
        if changes:
            lines += ["", title]
            lines += [f"  {line}" for change in changes for line in _lines(change, title)]
    if found.facts:
        lines += ["", "What changed of the cluster and the suite"]
        lines += [
            f"  {name}: {_or_none(a)} → {_or_none(b)}" for name, (a, b) in found.facts.items()
        ]
    if every:
        lines += ["", "Every behaviour"]
        lines += [f"  {'  '.join(cells)}" for cells in _aligned(_verdicts(found.every))]
    return "\n".join([*lines, "", verdict(found)]) + "\n"


def _verdicts(changes: Sequence[Change]) -> list[tuple[str, ...]]:
    return [
        (
            one.behaviour,
            one.old or ABSENT,
            one.new or ABSENT,
            seconds(one.old_seconds) or ABSENT,
            seconds(one.new_seconds) or ABSENT,
            one.title,
        )
        for one in changes
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        yield [cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=False)] + [
            cells[-1]
        ]


def _lines(change: Change, title: str) -> Iterator[str]:
    yield f"{change.behaviour}  {change.title}: {_how(change, title)}"
    if change.reason and title in ("Broke", "Still red", "No longer checked"):
        yield f"    {change.reason}"


def _how(change: Change, title: str) -> str:
    if title.startswith("Slower"):
        return f"{seconds(change.old_seconds)} → {seconds(change.new_seconds)}"
    if not change.old or not change.new:
        return change.old or change.new
    return f"{change.old} → {change.new}" if change.old != change.new else change.new


def _or_none(text: str) -> str:
    return text or "(nothing)"


def markdown(found: Comparison, every: bool = False) -> str:
    """Tables; with ``every`` behaviour, as it ended in each run."""
    lines = [f"## {'✗' if found.regressed else '✓'} {verdict(found)}", ""]
    lines += [f"- old: {plain(found.old)}", f"- new: {plain(found.new)}", ""]
    for title, changes in _groups(found):
        if changes:
            lines += [f"### {title}", "", row(("behaviour", "", "how", "reason")), row(["---"] * 4)]
            lines += [
                row(
                    (
                        f"`{one.behaviour}`",
                        plain(one.title),
                        plain(_how(one, title)),
                        plain(brief(one.reason)),
                    )
                )
                for one in changes
            ]
            lines.append("")
    if found.facts:
        lines += ["### What changed of the cluster and the suite", ""]
        lines += [row(("fact", "old", "new")), row(["---"] * 3)]
        lines += [row((plain(k), plain(a), plain(b))) for k, (a, b) in found.facts.items()]
        lines.append("")
    if every:
        head = ("behaviour", "old", "new", "old: held after", "new: held after", "")
        lines += ["### Every behaviour", "", row(head), row(["---"] * len(head))]
        lines += [row(map(plain, cells)) for cells in _verdicts(found.every)]
    return fitted(lines)
