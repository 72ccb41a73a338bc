"""Which node announces a load balancer's address.

As layer 2 load balancers do it: one node at a time, chosen by hashing, so that addresses are
spread over the nodes and a node's loss moves only its own. With externalTrafficPolicy Local it
must be a node that has ready Pods of the Service.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from kubeproof.sandbox.controllers.fields import condition_of, object_at, objects_at, spec_of
from kubeproof.sandbox.objects import Object, labels_of, name_of

EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"


def is_eligible(node: Object) -> bool:
    """Whether a node may take part in load balancing: it is ready and not excluded by label."""
    ready = condition_of(node, "Ready").get("status") == "True"
    return ready and EXCLUDE_LABEL not in labels_of(node)


def without_exclusion(node: Object) -> Object:
    """The node as somebody sees it who does not know the label."""
    labels = {key: value for key, value in labels_of(node).items() if key != EXCLUDE_LABEL}
    return {**node, "metadata": {**node["metadata"], "labels": labels}}


def local_nodes(slices: Iterable[Object]) -> set[str]:
    """The nodes that have endpoints for external traffic with policy Local.

    Those with ready endpoints; if there are none at all, those with endpoints that are
    terminating but still serve.
    """
    endpoints = [item for each in slices for item in objects_at(each, "endpoints")]
    ready = {_node(item) for item in endpoints if _condition(item, "ready")}
    fallback = {
        _node(item)
        for item in endpoints
        if _condition(item, "serving") and _condition(item, "terminating")
    }
    return (ready or fallback) - {""}


def elect(
    address: str,
    service: Object,
    slices: Sequence[Object],
    nodes: Iterable[Object],
    current: str = "",
) -> str:
    """The name of the node that announces the address; empty if no node may.

    The node that does so now stays as long as it may: moving breaks open connections.
    """
    names = {name_of(node) for node in nodes if is_eligible(node)}
    if spec_of(service).get("externalTrafficPolicy") == "Local":
        names &= local_nodes(slices)
    if current in names:
        return current
    return max(names, key=lambda name: _weight(address, name), default="")


def _weight(address: str, node: str) -> bytes:
    """Rendezvous hashing: every node has a weight for every address, and the heaviest wins."""
    return sha256(f"{address}#{node}".encode()).digest()


def _node(endpoint: Object) -> str:
    return str(endpoint.get("nodeName") or "")


def _condition(endpoint: Object, name: str) -> bool:
    return object_at(endpoint, "conditions").get(name) is True
