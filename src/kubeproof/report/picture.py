"""The picture of a scene, as SVG: how each connection ended is told by line, mark and words.

Colours are classes of the page's style.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from kubeproof.report.assets import asset
from kubeproof.report.layout import (
    BAND_X,
    BOX,
    LINE,
    OUTSIDE_X,
    SERVICE_W,
    SERVICE_X,
    WIDTH,
    Box,
    Layout,
    laid_out,
    titles,
)
from kubeproof.report.record import ServiceRecord
from kubeproof.report.scene import LOOKUP, OUTSIDE, POD, SERVICE_DOOR, Flow, Place, Scene, sentences

# How a connection that got no answer is drawn: the class of its line and the mark at its end.
ENDS = {
    "refused": ("refused", "✕"),
    "timed out": ("lost", "?"),
    "reset": ("refused", "↯"),
    "unreachable": ("lost", "⊘"),
    "name not found": ("lost", "∄"),
    "unhealthy": ("refused", "⊖"),
    "declined": ("refused", "⊗"),
}


MARKERS = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>'
)

# What the page's style defines, for a picture without a page.
_COLOURS = (
    "svg{--bg:#fff;--fg:#1b1f24;--soft:#57606a;--line:#d0d7de;--ink:#33404d;--failed:#b3261e;"
    "--broken:#8a4b00;--node:#f3f5f8;--service:#e4ecfb;--pod:#dff3e4;--client:#fff3d6;"
    "--door:#fff;background:#fff}"
)


def picture(scene: Scene, name: str = "") -> str:
    """The scene as an SVG element; empty where there is nothing to draw."""
    if scene.empty:
        return ""
    layout = laid_out(scene)
    words = ". ".join(sentences(scene)) or _planned_words(scene)
    label = escape(f"{name}: {words}" if name else words)
    left = 0 if any(one.kind == OUTSIDE for one in scene.places) else BAND_X - 4
    parts = [
        f'<svg class="picture{" inside" if left else ""}" role="img" '
        f'viewBox="{left} 0 {WIDTH - left} {layout.height:.0f}" '
        f'aria-label="{label}">',
        *(_band(node, *span) for node, span in layout.bands.items()),
        _services(scene.services, layout),
        *_arrows(scene, layout),
        *(_box(place, box) for place, box in layout.boxes.items()),
        *(_asked_times(flow, layout) for flow in scene.flows if flow.target.kind == LOOKUP),
        "</svg>",
    ]
    return "".join(parts)


def standalone(drawn: str) -> str:
    """A picture as a file of its own, with its style."""
    style = f"<style>{_COLOURS}{asset('picture.css')}</style>"
    head, _, rest = drawn.partition(">")
    return f'{head} xmlns="http://www.w3.org/2000/svg">{style}{MARKERS}{rest}'


def _planned_words(scene: Scene) -> str:
    pods = [f"{one.label} on {one.node}" for one in scene.places if one.kind == POD and one.node]
    services = [f"Service {one.name}" for one in scene.services]
    return ", ".join(services + pods)


def _band(node: str, y: float, height: float) -> str:
    name = node or "node not known"
    return (
        f'<rect class="node" x="{BAND_X}" y="{y:.0f}" width="{WIDTH - BAND_X - 2}" '
        f'height="{height:.0f}" rx="6"/><text class="name" x="{BAND_X + 10}" y="{y + 17:.0f}">'
        f"{escape(name)}</text>"
    )


def _services(services: Sequence[ServiceRecord], layout: Layout) -> str:
    """The Services: a column through all nodes, because each node knows them."""
    doors = [one for one in layout.boxes if one.kind == SERVICE_DOOR]
    if not services and not doors:
        return ""
    height = (layout.bottom or layout.height) - 6
    parts = [
        f'<rect class="service" x="{SERVICE_X}" y="2" width="{SERVICE_W}" '
        f'height="{height:.0f}" rx="6"/>'
    ]
    y = 18
    for service in services[:3]:
        for number, text in enumerate(titles(service)):
            kind = "name" if number == 0 else "note"
            parts.append(_text(SERVICE_X + SERVICE_W / 2, y, text, 29, f"{kind} mid"))
            y += LINE
    return "".join(parts)


def _box(place: Place, box: Box) -> str:
    kind = place.kind.replace(" ", "-")
    middle = box.x + box.width / 2
    letters = int(box.width / 6.8)
    first = box.y + (16 if place.note else 23)
    note = _text(middle, box.y + 30, place.note, letters, "note mid") if place.note else ""
    return (
        f'<rect class="box {kind}" x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" '
        f'height="{box.height:.0f}" rx="{12 if place.kind == POD else 4}"/>'
        f"{_text(middle, first, place.label, letters, 'mid')}{note}"
    )


def _text(x: float, y: float, text: str, letters: int, kind: str) -> str:
    if len(text) > letters:
        full, text = text, text[: letters - 1] + "…"
        return (
            f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}"><title>{escape(full)}</title>'
            f"{escape(text)}</text>"
        )
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'


@dataclass
class _Ends:
    """Spreads the ends of arrows over the edge of a box, so that each can be told apart."""

    total: dict[tuple[Place, str], int]
    used: dict[tuple[Place, str], int] = field(default_factory=dict[tuple[Place, str], int])

    def y(self, place: Place, side: str, box: Box) -> float:
        """The height of the next arrow's end."""
        key = (place, side)
        number = self.used.get(key, 0)
        self.used[key] = number + 1
        return box.y + box.height * (number + 1) / (self.total.get(key, 1) + 1)

    def crowded(self, pod: Place, door: Place) -> bool:
        """Whether many arrows end at a Pod, so that numbers stand better where they begin."""
        return self.total[(pod, "in")] > 2 and self.total[(door, "out")] == 1


