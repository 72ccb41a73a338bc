"""A badge for a README: how the last run ended, and on which kind of cluster."""

from html import escape

from kubeproof.report.book import worst
from kubeproof.report.run import RunRecord

HEIGHT, LETTER, MARGIN = 20, 6.6, 8
# Dark enough for white letters (contrast of 4.5 and more, WCAG 2.2 level AA).
COLOURS = {"passed": "#1a7f37", "failed": "#b3261e", "broken": "#8a4b00", "skipped": "#57606a"}


def badge(run: RunRecord) -> str:
    """The badge as SVG."""
    label = f"Services on {run.cluster.kind or run.facts.get('cluster', 'no cluster')}"
    words, status = _words(run)
    left, right = _width(label), _width(words)
    whole = escape(f"{label}: {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" '
        f'role="img" aria-label="{whole}"><title>{whole}</title>'
        f'<rect width="{left}" height="{HEIGHT}" fill="#33404d"/>'
        f'<rect x="{left}" width="{right}" height="{HEIGHT}" fill="{COLOURS[status]}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" '
        f'font-size="11"><text x="{left / 2}" y="14">{escape(label)}</text>'
        f'<text x="{left + right / 2}" y="14">{escape(words)}</text></g></svg>\n'
    )


def _words(run: RunRecord) -> tuple[str, str]:
    statuses: dict[str, list[str]] = {}
    for record in run.scenarios:
        statuses.setdefault(record.behaviour or record.scenario, []).append(record.status)
    ends = [worst(found) for found in statuses.values()]
    for status in ("failed", "broken"):
        if count := ends.count(status):
            return f"{count} of {len(ends)} {status}", status
    passed = ends.count("passed")
    if not passed:
        return "nothing checked", "skipped"
    return (
        f"{passed} passed" if passed == len(ends) else f"{passed} of {len(ends)} passed"
    ), "passed"


def _width(text: str) -> int:
    return round(len(text) * LETTER + 2 * MARGIN)
