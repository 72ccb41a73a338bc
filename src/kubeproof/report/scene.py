"""Who was where in a scenario, and which connections happened: what its picture is drawn from."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from kubeproof.report.record import ANSWERED, PodRecord, ScenarioRecord, Seen, ServiceRecord
from kubeproof.report.run import NodeFacts

_ADDRESSES = re.compile(r"\(([\d.:a-fA-F, ]+)\)$")
OUTSIDE, CLIENT, NODE_DOOR, SERVICE_DOOR, POD = "outside", "client", "node door", "door", "pod"
LOOKUP = "lookup"  # a question to the cluster's DNS, with its answer
_DNS = "cluster DNS"
SHOWN_NODES = 4  # a cluster with more is drawn with those nodes only that something happened on


@dataclass(frozen=True)
class Place:
    """A box: what it is, on which node it stands (empty: on none), and two lines of text."""

    kind: str
    node: str
    label: str
    note: str = ""


@dataclass(frozen=True)
class Flow:
    """Connections alike: from a vantage to a target, and if one answered, on to a Pod."""

    vantage: Place
    target: Place
    pod: Place | None
    outcome: str
    times: int
    sources: tuple[str, ...] = ()  # whom the Pod saw


@dataclass(frozen=True)
class Scene:
    """Everything in a picture."""

    nodes: tuple[str, ...]
    places: tuple[Place, ...]
    flows: tuple[Flow, ...]
    services: tuple[ServiceRecord, ...] = ()
    planned: bool = False  # drawn from a manifest: nothing was observed

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.places and not self.services


@dataclass
class _Stage:
    """Finds the place of each name and address."""

    nodes: Sequence[NodeFacts]
    pods: Sequence[PodRecord]
    places: dict[Place, None] = field(default_factory=dict[Place, None])

    def vantage(self, name: str) -> Place:
        """Where a connection starts: its name says on which node, if on any."""
        address = _ADDRESSES.search(name)
        note = address[1] if address else ""
        words = _ADDRESSES.sub("", name).strip()
        node = next((one.name for one in self._longest_first() if one.name in words), "")
        node = node or next((one.node for one in self.pods if f"Pod {one.name}" == words), "")
        kind = CLIENT if node else OUTSIDE
        short = words.replace(f" on {node}", "").replace(" outside the cluster", " outside")
        return self._placed(Place(kind, node, short, note))

    def _longest_first(self) -> list[NodeFacts]:
        return sorted(self.nodes, key=lambda one: -len(one.name))

    def target(self, seen: Seen) -> Place:
        """What was dialled: a door of a node, a Pod itself, or a door of the Service."""
        host = seen.address.rpartition(":")[0]
        if node := next((one.name for one in self.nodes if host in one.addresses), ""):
            label = seen.target.replace(f" of {node}", "").replace(f" on {node}", "")
            return self._placed(Place(NODE_DOOR, node, label.removeprefix("the "), seen.address))
        if pod := next((one for one in self.pods if one.address == host), None):
            return self._pod(pod)
        label = seen.target.removeprefix("the ")
        if host == _DNS:
            return self._placed(Place(LOOKUP, "", label, seen.detail or seen.outcome))
        return self._placed(Place(SERVICE_DOOR, "", label, seen.address))

    def answered_by(self, seen: Seen) -> Place | None:
        """The Pod that answered; None where none is known to have."""
        if not seen.pod:
            return None
        alike = [one for one in self.pods if one.name == seen.pod]
        there = [one for one in alike if one.node == seen.node] or alike
        if there:
            return self._pod(there[-1])
        # The Service that had this address before may still be answering.
        note = "not of this scenario" if self.pods else ""
        return self._placed(Place(POD, seen.node, seen.pod, note))

    def _pod(self, pod: PodRecord) -> Place:
        """One box for a name on a node, with the address that such a Pod had last."""
        alike = [one for one in self.pods if one.name == pod.name]
        last = [one for one in alike if one.node == pod.node] or [pod]
        gone = ", gone" if alike and alike[-1].node != pod.node else ""
        return self._placed(Place(POD, pod.node, pod.name, last[-1].address + gone))

    def _placed(self, place: Place) -> Place:
        self.places[place] = None
        return place

    def put(self, pod: PodRecord) -> None:
        """A Pod that was there, whether or not anything reached it."""
        self._pod(pod)


def scene_of(record: ScenarioRecord, nodes: Sequence[NodeFacts]) -> Scene:
    """The scene of a scenario that ran."""
    stage = _Stage(nodes, record.pods)
    for pod in record.pods:
        stage.put(pod)
    flows = _added_up(_flow(stage, seen) for seen in record.seen if seen.outcome != "broken")
    places = tuple(stage.places)
    names = _shown(nodes, places) if places or record.services else ()
    return Scene(names, places, flows, tuple(record.services))


def _flow(stage: _Stage, seen: Seen) -> Flow:
    sources = (seen.source,) if seen.source else ()
    vantage, target = stage.vantage(seen.vantage), stage.target(seen)
    pod = stage.answered_by(seen)
    if seen.outcome == ANSWERED and target.kind == POD:
        pod = pod or target  # it was asked whom it sees, but who else would have answered
    return Flow(vantage, target, pod, seen.outcome, seen.times, sources)


def _added_up(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Connections of the same way and end together, whichever step made them."""
    found: dict[tuple[Place, Place, Place | None, str], Flow] = {}
    for flow in flows:
        if flow.outcome == ANSWERED and flow.pod is None and flow.target.kind != LOOKUP:
            continue  # it was asked whom the Pod sees, not which Pod it is
        key = (flow.vantage, flow.target, flow.pod, flow.outcome)
        before = found.get(key)
        times = flow.times + (before.times if before else 0)
        sources = tuple(dict.fromkeys((before.sources if before else ()) + flow.sources))
        found[key] = Flow(*key, times, sources)
    return tuple(found.values())


