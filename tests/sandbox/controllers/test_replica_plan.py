"""Which Pods a ReplicaSet gives up first."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kubeproof.sandbox.controllers.replica_plan import (
    DELETION_COST_ANNOTATION,
    pods_to_create,
    pods_to_delete,
    replica_status,
)
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.objects import stored_pod

NOW = datetime(2026, 1, 1, 1, tzinfo=UTC)


def replica_set(replicas: int | None, **spec: Any) -> Object:
    described: Object = {"template": {"metadata": {"labels": {"app": "a"}}}}
    return {"metadata": {"generation": 4}, "spec": described | {"replicas": replicas} | spec}


def ready_at(moment: str) -> Object:
    return {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": moment}]}


OLD = stored_pod("old")


@pytest.mark.parametrize(
    "sooner",
    [
        stored_pod("unbound", spec={"nodeName": ""}),
        stored_pod("pending", status={"phase": "Pending"}),
        stored_pod("unready", ready=False),
        stored_pod("cheap", metadata={"annotations": {DELETION_COST_ANNOTATION: "-1"}}),
        stored_pod("fresh", status=ready_at("2026-01-01T00:59:00Z")),
        stored_pod("restarted", status={"containerStatuses": [{"restartCount": 3}]}),
        stored_pod("young", metadata={"creationTimestamp": "2026-01-01T00:59:00Z"}),
    ],
    ids=lambda pod: pod["metadata"]["name"],
)
def test_who_goes_first(sooner: Object) -> None:
    for pods in ([OLD, sooner], [sooner, OLD]):
        assert pods_to_delete(replica_set(1), pods, pods, NOW) == [sooner]


def test_pod_on_the_fuller_node_goes_first() -> None:
    lonely, crowded = stored_pod("lonely", node="n1"), stored_pod("crowded", node="n2")
    related = [lonely, crowded, stored_pod("sibling", node="n2")]
    assert pods_to_delete(replica_set(1), [lonely, crowded], related, NOW) == [crowded]


@pytest.mark.parametrize(
    ("replicas", "present", "create", "delete"),
    [(3, 1, 2, 0), (1, 3, 0, 2), (0, 2, 0, 2), (None, 0, 1, 0), (600, 0, 10, 0), (0, 25, 0, 10)],
)
def test_numbers(replicas: int | None, present: int, create: int, delete: int) -> None:
    pods = [stored_pod(f"p{number}") for number in range(present)]
    assert pods_to_create(replica_set(replicas), pods) == create
    assert len(pods_to_delete(replica_set(replicas), pods, pods, NOW)) == delete


def test_status_counts() -> None:
    pods = [
        stored_pod("available"),
        stored_pod("fresh", status=ready_at("2026-01-01T00:59:55Z")),
        stored_pod("unready", ready=False, metadata={"labels": {"other": "x"}}),
    ]
    assert replica_status(replica_set(3, minReadySeconds=10), pods, 1, NOW) == {
        "replicas": 3,
        "fullyLabeledReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 1,
        "terminatingReplicas": 1,
        "observedGeneration": 4,
    }
