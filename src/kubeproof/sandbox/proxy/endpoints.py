"""Endpoints of a Service port, and which of them a node may use (KEP-1669, KEP-2086, KEP-4444)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.model import Target
from kubeproof.sandbox.proxy.service_port import ServicePort, is_proxied


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What a node's proxy knows of its own node and of the cluster."""

    name: str
    address: str
    pod_cidr: str
    zone: str = ""
    cluster_cidr: str = "10.244.0.0/16"
    service_cidr: str = "10.96.0.0/16"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address and port, with the conditions of its EndpointSlice and hints for the proxy."""

    target: Target
    node: str = ""
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    zone_hints: frozenset[str] = frozenset()
    node_hints: frozenset[str] = frozenset()

    @property
    def last_resort(self) -> bool:
        """Whether it is used only when there is no ready one: it terminates but still serves."""
        return self.serving and self.terminating and not self.ready


@dataclass(frozen=True, slots=True)
class Usable:
    """The endpoints a node may use, by traffic policy.

    ``reachable`` are those of either policy; ``anywhere`` says whether there is any in the
    cluster, which decides between a refusal and silence.
    """

    cluster: tuple[Endpoint, ...]
    local: tuple[Endpoint, ...]
    reachable: tuple[Endpoint, ...]
    anywhere: bool


def endpoints_of(port: ServicePort, slices: Iterable[Object]) -> tuple[Endpoint, ...]:
    """The endpoints of one Service port, sorted as kube-proxy does, which is by their text.

    An address that is in several slices counts once; one that is not terminating wins.
    """
    found: dict[str, Endpoint] = {}
    for item in slices:
        if item.get("addressType", "IPv4") != "IPv4" or not is_proxied(item):
            continue
        number = _port_number(port, item)
        members: list[Object] = item.get("endpoints") or []
        for raw in members if number else []:
            endpoint = _endpoint(raw, number)
            if endpoint and (str(endpoint.target) not in found or not endpoint.terminating):
                found[str(endpoint.target)] = endpoint
    return tuple(found[text] for text in sorted(found))


def usable(endpoints: Sequence[Endpoint], port: ServicePort, node: NodeFacts) -> Usable:
    """Which endpoints a node may use for a Service port.

    Ready ones; terminating ones that still serve where no ready one is left, which is decided
    for each policy by itself.
    """
    cluster: tuple[Endpoint, ...] = ()
    hinted: Sequence[Endpoint] = endpoints
    if port.uses_cluster_endpoints:
        hinted = near(endpoints, node)
        cluster = _ready_or_last_resort(hinted) or _ready_or_last_resort(endpoints)
    if not port.uses_local_endpoints:
        return Usable(cluster, (), cluster, bool(cluster))
    local = _ready_or_last_resort([e for e in endpoints if e.node == node.name])
    anywhere = bool(_ready_or_last_resort(endpoints))
    if not port.uses_cluster_endpoints:
        return Usable((), local, local, anywhere)
    return Usable(cluster, local, _union(cluster, local), anywhere)


def near(endpoints: Sequence[Endpoint], node: NodeFacts) -> Sequence[Endpoint]:
    """The endpoints hinted for the node, else for its zone, else all.

    Hints count only if every ready endpoint has them and one is meant for this node or zone.
    """
    ready = [e for e in endpoints if e.ready]
    for hinted, here in (
        ([e.node_hints for e in ready], node.name),
        ([e.zone_hints for e in ready], node.zone),
    ):
        if hinted and all(hinted) and any(here in hints for hints in hinted):
            return [e for e, hints in zip(ready, hinted, strict=True) if here in hints]
    return endpoints


def _ready_or_last_resort(endpoints: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    ready = tuple(e for e in endpoints if e.ready)
    return ready or tuple(e for e in endpoints if e.last_resort)


def _union(one: Iterable[Endpoint], other: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    both = {str(e.target): e for e in (*one, *other)}
    return tuple(both[text] for text in sorted(both))


def _port_number(port: ServicePort, item: Object) -> int:
    """The number the slice gives to the Service port, 0 if it does not have it."""
    candidates: list[Object] = item.get("ports") or []
    for candidate in candidates:
        same_name = str(candidate.get("name") or "") == port.name
        protocol = str(candidate.get("protocol") or "TCP").lower()
        if same_name and protocol == port.protocol:
            return int(candidate.get("port") or 0)
    return 0


def _endpoint(raw: Object, number: int) -> Endpoint | None:
    addresses: list[str] = raw.get("addresses") or []
    if not addresses:
        return None
    conditions: Object = raw.get("conditions") or {}
    hints: Object = raw.get("hints") or {}
    return Endpoint(
        target=Target(addresses[0], number),
        node=str(raw.get("nodeName") or ""),
        ready=_condition(conditions, "ready", unset=True),
        serving=_condition(conditions, "serving", unset=True),
        terminating=_condition(conditions, "terminating", unset=False),
        zone_hints=_hinted(hints, "forZones"),
        node_hints=_hinted(hints, "forNodes"),
    )


def _condition(conditions: Object, name: str, *, unset: bool) -> bool:
    value = conditions.get(name)
    return unset if value is None else bool(value)


def _hinted(hints: Object, name: str) -> frozenset[str]:
    whom: list[Object] = hints.get(name) or []
    return frozenset(str(one["name"]) for one in whom)
