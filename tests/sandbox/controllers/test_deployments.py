"""Deployments in a cluster: rollouts, rollbacks, pauses, deadlines."""

from typing import Any

import pytest

from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.pods import is_ready
from kubeproof.sandbox.controllers.revisions import REVISION_ANNOTATION
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster, service, workload

NEW = "registry.k8s.io/pause:3.11"


def set_image(image: str = NEW) -> Any:
    def change(obj: Object) -> None:
        obj["spec"]["template"]["spec"]["containers"][0]["image"] = image

    return change


def image_of(obj: Object) -> str:
    spec = obj["spec"].get("template", obj)["spec"]
    return spec["containers"][0]["image"]


def progressing(deployment: Object) -> tuple[str, str]:
    [found] = [c for c in deployment["status"]["conditions"] if c["type"] == "Progressing"]
    return found["status"], found["reason"]


def sizes(cluster: Cluster) -> dict[str, int]:
    return {image_of(item): item["spec"]["replicas"] for item in cluster.list("replicasets")}


def new_pods_never_ready(cluster: Cluster) -> None:
    cluster.kubelet.ready = lambda pod: image_of(pod) != NEW


@pytest.fixture
def deployed(cluster: Cluster) -> Cluster:
    cluster.create("deployments", workload("w", 3))
    return cluster


def test_first_rollout(deployed: Cluster) -> None:
    deployment = deployed.get("deployments", "w")
    assert deployment["metadata"]["annotations"][REVISION_ANNOTATION] == "1"
    status = deployment["status"]
    assert status["observedGeneration"] == deployment["metadata"]["generation"]
    assert (status["updatedReplicas"], status["availableReplicas"]) == (3, 3)
    assert progressing(deployment) == ("True", "NewReplicaSetAvailable")
    [replica_set] = deployed.list("replicasets")
    hashed = replica_set["metadata"]["labels"]["pod-template-hash"]
    assert replica_set["metadata"]["name"] == f"w-{hashed}"
    assert len(deployed.list("pods", pod_template_hash=hashed)) == 3


def test_rolling_update_replaces_all_pods(deployed: Cluster) -> None:
    deployment = deployed.patch("deployments", "w", set_image())
    assert deployment["metadata"]["annotations"][REVISION_ANNOTATION] == "2"
    assert {image_of(item) for item in deployed.list("pods")} == {NEW}
    assert sizes(deployed) == {NEW: 3, "registry.k8s.io/pause:3.10": 0}
    assert progressing(deployment) == ("True", "NewReplicaSetAvailable")


@pytest.mark.parametrize(
    ("strategy", "least", "most"),
    [
        ({"maxSurge": 1, "maxUnavailable": 0}, 3, 4),
        ({"maxSurge": 0, "maxUnavailable": 1}, 2, 3),
        ({"maxSurge": "100%", "maxUnavailable": 0}, 3, 6),
    ],
)
def test_rolling_update_stays_within_its_limits(
    cluster: Cluster, strategy: Object, least: int, most: int
) -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": strategy}
    cluster.create("deployments", workload("w", 3, strategy=rolling))
    ready_counts: list[int] = []
    totals: list[int] = []

    def count(_event: Event) -> None:
        alive = [p for p in cluster.list("pods") if "deletionTimestamp" not in p["metadata"]]
        totals.append(len(alive))
        ready_counts.append(sum(is_ready(item) for item in alive))

    cluster.store.subscribe("pods", count)
    cluster.patch("deployments", "w", set_image())
    assert {image_of(item) for item in cluster.list("pods")} == {NEW}
    assert min(ready_counts) >= least
    assert max(totals) <= most


def test_rolling_update_never_empties_the_endpoints(cluster: Cluster) -> None:
    cluster.create("services", service("s"))
    cluster.create("deployments", workload("w", 1))
    ready: list[int] = []

    def count(event: Event) -> None:
        endpoints = event.object["endpoints"]
        ready.append(sum(item["conditions"]["ready"] for item in endpoints))

    cluster.store.subscribe("endpointslices", count)
    cluster.patch("deployments", "w", set_image())
    assert min(ready) == 1
    assert ready[-1] == 1