def _arrows(scene: Scene, layout: Layout) -> Iterable[str]:
    firsts = _first_parts(scene.flows)
    answered = [flow for flow in scene.flows if flow.pod and flow.pod != flow.target]
    ends = _Ends(_counted([*((f.target, "in") for f in firsts), *_second_ends(answered)]))
    for flow in firsts:
        yield _first(flow, layout, ends)
    for flow in answered:
        yield _second(flow, layout, ends)


def _first_parts(flows: Iterable[Flow]) -> list[Flow]:
    """From each vantage to each target once for all that was answered, and once for each end."""
    found: dict[tuple[Place, Place, str], Flow] = {}
    for flow in flows:
        found.setdefault((flow.vantage, flow.target, flow.outcome), flow)
    return list(found.values())


def _second_ends(flows: Iterable[Flow]) -> Iterable[tuple[Place, str]]:
    for flow in flows:
        assert flow.pod is not None
        yield flow.pod, "in"
        yield flow.target, "out"


def _counted(ends: Iterable[tuple[Place, str]]) -> dict[tuple[Place, str], int]:
    found: dict[tuple[Place, str], int] = {}
    for end in ends:
        found[end] = found.get(end, 0) + 1
    return found


def _first(flow: Flow, layout: Layout, ends: _Ends) -> str:
    start, box = layout.boxes[flow.vantage], layout.boxes[flow.target]
    y, end_y = start.y + start.height / 2, ends.y(flow.target, "in", box)
    if flow.target.kind == LOOKUP:
        return _asked(flow, start, box, layout)
    beside = start.x == box.x  # a client that dials a door of its own node
    if flow.outcome not in ENDS:
        path = _beside(start, box, end_y) if beside else _to(flow.target, start, y, box.x, end_y)
        label = (
            _label(box.x - 12, end_y - 4, f"×{flow.times}", "") if flow.pod == flow.target else ""
        )
        return f'<path class="flow answered" d="{path}"/>{label}'
    kind, mark = ENDS[flow.outcome]
    path = _beside(start, box, end_y) if beside else _to(flow.target, start, y, box.x - 12, end_y)
    at = box.right + 12 if beside else box.x - 8
    words = f"{flow.outcome} ×{flow.times}"
    return (
        f'<path class="flow {kind}" d="{path}"/>'
        f'<text class="mark mid {kind}" x="{at:.0f}" y="{end_y + 5:.0f}">{mark}</text>'
        f'<text class="told start {kind}" x="{box.right + (34 if beside else 6):.0f}" '
        # Beside the box, off its middle, where the arrow of an answer would strike it through.
        f'y="{end_y + (-1 if end_y < box.y + BOX / 2 - 1 else 11):.0f}">{words}</text>'
    )


