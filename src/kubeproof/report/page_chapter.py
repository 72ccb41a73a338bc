"""A feature on the page: its prose, rules and scenarios, and the manifest that they use."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

from kubeproof.report.book import Area, Chapter, Section
from kubeproof.report.elements import badge, link
from kubeproof.report.page_scenario import Setting, scenario
from kubeproof.report.prose import blocks
from kubeproof.report.references import DOCS


def chapters(area: Area, setting: Setting) -> Iterator[str]:
    """An area with its features."""
    name = escape(area.name) or "features"
    yield f'<section class="area" id="area-{name}"><h2>{escape(area.title)}</h2>'
    for chapter in area.chapters:
        yield _chapter(chapter, setting)
    yield "</section>"


def _chapter(chapter: Chapter, setting: Setting) -> str:
    document = chapter.document
    docs = "".join(
        f'<p class="docs">Kubernetes documentation: {link(one, one.removeprefix(DOCS))}</p>'
        for one in document.docs
    )
    if not setting.ran:
        setting = replace(setting, manifest=_objects(document.source.manifest))
    sections = "".join(_section(one, setting) for one in chapter.sections)
    told = badge(chapter.status) if setting.ran else ""
    return (
        f'<article class="feature" id="{chapter.anchor}"><h3>{escape(document.name)} {told}</h3>'
        f"{blocks(document.description)}{docs}{sections}{_manifest(chapter)}</article>"
    )


def _objects(text: str) -> list[Any]:
    import yaml  # only where there is no record: what was observed is told without it

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [one for one in yaml.load_all(text, loader) if one]


def _section(section: Section, setting: Setting) -> str:
    rule = section.rule
    heading = f'<h4><span class="rule">Rule</span> {escape(rule.name)}</h4>' if rule.name else ""
    entries = "".join(scenario(one, setting) for one in section.entries)
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