def test_pods_that_never_get_ready_stop_the_rollout(deployed: Cluster) -> None:
    new_pods_never_ready(deployed)
    deployment = deployed.patch("deployments", "w", set_image())
    assert sizes(deployed) == {NEW: 1, "registry.k8s.io/pause:3.10": 3}
    assert progressing(deployment) == ("True", "ReplicaSetUpdated")
    assert deployment["status"]["unavailableReplicas"] == 1


def test_deadline_is_reported_when_it_has_passed(cluster: Cluster) -> None:
    cluster.create("deployments", workload("w", 3, progressDeadlineSeconds=60))
    new_pods_never_ready(cluster)
    cluster.patch("deployments", "w", set_image())
    cluster.advance(59)
    assert progressing(cluster.get("deployments", "w")) == ("True", "ReplicaSetUpdated")
    cluster.advance(4)
    assert progressing(cluster.get("deployments", "w")) == ("False", "ProgressDeadlineExceeded")


def test_progress_after_the_deadline_completes_all_the_same(cluster: Cluster) -> None:
    cluster.create("deployments", workload("w", 1, progressDeadlineSeconds=60))
    new_pods_never_ready(cluster)
    cluster.patch("deployments", "w", set_image())
    cluster.advance(65)
    cluster.kubelet.ready = lambda pod: True
    cluster.kubelet.look_at_everything()
    cluster.settle()
    assert progressing(cluster.get("deployments", "w")) == ("True", "NewReplicaSetAvailable")


def test_rollback_reuses_the_old_replica_set(deployed: Cluster) -> None:
    [first] = deployed.list("replicasets")
    deployed.patch("deployments", "w", set_image())
    deployment = deployed.patch("deployments", "w", set_image("registry.k8s.io/pause:3.10"))
    assert deployment["metadata"]["annotations"][REVISION_ANNOTATION] == "3"
    again = deployed.get("replicasets", first["metadata"]["name"])
    assert again["spec"]["replicas"] == 3
    annotations = again["metadata"]["annotations"]
    assert annotations["deployment.kubernetes.io/revision-history"] == "1"
    assert len(deployed.list("replicasets")) == 2


def test_paused_deployment_scales_but_does_not_roll(deployed: Cluster) -> None:
    deployed.patch("deployments", "w", lambda obj: obj["spec"].update(paused=True))
    deployment = deployed.patch("deployments", "w", set_image())
    assert progressing(deployment) == ("Unknown", "DeploymentPaused")
    assert NEW not in sizes(deployed)
    deployed.patch("deployments", "w", lambda obj: obj["spec"].update(replicas=5))
    assert sizes(deployed) == {"registry.k8s.io/pause:3.10": 5}
    deployment = deployed.patch("deployments", "w", lambda obj: obj["spec"].update(paused=False))
    assert {image_of(item) for item in deployed.list("pods")} == {NEW}
    assert progressing(deployment) == ("True", "NewReplicaSetAvailable")


def test_scaling_to_zero_and_back(deployed: Cluster) -> None:
    deployed.patch("deployments", "w", lambda obj: obj["spec"].update(replicas=0))
    assert deployed.list("pods") == []
    deployed.patch("deployments", "w", lambda obj: obj["spec"].update(replicas=2))
    assert len(deployed.list("pods")) == 2
    assert len(deployed.list("replicasets")) == 1


def test_scaling_in_the_middle_of_a_rollout_is_proportional(cluster: Cluster) -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
    cluster.create("deployments", workload("w", 10, strategy=rolling))
    new_pods_never_ready(cluster)
    cluster.patch("deployments", "w", set_image())
    assert sizes(cluster) == {NEW: 5, "registry.k8s.io/pause:3.10": 8}
    cluster.patch("deployments", "w", lambda obj: obj["spec"].update(replicas=15))
    assert sizes(cluster) == {NEW: 7, "registry.k8s.io/pause:3.10": 11}


def test_recreate_ends_all_old_pods_first(cluster: Cluster) -> None:
    cluster.create("deployments", workload("w", 2, strategy={"type": "Recreate"}))
    cluster.kubelet.lingers = lambda pod: image_of(pod) != NEW
    cluster.patch("deployments", "w", set_image())
    old = cluster.list("pods")
    assert [image_of(item) for item in old] == ["registry.k8s.io/pause:3.10"] * 2
    assert all("deletionTimestamp" in item["metadata"] for item in old)
    cluster.kubelet.end(old[0])
    cluster.settle()
    assert len(cluster.list("pods")) == 1
    cluster.kubelet.end(old[1])
    cluster.settle()
    assert [image_of(item) for item in cluster.list("pods")] == [NEW] * 2