def _shown(nodes: Sequence[NodeFacts], places: Sequence[Place]) -> tuple[str, ...]:
    busy = {place.node for place in places}
    known = [one.name for one in nodes]
    shown = [name for name in known if len(known) <= SHOWN_NODES or name in busy]
    return (*shown, *sorted(busy - {"", *known}))


def sentences(scene: Scene) -> list[str]:
    """The picture in words, for who cannot see it."""
    told: list[str] = []
    for (vantage, target), flows in groupby(scene.flows, key=lambda one: (one.vantage, one.target)):
        ends = "; ".join(_end(flow) for flow in flows)
        where = f" on {vantage.node}" if vantage.node else ""
        door = f" of {target.node}" if target.node else ""
        told.append(f"{vantage.label}{where} to {target.label}{door} ({target.note}): {ends}")
    return told


def _end(flow: Flow) -> str:
    times = f"{flow.times} times" if flow.times != 1 else "once"
    if flow.pod is None:
        return f"{flow.outcome} {times}"
    where = f" on {flow.pod.node}" if flow.pod.node else ""
    return f"answered by {flow.pod.label}{where} {times}"


ORDINALS = ("first", "second", "third", "fourth", "fifth")
_SERVICE = re.compile(r'\bService "([^"]+)"')
_ON_NODE = re.compile(rf"\bPods? (.+?) on the ({'|'.join(ORDINALS)}) node")
_QUOTED = re.compile(r'"([^"]+)"')


def planned_scene(steps: Iterable[str], manifest: Sequence[Any]) -> Scene:
    """What a scenario will make, from its words and its manifest, where it has not run."""
    stage, services, wanted = _Stage((), ()), dict[str, ServiceRecord](), 0
    for text in steps:
        for name in _SERVICE.findall(text):
            if found := _service_in(manifest, name):
                services[name] = found
        for pods, ordinal in _ON_NODE.findall(text):
            wanted = max(wanted, ORDINALS.index(ordinal) + 1)
            for name in _QUOTED.findall(pods):
                stage.put(PodRecord(name, f"the {ordinal} node", ""))
    if not services and not stage.places:
        return Scene((), (), (), planned=True)
    names = tuple(f"the {ordinal} node" for ordinal in ORDINALS[: max(wanted, 2)])
    return Scene(names, tuple(stage.places), (), tuple(services.values()), planned=True)


def _service_in(manifest: Sequence[Any], name: str) -> ServiceRecord | None:
    for obj in manifest:
        if obj["kind"] == "Service" and obj["metadata"]["name"] == name:
            spec = obj["spec"]
            ports = [_port(port) for port in spec.get("ports", ())]
            policy = str(spec.get("externalTrafficPolicy", ""))
            return ServiceRecord(name, str(spec.get("type", "ClusterIP")), "", ports, policy)
    return None


def _port(port: Any) -> str:
    node = f" (node port {port['nodePort']})" if "nodePort" in port else ""
    return f"{port['port']} → {port.get('targetPort', port['port'])}{node}"
