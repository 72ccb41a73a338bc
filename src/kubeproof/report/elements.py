"""The small parts that the page is built of. Text is escaped here and nowhere else."""

from collections.abc import Iterable, Sequence
from html import escape

from kubeproof.report.record import Seen

# Each end has a mark and a word beside its colour.
MARKS = {
    "passed": "✓",
    "failed": "✗",
    "broken": "!",
    "skipped": "–",
    "not run": "○",
    "undefined": "?",
}


def badge(status: str) -> str:
    """How something ended: mark and word."""
    kind = status.replace(" ", "-")
    return (
        f'<span class="status {kind}"><span aria-hidden="true">{MARKS.get(status, "?")}</span> '
        f"{escape(status)}</span>"
    )


def link(address: str, words: str) -> str:
    """A link, or the words alone where there is no address."""
    if not address:
        return escape(words)
    return f'<a href="{escape(address)}">{escape(words)}</a>'


def table(header: Sequence[str], rows: Iterable[Sequence[str]], label: str = "") -> str:
    """A table of plain texts, which can be scrolled on a narrow screen."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    return _scrolled(f"<thead><tr>{head}</tr></thead>", rows, label)


def plain_table(rows: Iterable[Sequence[str]], label: str = "") -> str:
    """A table without a heading, such as a step's."""
    return _scrolled("", rows, label)


def _scrolled(head: str, rows: Iterable[Sequence[str]], label: str) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return scroll(f"<table>{head}<tbody>{body}</tbody></table>", label or "table")


def scroll(content: str, label: str) -> str:
    """Something wide, to be moved sideways with the keyboard too."""
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{escape(label)}">{content}</div>'
    )


def seconds(value: float | None) -> str:
    """A time for people."""
    if value is None:
        return ""
    if value < 0.0995:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def observations(seen: Iterable[Seen]) -> list[tuple[str, ...]]:
    """The rows of a table of what was seen."""
    return [
        (
            one.vantage,
            f"{one.target} ({one.address})",
            one.outcome,
            f"{one.pod} on {one.node}" if one.pod and one.node else one.pod,
            one.source,
            str(one.times),
            seconds(one.slowest),
            "" if one.detail == one.outcome else one.detail,
        )
        for one in seen
    ]


OBSERVED = ("from", "to", "ended", "answered by", "saw client", "times", "slowest", "detail")
