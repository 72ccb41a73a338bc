"""Why a Pod does not start, where that says nothing about Services (API reference, PodStatus)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kubeproof.errors import CheckBroken, ClusterUnavailable, KubeproofError
from kubeproof.model import Object

_NO_IMAGE = ("ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName")
_NO_CONTAINER = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")


def hindrance(pods: Iterable[Object]) -> KubeproofError | None:
    """What keeps one of these Pods from ever starting; None where all may still start.

    An image that cannot be had is that of every Pod: no scenario could be carried out.
    """
    for pod in pods:
        for container, waiting in _waiting(pod):
            reason, told = str(waiting.get("reason")), str(waiting.get("message") or "")
            where = f"on node {pod['spec'].get('nodeName')}"
            if reason in _NO_IMAGE:
                return ClusterUnavailable(
                    f"image {container['image']} cannot be had {where} ({told or reason}); name "
                    "another with --image, or bring it to the nodes with kubeproof images"
                )
            if reason in _NO_CONTAINER:
                name = pod["metadata"]["name"]
                return CheckBroken(f"Pod {name} cannot start {where}: {told or reason}")
    return None


def unplaced(pods: Iterable[Object]) -> CheckBroken | None:
    """Which of these Pods no node takes; that may change, so it counts only in the end."""
    for pod in pods:
        for condition in pod.get("status", {}).get("conditions") or ():
            if condition.get("reason") == "Unschedulable":
                name, told = pod["metadata"]["name"], condition.get("message") or "not told why"
                return CheckBroken(f"no node takes Pod {name}: {told}; make room for it")
    return None


def _waiting(pod: Object) -> Iterator[tuple[Object, Mapping[str, Any]]]:
    specs: dict[str, Object] = {one["name"]: one for one in pod["spec"]["containers"]}
    for status in pod.get("status", {}).get("containerStatuses") or ():
        state: Object = status.get("state") or {}
        if waiting := state.get("waiting"):
            yield specs[status["name"]], waiting