def test_old_replica_sets_beyond_the_limit_are_deleted(cluster: Cluster) -> None:
    cluster.create("deployments", workload("w", 1, revisionHistoryLimit=1))
    for number in range(4):
        cluster.patch("deployments", "w", set_image(f"registry.k8s.io/pause:4.{number}"))
    revisions = sorted(
        item["metadata"]["annotations"][REVISION_ANNOTATION] for item in cluster.list("replicasets")
    )
    assert revisions == ["4", "5"]


def test_replica_set_without_an_owner_is_adopted(deployed: Cluster) -> None:
    deployed.delete("deployments", "w", propagation="Orphan")
    [orphan] = deployed.list("replicasets")
    assert not orphan["metadata"].get("ownerReferences")
    deployed.create("deployments", workload("w", 3))
    [adopted] = deployed.list("replicasets")
    assert adopted["metadata"]["uid"] == orphan["metadata"]["uid"]
    assert adopted["metadata"]["ownerReferences"][0]["name"] == "w"


def test_name_taken_by_another_replica_set_leads_to_another_hash(deployed: Cluster) -> None:
    [mine] = deployed.list("replicasets")
    deployed.delete("deployments", "w")
    stranger = workload(mine["metadata"]["name"], 0, selector={"matchLabels": {"other": "x"}})
    stranger["spec"]["template"]["metadata"]["labels"] = {"other": "x"}
    deployed.create("replicasets", stranger)
    deployed.create("deployments", workload("w", 3))
    deployed.advance(1)
    assert deployed.get("deployments", "w")["status"]["collisionCount"] == 1
    assert len(deployed.list("replicasets")) == 2
    assert len(deployed.list("pods")) == 3


def test_what_keeps_pods_from_being_created_shows_in_the_deployment(cluster: Cluster) -> None:
    bad = workload("w", 1, minReadySeconds=1)
    bad["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    deployment = cluster.create("deployments", bad)
    failures = [c for c in deployment["status"]["conditions"] if c["type"] == "ReplicaFailure"]
    assert [item["reason"] for item in failures] == ["FailedCreate"]
    cluster.create("serviceaccounts", {"metadata": {"name": "nobody"}})
    cluster.advance(60)
    conditions = cluster.get("deployments", "w")["status"]["conditions"]
    assert "ReplicaFailure" not in [item["type"] for item in conditions]


def test_new_pods_count_after_min_ready_seconds(cluster: Cluster) -> None:
    cluster.create("deployments", workload("w", 2, minReadySeconds=10))
    cluster.advance(11)
    cluster.patch("deployments", "w", set_image())
    assert sizes(cluster) == {NEW: 1, "registry.k8s.io/pause:3.10": 2}
    cluster.advance(60)
    assert sizes(cluster) == {NEW: 2, "registry.k8s.io/pause:3.10": 0}


def test_changed_annotations_and_min_ready_seconds_reach_the_replica_set(
    deployed: Cluster,
) -> None:
    def change(obj: Object) -> None:
        obj["metadata"]["annotations"]["note"] = "x"
        obj["spec"]["minReadySeconds"] = 1

    deployed.patch("deployments", "w", change)
    [replica_set] = deployed.list("replicasets")
    assert replica_set["metadata"]["annotations"]["note"] == "x"
    assert replica_set["spec"]["minReadySeconds"] == 1


def test_adopted_replica_set_with_pods_goes_when_the_current_one_suffices(
    deployed: Cluster,
) -> None:
    """Scaling with an adopted ReplicaSet of another template and a saturated current one."""
    stranger = workload("stranger", 2)
    stranger["metadata"]["labels"] = {"app": "a"}
    stranger["spec"]["template"]["spec"]["containers"][0]["image"] = NEW
    deployed.create("replicasets", stranger)
    deployed.settle()
    assert sizes(deployed) == {NEW: 0, "registry.k8s.io/pause:3.10": 3}


def test_scaling_is_told_in_events(deployed: Cluster) -> None:
    [replica_set] = deployed.list("replicasets")
    messages = [e["message"] for e in deployed.list("events") if e["reason"] == "ScalingReplicaSet"]
    assert messages == [f"Scaled up replica set {replica_set['metadata']['name']} from 0 to 3"]
