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
_NODES = rf"the (?:{ORDINAL}) node|every node(?: but the first|, at each of its addresses)?"
DOOR = (
    rf"the (?:former )?"
    rf"(?:ClusterIP(?: at port \d+)?|external IP(?: at port \d+)?"
    rf"|node port(?: for \d+)? of (?:{_NODES}))"
    r'(?: of Service "[^"]+")?'
)
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


def _node_port(match: re.Match[str], place: Place) -> list[Target]:
    ports = place.service.ports
    port = next(one for one in ports if match[1] in (None, str(one.port)))
    return [
        Target(f"the node port of {node.name}", address, port.node_port)
        for node, address in _addresses(match[2], place.nodes)
    ]


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
}
_SERVICE = re.compile(r' of Service "([^"]+)"$')


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

    def __call__(self, service: Service, nodes: Sequence[Node]) -> list[Target]:
        """What to dial, once the Service and the nodes are known."""
        words = re.sub("^the (?:former )?", "", _SERVICE.sub("", self.words))
        match, opened = _looked_up(words, _DOORS)
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
