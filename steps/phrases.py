"""Words that several steps share: nodes by ordinal, names, clients, and doors to a Service.

Each is a row of a table of patterns; the expression that a step is written with follows from it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kubeproof.cluster.nodes import ORDINALS
from kubeproof.model import Node, Pod, Service, ServicePort
from kubeproof.plugin.asking import Asking
from kubeproof.plugin.patterns import any_of, looked_up
from kubeproof.probing import Outcome, Target, Vantage
from kubeproof.probing.health import NODE_PORT, WHOLE_NODE
from kubeproof.probing.observation import TCP

ORDINAL = "|".join(ORDINALS)
_NODES = rf"the (?:{ORDINAL}) node|every node(?: but the first|, at each of its addresses)?"


HEALTH: Mapping[str, Outcome] = {
    "200 OK": Outcome.HEALTHY,
    "503 Service Unavailable": Outcome.UNHEALTHY,
}
"""What a health check node port answers, and what that means."""


def nth(ordinal: str, nodes: Sequence[Node]) -> Node:
    """The node that an ordinal stands for."""
    return nodes[ORDINALS.index(ordinal)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a door is looked for: a Service as it is now, on these nodes."""

    service: Service
    nodes: Sequence[Node]
    pods: Sequence[Pod] = ()
    protocol: str = TCP

    @property
    def ports(self) -> list[ServicePort]:
        """The Service's ports of this protocol."""
        return [port for port in self.service.ports if port.protocol == self.protocol]

    def at(self, number: str | None) -> list[int]:
        """The port of that number, or without one the first there is."""
        return [int(number)] if number else [port.port for port in self.ports[:1]]


Opened = Callable[[re.Match[str], Place], list[Target]]


def _cluster_ip(match: re.Match[str], place: Place) -> list[Target]:
    label = f"the ClusterIP of {place.service.name}"
    return [Target(label, place.service.cluster_ip, port) for port in place.at(match[1])]


def _external_ip(match: re.Match[str], place: Place) -> list[Target]:
    label = f"the external IP of {place.service.name}"
    return [
        Target(label, address, port)
        for address in place.service.external_addresses
        for port in place.at(match[1])
    ]


def _external_address(_: re.Match[str], place: Place) -> list[Target]:
    label = f"the first of the externalIPs of {place.service.name}"
    claimed: Sequence[str] = place.service.spec.get("externalIPs") or ()
    return [Target(label, one, port) for one in claimed[:1] for port in place.at(None)]


def _node_port(match: re.Match[str], place: Place) -> list[Target]:
    ports = [one for one in place.ports if match[1] in (None, str(one.port))]
    return [
        Target(f"the node port of {node.name}", address, port.node_port)
        for node, address in _addresses(match[2], place.nodes)
        for port in ports[:1]
    ]


def _health_check(match: re.Match[str], place: Place) -> list[Target]:
    service = place.service
    whose, port = f"{service.namespace}/{service.name}", service.health_check_node_port
    return [
        Target(f"the health check node port of {node.name}", address, port, health_of=whose)
        for node, address in _addresses(match[1], place.nodes)
        if port
    ]


def _node_health(match: re.Match[str], place: Place) -> list[Target]:
    return [
        Target(f"the node health check of {node.name}", address, NODE_PORT, health_of=WHOLE_NODE)
        for node, address in _addresses(match[1], place.nodes)
    ]


def _by_name(match: re.Match[str], place: Place) -> list[Target]:
    name = match[1].replace("NAMESPACE", place.service.namespace)
    return [Target(f'the name "{name}"', name, port) for port in place.at(match[2])]


def _pod_address(match: re.Match[str], place: Place) -> list[Target]:
    """The Pod's own address, at the port to which the Service would lead."""
    port = int(place.service.port.target_port)
    *_, pod = (one for one in place.pods if one.name == match[1])  # the one that has the name now
    return [Target(f"the address of {pod.name}", pod.address, port)]


def _addresses(words: str, nodes: Sequence[Node]) -> list[tuple[Node, str]]:
    if found := re.fullmatch(rf"the ({ORDINAL}) node", words):
        nodes = [nth(found[1], nodes)]
    if words.endswith("at each of its addresses"):
        return [(node, address) for node in nodes for address in node.addresses]
    return [(node, node.address) for node in nodes[words.endswith("but the first") :]]


_DOORS: Mapping[str, Opened] = {
    r"ClusterIP(?: at port (\d+))?": _cluster_ip,
    r"external IP(?: at port (\d+))?": _external_ip,
    rf"node port(?: for (\d+))? of ({_NODES})": _node_port,
    r'name "([^"]+)"(?: at port (\d+))?': _by_name,
    r'address of Pod "([^"]+)"': _pod_address,
    r"first of its externalIPs": _external_address,
    rf"health check node port of ({_NODES})": _health_check,
    rf"node health check of ({_NODES})": _node_health,
}
DOOR = rf'the (?:former )?(?:{any_of(_DOORS)})(?: of Service "[^"]+")?(?: over UDP)?'
_SERVICE = re.compile(r' of Service "([^"]+)"')


@dataclass(frozen=True, slots=True)
class Door:
    """Where a Service is dialled, in the words of a step."""

    words: str

    @property
    def former(self) -> bool:
        """Whether it is the door that the Service had when the scenario first saw it."""
        return self.words.startswith("the former ")

    @property
    def service(self) -> str:
        """The name of the Service; empty where it is the one that was spoken of last."""
        found = _SERVICE.search(self.words)
        return found[1] if found else ""

    def __call__(
        self, service: Service, nodes: Sequence[Node], pods: Sequence[Pod]
    ) -> list[Target]:
        """What to dial, once the Service, the nodes and the Pods are known."""
        plain, _, protocol = self.words.partition(" over ")
        words = re.sub("^the (?:former )?", "", _SERVICE.sub("", plain))
        match, opened = looked_up(words, _DOORS)
        found = opened(match, Place(service, nodes, pods, protocol or TCP))
        return [replace(target, protocol=protocol or TCP) for target in found]


def _outside(match: re.Match[str], asking: Asking) -> Vantage:
    return asking.outsider()


def _another_outside(match: re.Match[str], asking: Asking) -> Vantage:
    return asking.another_outsider()


def _pod_on(match: re.Match[str], asking: Asking) -> Vantage:
    return asking.clients.on(nth(match[1], asking.nodes))


def _neighbour_on(match: re.Match[str], asking: Asking) -> Vantage:
    return asking.neighbour(nth(match[1], asking.nodes))


def _process_on(match: re.Match[str], asking: Asking) -> Vantage:
    return asking.clients.process_on(nth(match[1], asking.nodes))


def _pod_itself(match: re.Match[str], asking: Asking) -> Vantage:
    return asking.pod(match[1])


# Client Pods live in a namespace of their own, which is another than the Service's.
_CLIENTS: Mapping[str, Callable[[re.Match[str], Asking], Vantage]] = {
    r"a client outside the cluster": _outside,
    r"another client outside the cluster": _another_outside,
    rf"a Pod(?: of another namespace)? on the ({ORDINAL}) node": _pod_on,
    rf"a Pod of the Service's namespace on the ({ORDINAL}) node": _neighbour_on,
    rf"a process on the ({ORDINAL}) node": _process_on,
    r'Pod "([^"]+)"': _pod_itself,
}
CLIENT = any_of(_CLIENTS)


def client_of(words: str, asking: Asking) -> Vantage:
    """The client that a step speaks of."""
    match, found = looked_up(words, _CLIENTS)
    return found(match, asking)