def _asked(flow: Flow, start: Box, box: Box, layout: Layout) -> str:
    """From a client to what it asked DNS; the answer stands in the box."""
    kind, _ = ENDS.get(flow.outcome, ("answered", ""))
    if start.right < box.x:
        path = _curve(start.right, start.y + start.height / 2, box.x, box.y + BOX / 2)
    else:  # from the node above, behind whatever was asked before
        asked = [place for place in layout.boxes if place.kind == LOOKUP]
        x = start.right - 14 - 22 * (asked.index(flow.target) % 6)
        path = f"M{x:.0f} {start.y + start.height:.0f}L{x:.0f} {box.y:.0f}"
    return f'<path class="flow {kind}" d="{path}"/>'


def _asked_times(flow: Flow, layout: Layout) -> str:
    """In the box how often it was asked, and how that ended."""
    box = layout.boxes[flow.target]
    kind, mark = ENDS.get(flow.outcome, ("", ""))
    x, y = box.x + 14, box.y + BOX / 2 + 5
    told = f'<text class="mark mid {kind}" x="{x:.0f}" y="{y:.0f}">{mark}</text>' if mark else ""
    return told + _label(box.right - 10, box.y + 16, f"×{flow.times}", "")


def _second(flow: Flow, layout: Layout, ends: _Ends) -> str:
    assert flow.pod is not None
    start, box = layout.boxes[flow.target], layout.boxes[flow.pod]
    y, end_y = ends.y(flow.target, "out", start), ends.y(flow.pod, "in", box)
    path = _curve(start.right, y, box.x, end_y)
    saw = f" saw {', '.join(flow.sources)}" if flow.sources else ""
    if ends.crowded(flow.pod, flow.target):
        label = _label(start.right + 34, y - 4, f"×{flow.times}", saw)
    else:
        label = _label(box.x - 14, end_y - 4, f"×{flow.times}", saw)
    return f'<path class="flow answered" d="{path}"/>{label}'


def _label(x: float, y: float, times: str, saw: str) -> str:
    return f'<text class="told end" x="{x:.0f}" y="{y:.0f}">{times}{escape(saw)}</text>'


def _to(target: Place, start: Box, y: float, end_x: float, end_y: float) -> str:
    """From a vantage to a target; from outside to a Service above the nodes, not behind them."""
    if target.kind == SERVICE_DOOR and start.x == OUTSIDE_X:
        rise = start.right + 66
        return f"M{start.right:.0f} {y:.0f}C{rise:.0f} {y:.0f} {start.right + 10:.0f} " + (
            f"{end_y:.0f} {rise + 20:.0f} {end_y:.0f}L{end_x:.0f} {end_y:.0f}"
        )
    return _curve(start.right, y, end_x, end_y)


def _curve(x: float, y: float, end_x: float, end_y: float) -> str:
    bend = max(24.0, abs(end_x - x) / 2)
    return _path(x, y, x + bend, end_x - bend, end_x, end_y)


def _beside(start: Box, box: Box, end_y: float) -> str:
    """From one box to another of the same column, by the right."""
    y, out = start.y + start.height / 2, start.right + 30
    return _path(start.right, y, out, out, box.right, end_y)


def _path(x: float, y: float, bend: float, end_bend: float, end_x: float, end_y: float) -> str:
    """A curve that leaves and arrives level."""
    points = (x, y), (bend, y), (end_bend, end_y), (end_x, end_y)
    first, *others = (f"{a:.0f} {b:.0f}" for a, b in points)
    return f"M{first}C{' '.join(others)}"
