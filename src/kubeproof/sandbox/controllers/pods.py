"""What state a Pod is in, as every controller has to ask.

Source: "Pod Lifecycle" in the Kubernetes documentation.
"""

from datetime import datetime

from kubeproof.sandbox.controllers.fields import (
    condition_of,
    is_being_deleted,
    objects_at,
    spec_of,
    status_of,
)
from kubeproof.sandbox.controllers.timestamps import seconds_since
from kubeproof.sandbox.objects import Object


def is_ready(pod: Object) -> bool:
    """Whether the Pod's Ready condition is True."""
    return condition_of(pod, "Ready").get("status") == "True"


def ready_since(pod: Object) -> str:
    """When the Ready condition last changed, empty where it never was set."""
    return str(condition_of(pod, "Ready").get("lastTransitionTime") or "")


def is_finished(pod: Object) -> bool:
    """Whether all containers ended for good: phase Succeeded or Failed."""
    return status_of(pod).get("phase") in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Whether the Pod counts as a replica: neither finished nor being deleted."""
    return not is_finished(pod) and not is_being_deleted(pod)


def is_terminating(pod: Object) -> bool:
    """Whether the Pod is being deleted but its containers have not all ended."""
    return not is_finished(pod) and is_being_deleted(pod)


def is_available(pod: Object, min_ready_seconds: int, moment: datetime) -> bool:
    """Whether the Pod has been Ready for `min_ready_seconds` at that moment."""
    return is_ready(pod) and seconds_until_available(pod, min_ready_seconds, moment) <= 0


def seconds_until_available(pod: Object, min_ready_seconds: int, moment: datetime) -> float:
    """How long a Ready Pod still has to stay so until it counts as available."""
    if min_ready_seconds <= 0 or not ready_since(pod):
        return 0
    return min_ready_seconds - seconds_since(ready_since(pod), moment)


def node_of(pod: Object) -> str:
    """The node that the Pod is bound to, empty while it is bound to none."""
    return str(spec_of(pod).get("nodeName") or "")


def addresses_of(pod: Object) -> list[str]:
    """Every address of the Pod, the primary one first."""
    addresses = [str(item["ip"]) for item in objects_at(pod, "status", "podIPs")]
    primary = status_of(pod).get("podIP")
    return addresses or ([str(primary)] if primary else [])


def restarts_of(pod: Object) -> int:
    """The highest restart count among the Pod's containers."""
    statuses = objects_at(pod, "status", "containerStatuses")
    return max((int(item.get("restartCount") or 0) for item in statuses), default=0)
