"""The page: one HTML file with everything in it, readable offline, on paper and on a telephone."""

from collections.abc import Iterable, Iterator
from html import escape

import kubeproof
from kubeproof.report.assets import asset
from kubeproof.report.book import WORST_FIRST, Area, Book, Chapter
from kubeproof.report.elements import MARKS, badge, link, scroll
from kubeproof.report.page_chapter import chapters
from kubeproof.report.page_scenario import OPEN, setting_of
from kubeproof.report.picture import MARKERS
from kubeproof.report.run import ClusterFacts, NodeFacts
from kubeproof.report.wording import cluster_facts, headline

FEW = 12  # features that are listed without being folded
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
    setting = setting_of(book)
    for area in book.areas:
        yield from chapters(area, setting)
    yield '<p id="nothing" hidden>No scenario is like that.</p>'
    yield f"</main></div>{_footer()}{_MARKERS}<script>{asset('page.js')}</script></body></html>\n"


# The heads of arrows, which every picture refers to.
_MARKERS = f'<svg width="0" height="0" class="defs" aria-hidden="true">{MARKERS}</svg>'


def _header(book: Book) -> str:
    told = f'<p class="headline">{escape(headline(book))}</p>' if book.ran else _unobserved()
    return (
        f'<header class="page"><div class="bar"><h1>{TITLE}</h1>'
        '<button type="button" id="theme" hidden>Theme: as the system</button></div>'
        f"{told}{_failures(book)}{_facts(book)}{_legend(book)}</header>"
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
    return f'<ul class="failures" aria-label="What failed" tabindex="0">{lines}</ul>'


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


def _legend(book: Book) -> str:
    if not book.ran:
        return ""
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
    few = len(list(book.chapters)) <= FEW
    areas = "".join(_listed(area, book.ran, few) for area in book.areas)
    return (
        '<nav aria-label="Features"><details open><summary>Features</summary>'
        f"<ul>{areas}</ul></details></nav>"
    )


def _listed(area: Area, ran: bool, few: bool) -> str:
    """An area in the list of features: folded where the list is long and nothing in it is red."""
    entries = list(area.entries)
    red = sum(entry.status in OPEN for entry in entries)
    told = f"{red} of {len(entries)} failed" if red else str(len(entries))
    lines = "".join(_line(chapter, ran) for chapter in area.chapters)
    return (
        f"<li><details{' open' if few or red else ''}><summary><b>{escape(area.title)}</b> "
        f'<span class="took">{told}</span></summary><ul>{lines}</ul></details></li>'
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


def _footer() -> str:
    return (
        '<footer><p class="keys">Keys: <kbd>/</kbd> search, <kbd>j</kbd> and <kbd>k</kbd> next and '
        "previous scenario, <kbd>Enter</kbd> open or close, <kbd>Esc</kbd> clear.</p>"
        f"<p>Made by kubeproof {escape(kubeproof.__version__)}.</p></footer>"
    )
