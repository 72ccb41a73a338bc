"""The Markdown twin of the page, for repositories and wikis; its pictures are Mermaid."""

import re
from collections.abc import Iterable, Iterator, Sequence

from kubeproof.report import references
from kubeproof.report.book import Area, Book, Chapter, Entry
from kubeproof.report.document import Step
from kubeproof.report.elements import MARKS, OBSERVED, observations, seconds
from kubeproof.report.record import ScenarioRecord
from kubeproof.report.run import NodeFacts
from kubeproof.report.scene import LOOKUP, POD, Flow, Place, Scene, scene_of
from kubeproof.report.wording import cluster_facts, headline

TITLE = "How Services route traffic"
# What would be taken for markup in running text.
_MARKUP = re.compile(r"([\\`*_\[\]<>|#~])")


def plain(text: str) -> str:
    """Text that means nothing but itself in Markdown, in a table's cell too."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def row(cells: Iterable[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table of plain texts."""
    yield row(header)
    yield row("---" for _ in header)
    for cells in rows:
        yield row(plain(cell) for cell in cells)


def markdown(book: Book) -> str:
    """The whole text."""
    return "\n".join(_lines(book)).rstrip() + "\n"


def _lines(book: Book) -> Iterator[str]:
    yield f"# {TITLE}"
    yield ""
    if book.ran:
        yield headline(book)
        yield ""
        yield from table(("fact", ""), [fact for fact in cluster_facts(book) if fact[1]])
        yield ""
    for area in book.areas:
        yield from _area(area, book)


def _area(area: Area, book: Book) -> Iterator[str]:
    yield f"## {plain(area.title)}"
    yield ""
    for chapter in area.chapters:
        yield from _chapter(chapter, book)


def _chapter(chapter: Chapter, book: Book) -> Iterator[str]:
    document = chapter.document
    yield f"### {plain(document.name)}"
    yield ""
    if document.description:
        yield document.description  # it is Markdown as it stands
        yield ""
    for address in document.docs:
        yield f"Kubernetes documentation: <{address}>"
        yield ""
    for section in chapter.sections:
        if section.rule.name:
            yield f"#### Rule: {plain(section.rule.name)}"
            yield ""
        for entry in section.entries:
            yield from _entry(entry, book)
    yield from _manifest(chapter)


def _entry(entry: Entry, book: Book) -> Iterator[str]:
    own = entry.scenario
    mark = f"{MARKS[entry.status]} {entry.status}: " if book.ran else ""
    # An address that stays the same between runs, wherever headings get theirs from.
    yield f'##### <a id="{entry.anchor}"></a>{mark}{plain(own.name)}'
    yield ""
    if behaviour := entry.behaviour:
        yield f"`{behaviour.id}` {plain(behaviour.claim)}"
        yield ""
    yield from _gherkin((*own.background, *own.steps))
    for examples in own.examples:
        yield from table(tuple(plain(cell) for cell in examples.header), examples.rows)
        yield ""
    for record in entry.records:
        yield from _record(record, book.run.cluster.nodes)
    yield from _sources(entry)


def _gherkin(steps: Iterable[Step]) -> Iterator[str]:
    yield "```gherkin"
    for step in steps:
        yield f"{step.keyword} {step.text}"
        if step.doc_string is not None:
            yield from ('  """', *(f"  {line}" for line in step.doc_string.splitlines()), '  """')
        for cells in step.table:
            yield "  " + row(cells)
    yield "```"
    yield ""


def _record(record: ScenarioRecord, nodes: Sequence[NodeFacts]) -> Iterator[str]:
    if record.example:
        told = ", ".join(f"{name}: {value}" for name, value in record.example.items())
        yield f"**{MARKS.get(record.status, '?')} {record.status}** {plain(told)}"
        yield ""
    if record.reason:
        yield f"> {plain(record.reason)}"
        yield ""
    drawn = mermaid(scene_of(record, nodes))
    if drawn:
        yield from ("```mermaid", drawn, "```", "")
    if record.seen:
        yield from ("<details><summary>What was observed</summary>", "")
        yield from table(OBSERVED, observations(record.seen))
        yield from ("", "</details>", "")
    if record.evidence:
        yield f"The cluster when it had failed: [{record.evidence.file}]({record.evidence.file})"
        yield ""


def _sources(entry: Entry) -> Iterator[str]:
    if behaviour := entry.behaviour:
        promised = [
            f"[{plain(references.in_words(words))}]({address})" if address else plain(words)
            for words, address in references.sources(behaviour.source)
        ]
        took = f"; took {seconds(entry.seconds)}" if entry.records else ""
        yield f"Promised in {'; '.join(promised)}{took}."
        yield ""


def _manifest(chapter: Chapter) -> Iterator[str]:
    source = chapter.document.source
    if source.manifest:
        yield f"<details><summary>Manifest {source.manifest_uri}</summary>"
        yield from ("", "```yaml", source.manifest.rstrip(), "```", "", "</details>", "")


def mermaid(scene: Scene) -> str:
    """The scene as a Mermaid flowchart; empty where nothing was observed."""
    if not scene.flows:
        return ""
    names = {place: f"p{number}" for number, place in enumerate(scene.places)}
    lines = ["flowchart LR"]
    for node in dict.fromkeys(place.node for place in scene.places):
        lines += _group(node, names)
    lines += [_arrow(flow, names) for flow in _first_parts(scene.flows)]
    lines += [
        f'  {names[flow.target]} -- "×{flow.times}" --> {names[flow.pod]}'
        for flow in scene.flows
        if flow.pod and flow.pod != flow.target
    ]
    return "\n".join(lines)


def _group(node: str, names: dict[Place, str]) -> list[str]:
    here = [_node(place, name) for place, name in names.items() if place.node == node]
    if not node:
        return here
    ident = "n" + re.sub(r"\W", "_", node)
    return [f'  subgraph {ident}["{_quoted(node)}"]', *here, "  end"]


def _node(place: Place, name: str) -> str:
    text = _quoted(place.label) + (f"<br>{_quoted(place.note)}" if place.note else "")
    return f'  {name}(["{text}"])' if place.kind == POD else f'  {name}["{text}"]'


def _quoted(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;")


def _first_parts(flows: Iterable[Flow]) -> list[Flow]:
    found: dict[tuple[Place, Place, str], Flow] = {}
    for flow in flows:
        found.setdefault((flow.vantage, flow.target, flow.outcome), flow)
    return list(found.values())


def _arrow(flow: Flow, names: dict[Place, str]) -> str:
    ends = names[flow.vantage], names[flow.target]
    if flow.target.kind == LOOKUP:
        return f'  {ends[0]} -- "×{flow.times}" --> {ends[1]}'
    if flow.outcome == "answered":
        return f"  {ends[0]} --> {ends[1]}"
    return f'  {ends[0]} -. "{flow.outcome} ×{flow.times}" .-x {ends[1]}'
