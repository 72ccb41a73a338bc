"""A scenario on the page: its words, what became of it, and the picture of what was observed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import Any

from kubeproof import capability
from kubeproof.report import references
from kubeproof.report.book import Book, Entry
from kubeproof.report.document import Examples, Step
from kubeproof.report.elements import (
    MARKS,
    OBSERVED,
    badge,
    link,
    observations,
    plain_table,
    scroll,
    seconds,
    table,
)
from kubeproof.report.picture import picture
from kubeproof.report.prose import blocks
from kubeproof.report.record import Evidence, ScenarioRecord, StepRecord, cut
from kubeproof.report.run import NodeFacts
from kubeproof.report.scene import planned_scene, scene_of

OPEN = ("failed", "broken")
EVIDENCE = 1_000_000  # characters for all of it, so that a page of many failures can be mailed


@dataclass(frozen=True)
class Setting:
    """What a scenario is told with."""

    nodes: Sequence[NodeFacts]
    ran: bool
    room: int  # characters for the evidence of each scenario
    manifest: Sequence[Any] = ()


def setting_of(book: Book) -> Setting:
    """The setting that all scenarios of a book share."""
    kept = sum(record.evidence is not None for record in book.run.scenarios)
    return Setting(book.run.cluster.nodes, book.ran, EVIDENCE // max(kept, 1))


def scenario(entry: Entry, setting: Setting) -> str:
    """One scenario or outline."""
    status = entry.status
    ident = entry.scenario.behaviour
    shown = " open" if status in OPEN else ""
    took = f'<span class="took">{seconds(entry.seconds)}</span>' if entry.records else ""
    told = badge(status) if setting.ran else ""
    return (
        f'<details class="scenario" id="{entry.anchor}" data-status="{status}" '
        f'data-area="{escape(entry.area)}" data-capabilities="{" ".join(entry.capabilities)}" '
        f'data-tags="{" ".join(entry.other_tags)}"{shown}>'
        f'<summary>{told} <span class="title">{escape(entry.scenario.name)}</span> '
        f'<span class="ident">{escape(ident)}</span>{took}</summary>'
        f'<div class="body">{_promise(entry)}{blocks(entry.scenario.description)}'
        f"{_words(entry)}{_results(entry, setting)}{_footer(entry)}</div></details>"
    )


def _promise(entry: Entry) -> str:
    behaviour = entry.behaviour
    if behaviour is None:
        return ""
    ident = f'<span class="ident">{behaviour.id}</span>'
    return f'<p class="promise">{ident} {escape(behaviour.claim)}</p>'


def _words(entry: Entry) -> str:
    """The scenario as text; the marks of a plain scenario's steps stand before them."""
    own = entry.scenario
    records = entry.records[0].steps if len(entry.records) == 1 and not own.examples else []
    known = len(own.background)
    lines = [
        _step(step, record, number < known)
        for number, (step, record) in enumerate(
            zip_longest((*own.background, *own.steps), records[: known + len(own.steps)])
        )
        if step is not None
    ]
    examples = "".join(_examples(one) for one in own.examples)
    return f'<ol class="steps">{"".join(lines)}</ol>{examples}'


def _step(step: Step, record: StepRecord | None, background: bool) -> str:
    mark = ""
    if record:
        status = record.status
        mark = f'<span class="mark {status}" title="{status}">{MARKS.get(status, "")}</span> '
    extra = f"<pre>{escape(step.doc_string)}</pre>" if step.doc_string is not None else ""
    extra += plain_table(step.table, "table of the step") if step.table else ""
    kind = ' class="background"' if background else ""
    return f"<li{kind}>{mark}<b>{escape(step.keyword)}</b> {escape(step.text)}{extra}</li>"


def _examples(examples: Examples) -> str:
    name = f"Examples: {examples.name}" if examples.name else "Examples"
    return f'<p class="examples">{escape(name)}</p>{table(examples.header, examples.rows, name)}'


def _results(entry: Entry, setting: Setting) -> str:
    if setting.ran:
        if not entry.records:
            return '<p class="note">It was not part of this run.</p>'
        several = bool(entry.scenario.examples)
        return "".join(_result(record, setting, several) for record in entry.records)
    row = next(entry.scenario.rows, dict[str, str]())
    steps = (*entry.scenario.background, *entry.scenario.steps)
    drawn = picture(planned_scene([one.filled(row).text for one in steps], setting.manifest))
    if not drawn:
        return ""
    example = " for the first example" if row else ""
    return _figure(drawn, f"What the manifest makes{example}; nothing was observed.")


