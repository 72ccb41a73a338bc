"""Words that several steps share: nodes by ordinal, names, clients, and doors to a Service.

A phrase is looked up in a table of patterns; the first that matches says what it stands for.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kubeproof.cluster.nodes import ORDINALS
from kubeproof.model import Node, Service
from kubeproof.plugin.asking import Asking
from kubeproof.probing import Target, Vantage

T = TypeVar("T")

ORDINAL = "|".join(ORDINALS)
CLIENT = (
    r"(?:a|another) client outside the cluster"
    rf"|a Pod(?: of (?:another|the Service's) namespace)? on the (?:{ORDINAL}) node"
    rf"|a process on the (?:{ORDINAL}) node"
    r'|Pod "[^"]+"'
)
_OF_NODES = (
    rf"(?:of the (?:{ORDINAL}) node|of every node(?: but the first|, at each of its addresses)?)"
)
DOOR = rf"the ClusterIP(?: at port \d+)?|the external IP(?: at port \d+)?|the node port {_OF_NODES}"
PODS = r'Pods? "[^"]+"(?: and "[^"]+")*'


def names(text: str) -> tuple[str, ...]:
    """The names in a phrase such as ``Pods "pod-1" and "pod-2"``."""
    return tuple(re.findall(r'"([^"]+)"', text))


def nth(ordinal: str, nodes: Sequence[Node]) -> Node:
    """The node that an ordinal stands for."""
    return nodes[ORDINALS.index(ordinal)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a door is looked for: a Service as it is now, on these nodes."""

    service: Service
    nodes: Sequence[Node]


Opened = Callable[[re.Match[str], Place], list[Target]]


def _cluster_ip(match: re.Match[str], place: Place) -> list[Target]:
    port = int(match[1] or place.service.port.port)
    return [Target(f"the ClusterIP of {place.service.name}", place.service.cluster_ip, port)]


def _external_ip(match: re.Match[str], place: Place) -> list[Target]:
    port = int(match[1] or place.service.port.port)
    label = f"the external IP of {place.service.name}"
    return [Target(label, address, port) for address in place.service.external_addresses]


def _node_port(place: Place, node: Node, address: str) -> Target:
    return Target(f"the node port of {node.name}", address, place.service.port.node_port)


def _port_of_one(match: re.Match[str], place: Place) -> list[Target]:
    node = nth(match[1], place.nodes)
    return [_node_port(place, node, node.address)]


def _port_of_all(match: re.Match[str], place: Place) -> list[Target]:
    return [_node_port(place, node, node.address) for node in place.nodes]


def _port_of_others(match: re.Match[str], place: Place) -> list[Target]:
    return [_node_port(place, node, node.address) for node in place.nodes[1:]]


def _port_of_all_addresses(match: re.Match[str], place: Place) -> list[Target]:
    return [_node_port(place, node, address) for node in place.nodes for address in node.addresses]


_DOORS: Mapping[str, Opened] = {
    r"the ClusterIP(?: at port (\d+))?": _cluster_ip,
    r"the external IP(?: at port (\d+))?": _external_ip,
    rf"the node port of the ({ORDINAL}) node": _port_of_one,
    r"the node port of every node": _port_of_all,
    r"the node port of every node but the first": _port_of_others,
    r"the node port of every node, at each of its addresses": _port_of_all_addresses,
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where a Service is dialled, in the words of a step."""

    words: str

    def __call__(self, service: Service, nodes: Sequence[Node]) -> list[Target]:
        """What to dial, once the Service and the nodes are known."""
        match, opened = _looked_up(self.words, _DOORS)
        return opened(match, Place(service, nodes))


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


def client_of(words: str, asking: Asking) -> Vantage:
    """The client that a step speaks of."""
    match, found = _looked_up(words, _CLIENTS)
    return found(match, asking)


def _looked_up(text: str, table: Mapping[str, T]) -> tuple[re.Match[str], T]:
    found = ((re.fullmatch(pattern, text), meaning) for pattern, meaning in table.items())
    return next((match, meaning) for match, meaning in found if match)
