"""The page: one HTML file with everything in it, readable offline, on paper and on a telephone."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

import kubeproof
from kubeproof.report.assets import asset
from kubeproof.report.book import WORST_FIRST, Area, Book, Chapter, Section
from kubeproof.report.elements import MARKS, badge, link, scroll
from kubeproof.report.page_scenario import OPEN, scenario
from kubeproof.report.picture import MARKERS
from kubeproof.report.prose import blocks
from kubeproof.report.references import DOCS
from kubeproof.report.run import ClusterFacts, NodeFacts
from kubeproof.report.wording import cluster_facts, headline

TITLE = "How Services route traffic"


def page(book: Book) -> str:
    """The whole page."""
    return "".join(_parts(book))


def _parts(book: Book) -> Iterator[str]:
    about = f" on {book.run.cluster.kind or book.run.facts.get('cluster', '')}" if book.ran else ""
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="generator" content="kubeproof {escape(kubeproof.__version__)}">'
        # Nothing is loaded from anywhere: the browser is told so, and refuses if it is tried.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">"
        f"<title>{escape(TITLE + about)} – kubeproof</title>"
        f"<style>{asset('page.css')}{asset('picture.css')}</style></head><body>"
        '<a class="skip" href="#main">To the scenarios</a>'
    )
    yield _header(book)
    yield f'<div class="columns">{_contents(book)}<main id="main" tabindex="-1">'
    yield _toolbar(book)
    for area in book.areas:
        yield from _area(area, book.run.cluster.nodes, book.ran)
    yield '<p id="nothing" hidden>No scenario is like that.</p>'
    yield f"</main></div>{_footer()}{_MARKERS}<script>{asset('page.js')}</script></body></html>\n"


# The heads of arrows, which every picture refers to.
_MARKERS = f'<svg width="0" height="0" class="defs" aria-hidden="true">{MARKERS}</svg>'


def _header(book: Book) -> str:
    told = f'<p class="headline">{escape(headline(book))}</p>' if book.ran else _unobserved()
    return (
        f'<header class="page"><div class="bar"><h1>{TITLE}</h1>'
        '<button type="button" id="theme" hidden>Theme: as the system</button></div>'
        f"{told}{_failures(book)}{_facts(book)}{_legend()}</header>"
    )


def _failures(book: Book) -> str:
    """What is red, before everything else."""
    red = [entry for entry in book.entries if entry.status in OPEN]
    if not red:
        return ""
    lines = "".join(
        f"<li>{badge(one.status)} {link(f'#{one.anchor}', one.scenario.name)}"
        f'<span class="ident">{escape(one.scenario.behaviour)}</span></li>'
        for one in red
    )
    return f'<ul class="failures" aria-label="What failed">{lines}</ul>'


def _unobserved() -> str:
    return (
        '<p class="headline">The documentation alone: no cluster was asked. '
        "<code>kubeproof run</code> makes the same page with what was observed.</p>"
    )


def _facts(book: Book) -> str:
    if not book.ran:
        return ""
    facts = [*cluster_facts(book), ("Run", f"{book.run.started} to {book.run.finished}")]
    facts.append(("Features", book.run.digest[:19] + "…"))
    told = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts if v)
    warning = ""
    if book.run.cluster.kind == "sandbox":
        warning = (
            '<p class="note">A run on the sandbox shows that the suite works; it says nothing '
            "about Kubernetes itself.</p>"
        )
    return (
        f"{warning}<details class=facts><summary>The cluster and the run</summary>"
        f"<dl>{told}</dl>{_nodes(book.run.cluster)}</details>"
    )


def _nodes(cluster: ClusterFacts) -> str:
    if not cluster.nodes:
        return ""
    head = "".join(
        f'<th scope="col">{one}</th>' for one in ("node", "addresses", "zone", "system", "kernel")
    )
    rows = "".join(_node(one) for one in cluster.nodes)
    return scroll(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>", "nodes")


def _node(node: NodeFacts) -> str:
    cells = (node.name, ", ".join(node.addresses), node.zone, node.system, node.kernel)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _legend() -> str:
    samples = (
        ("answered", "answered; ×3 is how often"),
        ("refused", "✕ refused, ↯ reset"),
        ("lost", "? timed out, ⊘ unreachable"),
    )
    drawn = "".join(
        f'<li><svg class="picture sample" viewBox="0 0 60 12" aria-hidden="true">'
        f'<path class="flow {kind}" d="M2 6L56 6"/></svg> {words}</li>'
        for kind, words in samples
    )
    return f'<ul class="legend" aria-label="Arrows in the pictures">{drawn}</ul>'


def _contents(book: Book) -> str:
    areas = "".join(
        f"<li><b>{escape(area.title)}</b><ul>"
        + "".join(_line(chapter, book.ran) for chapter in area.chapters)
        + "</ul></li>"
        for area in book.areas
    )
    return (
        '<nav aria-label="Features"><details open><summary>Features</summary>'
        f"<ul>{areas}</ul></details></nav>"
    )


def _line(chapter: Chapter, ran: bool) -> str:
    mark = (
        f'<span class="mark {chapter.status.replace(" ", "-")}" title="{chapter.status}">'
        f"{MARKS[chapter.status]}</span> "
        if ran
        else ""
    )
    return f"<li>{mark}{link(f'#{chapter.anchor}', chapter.document.name)}</li>"


def _toolbar(book: Book) -> str:
    """Search and filters; without JavaScript they would do nothing, so they are shown by it."""
    entries = list(book.entries)
    counts = book.counts()
    results = [(s, f"{s} ({counts[s]})") for s in reversed(WORST_FIRST) if counts[s]]
    areas = [(area.name, area.title) for area in book.areas]
    needs = sorted({name for entry in entries for name in entry.capabilities})
    tags = sorted({tag for entry in entries for tag in entry.other_tags})
    selects = [
        _select("status", "Result", results) if book.ran else "",
        _select("area", "Area", areas),
        _select("capabilities", "Needs", [(name, name) for name in needs]),
        _select("tags", "Tag", [(tag, f"@{tag}") for tag in tags]),
    ]
    return (
        '<form id="tools" role="search" hidden><label class="search">Search '
        '<input type="search" id="search" autocomplete="off" placeholder="words or an id" '
        'aria-keyshortcuts="/"></label>'
        f"{''.join(selects)}<button type=button id=unfold>Open all</button>"
        f'<output id="shown" role="status">{len(entries)} scenarios</output></form>'
    )


def _select(name: str, label: str, options: Iterable[tuple[str, str]]) -> str:
    told = "".join(f'<option value="{escape(v)}">{escape(words)}</option>' for v, words in options)
    return (
        f'<label>{label} <select data-filter="{name}"><option value="">any</option>{told}'
        "</select></label>"
    )


def _area(area: Area, nodes: Sequence[NodeFacts], ran: bool) -> Iterator[str]:
    name = escape(area.name) or "features"
    yield f'<section class="area" id="area-{name}"><h2>{escape(area.title)}</h2>'
    for chapter in area.chapters:
        yield _chapter(chapter, nodes, ran)
    yield "</section>"


def _chapter(chapter: Chapter, nodes: Sequence[NodeFacts], ran: bool) -> str:
    document = chapter.document
    docs = "".join(
        f'<p class="docs">Kubernetes documentation: {link(one, one.removeprefix(DOCS))}</p>'
        for one in document.docs
    )
    manifest = [] if ran else _objects(document.source.manifest)
    sections = "".join(_section(one, nodes, ran, manifest) for one in chapter.sections)
    told = badge(chapter.status) if ran else ""
    return (
        f'<article class="feature" id="{chapter.anchor}"><h3>{escape(document.name)} {told}</h3>'
        f"{blocks(document.description)}{docs}{sections}{_manifest(chapter)}</article>"
    )


def _objects(text: str) -> list[Any]:
    import yaml  # only where there is no record: what was observed is told without it

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [one for one in yaml.load_all(text, loader) if one]


def _section(
    section: Section, nodes: Sequence[NodeFacts], ran: bool, manifest: Sequence[Any]
) -> str:
    rule = section.rule
    heading = f'<h4><span class="rule">Rule</span> {escape(rule.name)}</h4>' if rule.name else ""
    entries = "".join(scenario(one, nodes, ran, manifest) for one in section.entries)
    return f'<section class="rule">{heading}{blocks(rule.description)}{entries}</section>'


def _manifest(chapter: Chapter) -> str:
    source = chapter.document.source
    if not source.manifest:
        return ""
    name = escape(source.manifest_uri)
    return (
        f'<details class="manifest"><summary>Manifest <code>{name}</code></summary>'
        '<button type="button" class="copy" hidden>Copy</button>'
        f'<pre tabindex="0" role="group" aria-label="{name}"><code>{escape(source.manifest)}</code>'
        "</pre></details>"
    )


def _footer() -> str:
    return (
        '<footer><p class="keys">Keys: <kbd>/</kbd> search, <kbd>j</kbd> and <kbd>k</kbd> next and '
        "previous scenario, <kbd>Enter</kbd> open or close, <kbd>Esc</kbd> clear.</p>"
        f"<p>Made by kubeproof {escape(kubeproof.__version__)}.</p></footer>"
    )
