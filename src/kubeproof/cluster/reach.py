"""Whether this host is a client outside the cluster: it is tried, never assumed."""

import socket
from typing import TYPE_CHECKING

from kubeproof.cluster.nodes import all_nodes, placeable
from kubeproof.probing.direct import DirectVantage

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

KUBELET_PORT = 10250  # every node listens there; an answer of any sort shows a way to it


def outside_of(api: "Api", timeout: float) -> DirectVantage | None:
    """This host as a vantage, with its own addresses; None if a node cannot be reached from it."""
    own: set[str] = set()
    for node in placeable(all_nodes(api)):
        address = _address_towards(node.address, timeout)
        if address is None:
            return None
        own.add(address)
    name = f"a client outside the cluster ({', '.join(sorted(own))})"
    return DirectVantage(name, timeout, frozenset(own))


def _address_towards(host: str, timeout: float) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        try:
            sock.connect((host, KUBELET_PORT))
        except ConnectionRefusedError:
            return _route_towards(host)  # refused is an answer: the node is there
        except OSError:
            return None
        return str(sock.getsockname()[0])


def _route_towards(host: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, KUBELET_PORT))
        return str(sock.getsockname()[0])
