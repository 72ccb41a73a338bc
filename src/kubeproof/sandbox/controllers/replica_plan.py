"""How many Pods a ReplicaSet lacks, and which ones go first when it has too many.

Source: "ReplicaSet" (Scaling a ReplicaSet, Pod deletion cost) in the Kubernetes documentation.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import inf, log2

from kubeproof.sandbox.controllers.fields import (
    annotations_of,
    created_at,
    object_at,
    spec_of,
    status_of,
    uid_of,
)
from kubeproof.sandbox.controllers.pods import (
    is_active,
    is_available,
    is_ready,
    node_of,
    ready_since,
    restarts_of,
)
from kubeproof.sandbox.controllers.timestamps import seconds_since
from kubeproof.sandbox.objects import Object, matches

DELETION_COST_ANNOTATION = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}

BURST = 10
"""Pods created or deleted at one go at most; the loop has others to serve in between."""


def replicas_of(workload: Object) -> int:
    """spec.replicas, which counts as 1 where it is not set."""
    replicas = spec_of(workload).get("replicas")
    return 1 if replicas is None else int(replicas)


def pods_to_create(replica_set: Object, active: Sequence[Object]) -> int:
    """How many Pods are missing."""
    return min(max(replicas_of(replica_set) - len(active), 0), BURST)


def pods_to_delete(
    replica_set: Object, active: Sequence[Object], related: Iterable[Object], moment: datetime
) -> list[Object]:
    """Which Pods are too many.

    `related` are the Pods of all ReplicaSets of the same owner: of two Pods the one whose node
    has more of them goes first.
    """
    excess = min(len(active) - replicas_of(replica_set), BURST)
    if excess <= 0:
        return []
    if excess == len(active):
        return list(active)
    crowd: dict[str, int] = {}
    for pod in related:
        if is_active(pod):
            crowd[node_of(pod)] = crowd.get(node_of(pod), 0) + 1
    return sorted(active, key=lambda pod: _deletion_rank(pod, crowd, moment))[:excess]


def _deletion_rank(pod: Object, crowd: dict[str, int], moment: datetime) -> tuple[object, ...]:
    """The lower, the sooner it goes.

    Unbound before bound, pending before running, not ready before ready, cheap before dear,
    crowded before lonely, shortly ready before long ready, often restarted before seldom, young
    before old. Ages count by powers of two, so that chance (the uid) decides among similar ones.
    """
    ready = is_ready(pod)
    return (
        bool(node_of(pod)),
        _PHASES.get(str(status_of(pod).get("phase")), 2),
        ready,
        _deletion_cost(pod),
        -crowd.get(node_of(pod), 0),
        _magnitude(ready_since(pod), moment) if ready else 0,
        -restarts_of(pod),
        _magnitude(created_at(pod), moment),
        uid_of(pod),
    )


def _magnitude(since: str, moment: datetime) -> float:
    seconds = seconds_since(since, moment) if since else 0
    return int(log2(seconds * 1e9)) if seconds > 0 else -inf


def _deletion_cost(pod: Object) -> int:
    try:
        return int(annotations_of(pod).get(DELETION_COST_ANNOTATION, "0"))
    except ValueError:
        return 0


def replica_status(
    replica_set: Object, active: Sequence[Object], terminating: int, moment: datetime
) -> Object:
    """The counts of a ReplicaSet's status; those that are zero are left out as the API does."""
    template_labels = object_at(replica_set, "spec", "template", "metadata", "labels")
    min_ready = int(spec_of(replica_set).get("minReadySeconds") or 0)
    counts = {
        "fullyLabeledReplicas": sum(matches(template_labels, pod) for pod in active),
        "readyReplicas": sum(is_ready(pod) for pod in active),
        "availableReplicas": sum(is_available(pod, min_ready, moment) for pod in active),
    }
    return {
        "replicas": len(active),
        **{name: count for name, count in counts.items() if count},
        "terminatingReplicas": terminating,
        "observedGeneration": replica_set["metadata"].get("generation", 1),
    }
