"""The coverage as Markdown for the repository, and as a page."""

from collections.abc import Iterator
from html import escape

import kubeproof
from kubeproof.report import references
from kubeproof.report.assets import asset
from kubeproof.report.coverage import NOT_YET, Coverage, Row
from kubeproof.report.elements import MARKS, badge, link, scroll
from kubeproof.report.markdown import plain, row

TITLE = "What is covered"
COMMAND = "`kubeproof docs --coverage`"
ABOUT = (
    "For every documented behaviour of Services: the scenario that shows it, the tests of "
    "Kubernetes that check it (c: one of them is a Conformance test), how it ended on each cluster "
    "that it was run on, and the faults of the sandbox that redden it."
)
TAGS = ("extended", "slow", "disruptive")


def _header(found: Coverage) -> list[str]:
    clusters = [f"{run.cluster} ({run.date})" for run in found.runs]
    return ["id", "behaviour and scenario", "Kubernetes' own test", *clusters, "reddened by"]


def markdown(found: Coverage, up: str = "..") -> str:
    """Tables by subject; links to features begin with ``up``, where the features' folder is."""
    lines = [f"# {TITLE}", "", f"<!-- Written by {COMMAND}; do not edit. -->", ""]
    lines += [ABOUT, "", found.sentence, ""]
    for subject, rows in found.subjects:
        header = _header(found)
        lines += [f"## {subject}", "", row(header), row(["---"] * len(header))]
        lines += [row(_cells(one, up)) for one in rows]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cells(one: Row, up: str) -> Iterator[str]:
    yield f"`{one.behaviour.id}`"
    yield f"{plain(one.behaviour.claim)}<br>{_scenario(one, up)}"
    yield _upstream(one)
    yield from (MARKS.get(status, "") for status in one.ran)
    yield ", ".join(f"`{name}`" for name in one.faults)


def _scenario(one: Row, up: str) -> str:
    if one.entry is None:
        return f"*left out: {plain(one.left_out)}*" if one.left_out else f"*{NOT_YET}*"
    tags = "".join(f" `@{tag}`" for tag in TAGS if tag in one.entry.scenario.tags)
    return f"→ [{plain(one.entry.scenario.name)}]({up}/{one.uri}){tags}"


def _upstream(one: Row) -> str:
    tests = [plain(title) for title in one.behaviour.upstream]
    return "; ".join(tests) + (" (c)" if tests and one.behaviour.conformance else "")


def page(found: Coverage) -> str:
    """The same as one file of HTML that loads nothing."""
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{TITLE} – kubeproof</title><style>{asset('page.css')}</style></head><body>"
        f'<header class="page"><h1>{TITLE}</h1><p>{escape(ABOUT)}</p>'
        f'<p>{escape(found.sentence)}</p>{_contents(found)}</header><main class="alone">'
    ]
    for subject, rows in found.subjects:
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in _header(found))
        body = "".join(f'<tr id="{one.behaviour.id}">{_row(one)}</tr>' for one in rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        anchor = rows[0].behaviour.id.rpartition("-")[0]
        parts.append(f'<section id="{anchor}"><h2>{escape(subject)}</h2>')
        parts.append(scroll(table, subject) + "</section>")
    parts.append(f"</main><footer>Made by kubeproof {escape(kubeproof.__version__)}.</footer>")
    return "".join(parts) + "</body></html>\n"


def _contents(found: Coverage) -> str:
    lines = "".join(
        f'<li><a href="#{rows[0].behaviour.id.rpartition("-")[0]}">{escape(subject)}</a> '
        f"{sum(one.entry is not None for one in rows)} of {len(rows)}</li>"
        for subject, rows in found.subjects
    )
    return f'<nav aria-label="Subjects"><ul class="legend">{lines}</ul></nav>'


def _row(one: Row) -> str:
    tests = "; ".join(link(references.upstream(title), title) for title in one.behaviour.upstream)
    conformance = " (c)" if tests and one.behaviour.conformance else ""
    ran = "".join(f"<td>{badge(status) if status else ''}</td>" for status in one.ran)
    faults = "<br>".join(f"<code>{escape(name)}</code>" for name in one.faults)
    return (
        f'<th scope="row" class="ident">{one.behaviour.id}</th>'
        f"<td>{escape(one.behaviour.claim)}{_shown(one)}</td>"
        f'<td>{tests}{conformance}</td>{ran}<td class="names">{faults}</td>'
    )


def _shown(one: Row) -> str:
    if one.entry is None:
        words = f"left out: {one.left_out}" if one.left_out else NOT_YET
        return f'<p class="note"><i>{escape(words)}</i></p>'
    tags = "".join(f" <code>@{tag}</code>" for tag in TAGS if tag in one.entry.scenario.tags)
    return f"<p>→ <b>{escape(one.entry.scenario.name)}</b> <code>{escape(one.uri)}</code>{tags}</p>"
