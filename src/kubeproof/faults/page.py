"""The proof as one page: the matrix by area, every failure's text, every fault. Needs no network.

It can be read without its script, which adds the keyboard, the filter and the failures' texts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from kubeproof.faults.look import SCRIPT, STYLE
from kubeproof.faults.matrix import MARKS
from kubeproof.faults.trial import Verdict

Record = Mapping[str, Any]

_TITLE = "Every scenario is proven able to fail"
_ABOUT = (
    "Each behaviour was checked at rest, then while the cluster was broken in every way that it "
    "must notice, then at rest again. A red counts only if its text names the client and the "
    "target, or the object and the field, that the fault touches."
)
_KEYS = (
    "<kbd>↓</kbd> <kbd>↑</kbd> <kbd>←</kbd> <kbd>→</kbd> from trial to trial, <kbd>Enter</kbd> "
    "shows its text, <kbd>Esc</kbd> closes it, <kbd>/</kbd> filters, <kbd>t</kbd> light or dark"
)


def page(record: Record) -> str:
    """The whole page, from what ``written.record`` made."""
    parts = [
        f"<h1>{_TITLE}</h1>",
        _verdict(record),
        f"<p>{_ABOUT}</p>",
        f'<p class="soft">{_facts(record["facts"])}</p>',
        _complaints(record["complaints"]),
        f'<div class="bar"><input id="wish" type="search" placeholder="filter" '
        f'aria-label="filter faults"><button id="theme">light or dark</button>'
        f'<span class="soft">{_KEYS}</span></div>',
        *_matrices(record),
        f"<p class=soft>{_legend()}</p>",
        _faults("The faults", record["faults"]),
        _faults("Faults that no scenario of these features has to notice", record["not_yet"]),
        '<aside id="told" aria-live="polite" hidden><h2></h2><p class="soft"></p><pre></pre>'
        "</aside>",
        f'<script type="application/json" id="trials">{_embedded(record["trials"])}</script>',
        f"<script>{SCRIPT}</script>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_TITLE}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _embedded(trials: Any) -> str:
    """JSON that no HTML parser takes for the end of the script."""
    return json.dumps(trials, ensure_ascii=False).replace("<", "\\u003c")


def _verdict(record: Record) -> str:
    kind, word = ("holds", "It holds") if record["holds"] else ("fails", "It does not hold")
    return f'<p><span class="{kind}">{word}.</span> {escape(record["summary"])}.</p>'


def _facts(facts: Mapping[str, str]) -> str:
    told = ", ".join(f"{name} {escape(value)}" for name, value in facts.items())
    return f"{told}. The proof speaks of the suite; it is no statement about Kubernetes."


def _complaints(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<h2>What was not shown</h2><ul class="missed">{items}</ul>' if items else ""


def _legend() -> str:
    return ", ".join(f"{mark} {verdict.value}" for verdict, mark in MARKS.items())


def _matrices(record: Record) -> Iterable[str]:
    cells = {(one["fault"], one["behaviour"]): n for n, one in enumerate(record["trials"])}
    areas = dict.fromkeys(one["id"].rpartition("-")[0] for one in record["behaviours"])
    for area in areas:
        columns = [one for one in record["behaviours"] if one["id"].rpartition("-")[0] == area]
        yield _matrix(area, columns, cells, record["trials"])


def _matrix(
    area: str,
    columns: Sequence[Record],
    cells: Mapping[tuple[str, str], int],
    trials: Sequence[Record],
) -> str:
    ids = [column["id"] for column in columns]
    rows = sorted({fault for fault, behaviour in cells if behaviour in ids})
    head = "".join(map(_head, columns))
    body = "".join(_row(fault, ids, cells, trials) for fault in rows)
    return (
        f'<h2>{area}</h2><div class="scroll"><table class="grid"><thead><tr><td></td>{head}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def _head(column: Record) -> str:
    """The number alone: the area stands above, and many columns have to fit."""
    one = str(column["id"])
    title = escape(f"{one}: {column['claim']}")
    return f'<th scope="col"><abbr title="{title}">{one.rpartition("-")[2]}</abbr></th>'


def _row(
    fault: str,
    ids: Sequence[str],
    cells: Mapping[tuple[str, str], int],
    trials: Sequence[Record],
) -> str:
    found = (cells.get((fault, behaviour)) for behaviour in ids)
    inside = "".join("<td></td>" if n is None else _cell(n, trials[n]) for n in found)
    text = escape(" ".join((fault, *ids)))
    return f'<tr data-text="{text}"><th scope="row">{fault}</th>{inside}</tr>'


def _cell(number: int, trial: Record) -> str:
    verdict = str(trial["verdict"])
    label = f"{trial['behaviour']} under {trial['fault']}: {verdict}"
    return (
        f'<td><button class="{verdict.replace(" ", "-")}" data-trial="{number}" '
        f'title="{label}" aria-label="{label}">{MARKS[Verdict(verdict)]}</button></td>'
    )


def _faults(title: str, faults: Sequence[Record]) -> str:
    if not faults:
        return ""
    rows = "".join(_fault(fault) for fault in faults)
    return (
        f'<h2>{title}</h2><div class="scroll"><table><thead><tr><th scope="col">fault</th>'
        '<th scope="col">what it is</th><th scope="col">acts in</th>'
        f'<th scope="col">must be noticed by</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _fault(fault: Record) -> str:
    noticed = " ".join(fault["must_be_noticed_by"])
    text = escape(f"{fault['name']} {fault['sentence']} {noticed}")
    told = "seen before" if fault["seen_before"] else "documentation"
    return (
        f'<tr data-text="{text}"><th scope="row">{fault["name"]}</th>'
        f'<td>{escape(fault["sentence"])} <a href="{escape(fault["reference"])}">{told}</a>'
        f"</td><td>{fault['acts']}</td><td>{noticed}</td></tr>"
    )