def _result(record: ScenarioRecord, setting: Setting, several: bool) -> str:
    row = ", ".join(f"{name}: {value}" for name, value in record.example.items())
    heading = f"<h5>{badge(record.status)} {escape(row or record.scenario)}</h5>" if several else ""
    drawn = picture(scene_of(record, setting.nodes), record.scenario)
    rows = observations(record.seen)
    figure = _figure(drawn, _caption(record)) if drawn and record.status != "skipped" else ""
    seen = ""
    if rows:
        count = sum(one.times for one in record.seen)
        words = f"{count} connection{'s' if count != 1 else ''} observed"
        seen = (
            f"<details class=observed><summary>{words}</summary>"
            f"{table(OBSERVED, rows, words)}</details>"
        )
    kept = _evidence(record.evidence, setting.room) if record.evidence else ""
    return (
        f'<div class="result">{heading}{_reason(record)}{_attempts(record)}{figure}{seen}{kept}'
        "</div>"
    )


def _evidence(evidence: Evidence, room: int) -> str:
    """What the cluster looked like; the link is to the file beside the page."""
    file = escape(evidence.file)
    return (
        '<details class="evidence"><summary>The cluster when it had failed</summary>'
        f'<p class="note">Services, EndpointSlices, Pods, events and the nodes\' rules, '
        f'from <a href="{file}">{file}</a></p><pre tabindex="0" role="group" '
        f'aria-label="evidence of {file}">{escape(cut(evidence.text, room))}</pre></details>'
    )


def _reason(record: ScenarioRecord) -> str:
    if not record.reason:
        return ""
    lead = {"failed": "The promise was not kept", "broken": "The check broke", "skipped": "Skipped"}
    words = lead.get(record.status, record.status.capitalize())
    step = next((one for one in record.steps if one.status == record.status), None)
    at = f"<p><b>{escape(step.keyword)}</b> {escape(step.text)}</p>" if step else ""
    return (
        f'<div class="reason {record.status}"><p><strong>{words}</strong></p>{at}'
        f"<p>{escape(record.reason)}</p></div>"
    )


def _attempts(record: ScenarioRecord) -> str:
    if not record.earlier:
        return ""
    told = [f"{number}: {one.status}, {one.reason}" for number, one in enumerate(record.earlier, 1)]
    lines = "".join(f"<li>{escape(one)}</li>" for one in told)
    return f'<p class="note">It took {record.attempts} attempts:</p><ul>{lines}</ul>'


def _caption(record: ScenarioRecord) -> str:
    parts = ["What was observed."] if record.seen else ["No connection is made here."]
    if record.converged is not None and record.status == "passed":
        parts.append(f"What was promised was so after {seconds(record.converged)}, and held.")
    return " ".join(parts)


def _figure(drawn: str, caption: str) -> str:
    return f"<figure>{scroll(drawn, 'picture')}<figcaption>{escape(caption)}</figcaption></figure>"


def _footer(entry: Entry) -> str:
    parts = [_needs(entry.capabilities), _tags(entry.other_tags)]
    if behaviour := entry.behaviour:
        promised = "; ".join(
            link(address, references.in_words(words))
            for words, address in references.sources(behaviour.source)
        )
        parts.append(f"<dt>Promised in</dt><dd>{promised}</dd>")
        tests = "; ".join(link(references.upstream(one), one) for one in behaviour.upstream)
        tests += " (Conformance)" if tests and behaviour.conformance else ""
        parts.append(f"<dt>Kubernetes' own test</dt><dd>{tests or 'none checks it'}</dd>")
    parts.append(
        f'<dt>Link</dt><dd><a class="self" href="#{entry.anchor}">#{entry.anchor}</a></dd>'
    )
    return f'<dl class="about">{"".join(filter(None, parts))}</dl>'


def _needs(names: Iterable[str]) -> str:
    told = "; ".join(f"{escape(n)}: {escape(capability.MEANING.get(n, ''))}" for n in names)
    return f"<dt>Needs</dt><dd>{told}</dd>" if told else ""


def _tags(tags: Iterable[str]) -> str:
    told = " ".join(f"<code>@{escape(tag)}</code>" for tag in tags)
    return f"<dt>Tags</dt><dd>{told}</dd>" if told else ""
