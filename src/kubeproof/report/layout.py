"""Where everything in a picture stands.

From left to right: clients outside; the nodes as bands, with the clients and open node ports on
them; the Services, which are on every node; the Pods. Below the nodes: what DNS was asked.
"""

from dataclasses import dataclass, field

from kubeproof.report.record import ServiceRecord
from kubeproof.report.scene import (
    CLIENT,
    LOOKUP,
    NODE_DOOR,
    OUTSIDE,
    POD,
    SERVICE_DOOR,
    Place,
    Scene,
)

WIDTH = 900
OUTSIDE_X, OUTSIDE_W = 4, 142
BAND_X = 226
NEAR_X, NEAR_W = 238, 158  # clients and node ports
SERVICE_X, SERVICE_W = 466, 190
POD_X, POD_W = 738, 150
BOX, GAP = 38, 10
MARGIN = 26  # of a node's band, above its boxes, where its name stands
LINE = 15
DNS = "cluster DNS"


@dataclass(frozen=True)
class Box:
    """Where a place stands in the picture."""

    x: float
    y: float
    width: float
    height: float = BOX

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width


@dataclass
class Layout:
    """The boxes of a scene."""

    boxes: dict[Place, Box] = field(default_factory=dict[Place, Box])
    bands: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    top: float = 0.0  # where the bands begin
    bottom: float = 0.0  # where those of nodes end
    height: float = 0.0


def laid_out(scene: Scene) -> Layout:
    """Where everything of a scene stands."""
    layout = Layout()
    lines = sum(len(titles(one)) for one in scene.services[:3])
    y = 12.0 + lines * LINE + (6 if lines else 0)
    doors = [one for one in scene.places if one.kind == SERVICE_DOOR]
    for place in doors:
        layout.boxes[place] = Box(SERVICE_X + 8, y, SERVICE_W - 16)
        y += BOX + GAP
    layout.top = y = y + 6
    for node in (*scene.nodes, *_nowhere(scene)):
        y = _put_band(scene, layout, node, y)
    layout.bottom = y
    y = _put_lookups(scene, layout, y)
    outside = [one for one in scene.places if one.kind == OUTSIDE]
    middle = (layout.top + layout.bottom) / 2 if layout.bands else y / 2
    first = max(12.0, middle - len(outside) * (BOX + GAP) / 2)
    for number, place in enumerate(outside):
        layout.boxes[place] = Box(OUTSIDE_X, first + number * (BOX + GAP), OUTSIDE_W)
    layout.height = max(y, first + len(outside) * (BOX + GAP)) + 4
    return layout


def _nowhere(scene: Scene) -> tuple[str, ...]:
    """A band for Pods of which no node is known."""
    return ("",) if any(one.kind == POD and not one.node for one in scene.places) else ()


def _put_band(scene: Scene, layout: Layout, node: str, y: float) -> float:
    here = [one for one in scene.places if one.node == node]
    near = [one for one in here if one.kind in (CLIENT, NODE_DOOR)]
    pods = [one for one in here if one.kind == POD]
    for column, x, width in ((near, NEAR_X, NEAR_W), (pods, POD_X, POD_W)):
        for number, place in enumerate(column):
            layout.boxes[place] = Box(x, y + MARGIN + number * (BOX + GAP), width)
    rows = max(len(near), len(pods))
    height = MARGIN + rows * (BOX + GAP) + (2 if rows else 6)
    layout.bands[node] = (y, height)
    return y + height + 8


def _put_lookups(scene: Scene, layout: Layout, y: float) -> float:
    """A band below the nodes for the cluster's DNS, with a box as wide as names are long."""
    asked = [one for one in scene.places if one.kind == LOOKUP]
    for number, place in enumerate(asked):
        top = y + MARGIN + number * (BOX + GAP)
        layout.boxes[place] = Box(NEAR_X, top, POD_X + POD_W - NEAR_X)
    if not asked:
        return y
    height = MARGIN + len(asked) * (BOX + GAP) + 2
    layout.bands[DNS] = (y, height)
    return y + height + 8


def titles(service: ServiceRecord) -> list[str]:
    """What stands above a Service, line by line."""
    cluster_ip = f" · {service.cluster_ip}" if service.cluster_ip else ""
    external = [f"external IP {one}" for one in service.external]
    policy = [f"externalTrafficPolicy {service.policy}"] if service.policy == "Local" else []
    return [service.name, service.type + cluster_ip, *service.ports, *external, *policy]
