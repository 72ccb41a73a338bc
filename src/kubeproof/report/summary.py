"""A summary for GitHub: the page of a job, and a comment to a pull request."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kubeproof.report.book import Area, Book, Entry
from kubeproof.report.comment import brief, fitted
from kubeproof.report.elements import MARKS, seconds
from kubeproof.report.markdown import plain, row
from kubeproof.report.wording import cluster_facts, headline

JOB_SUMMARY = "GITHUB_STEP_SUMMARY"  # GitHub Actions: the file that a step may append Markdown to
SLOWEST = 5
_ORDER = ("passed", "failed", "broken", "skipped")


def summary(book: Book) -> str:
    """The summary as Markdown."""
    return fitted(_lines(book))


def append_to_job(text: str) -> None:
    """Show the text on the job's page, where the run is a step of a GitHub workflow.

    Raises:
        OSError: the file that GitHub names cannot be written.
    """
    if path := os.environ.get(JOB_SUMMARY):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text + "\n")


def _lines(book: Book) -> Iterator[str]:
    red = [one for one in book.entries if one.status in ("failed", "broken")]
    yield f"## {'✗' if red else '✓'} kubeproof: {headline(book)}"
    yield ""
    yield row(("area", *_ORDER, "time"))
    yield row(("---", *("---:" for _ in _ORDER), "---:"))
    for area in book.areas:
        yield row(_counted(area))
    yield ""
    for entry in red:
        yield from _red(entry)
    yield from _folded("Skipped, and why", _skipped(book))
    yield from _folded("Slowest", _slowest(book))
    facts = [f"- {name}: {plain(value)}" for name, value in cluster_facts(book) if value]
    yield from _folded("The cluster", facts)


def _counted(area: Area) -> list[str]:
    entries = [one for one in area.entries if one.records]
    counts = [str(sum(one.status == status for one in entries)) for status in _ORDER]
    return [plain(area.title), *counts, seconds(sum(one.seconds for one in entries))]


def _red(entry: Entry) -> Iterator[str]:
    yield f"### {MARKS[entry.status]} `{entry.scenario.behaviour}` {plain(entry.scenario.name)}"
    yield ""
    for record in entry.records:
        if record.status in ("failed", "broken"):
            lead = "" if record.status == "failed" else "the check broke: "
            yield f"> {plain(lead + brief(record.reason))}"
            yield ""


def _skipped(book: Book) -> list[str]:
    return [
        f"{_item(one)}: {plain(brief(one.records[0].reason))}"
        for one in book.entries
        if one.status == "skipped"
    ]


def _item(entry: Entry) -> str:
    return f"- `{entry.scenario.behaviour}` {plain(entry.scenario.name)}"


def _slowest(book: Book) -> list[str]:
    timed = sorted((one for one in book.entries if one.records), key=lambda one: -one.seconds)
    return [
        f"- {seconds(one.seconds)} `{one.scenario.behaviour}` {plain(one.scenario.name)}"
        for one in timed[:SLOWEST]
    ]


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield from (f"<details><summary>{title}</summary>", "", *lines, "", "</details>", "")
