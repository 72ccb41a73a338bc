"""Kinds of objects that not every cluster serves, and that not everybody may read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubeproof.cluster.rejected import Rejected
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

NETWORKING = "networking.k8s.io/v1"
UNREADABLE = (401, 403, 404, 405)


def readable(
    api: "Api", kind: str, group: str = "v1", namespace: str = "", labels: str = ""
) -> list[Object] | None:
    """The objects of a kind; None where there is no such kind or no right to see it."""
    try:
        return api.list(kind, namespace, group=group, labels=labels)
    except Rejected as error:
        if error.code in UNREADABLE:
            return None
        raise


def readable_one(api: "Api", kind: str, name: str, namespace: str) -> Object | None:
    """One object; None where there is none or no right to see it."""
    try:
        return api.get(kind, name, namespace)
    except Rejected as error:
        if error.code in UNREADABLE:
            return None
        raise


def k3s_arguments(node: Object) -> str:
    """What k3s was started with on a node, as k3s writes it there; empty where it is not k3s."""
    return annotations_of(node).get("k3s.io/node-args", "")


def annotations_of(obj: Object) -> Mapping[str, str]:
    """The annotations of an object; none where it has none."""
    return obj["metadata"].get("annotations") or {}
