"""ReplicaSets in a cluster."""

from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster, pod, workload


def names(objects: list[Object]) -> set[str]:
    return {obj["metadata"]["name"] for obj in objects}


def owners(obj: Object) -> list[str]:
    return [item["name"] for item in obj["metadata"].get("ownerReferences", [])]


def test_creates_its_pods_and_reports_them(cluster: Cluster) -> None:
    replica_set = cluster.create("replicasets", workload("w", 3))
    pods = cluster.list("pods")
    assert len(pods) == 3
    assert all(item["metadata"]["name"].startswith("w-") for item in pods)
    assert all(owners(item) == ["w"] for item in pods)
    status = replica_set["status"]
    assert (status["replicas"], status["readyReplicas"], status["availableReplicas"]) == (3, 3, 3)
    assert status["observedGeneration"] == 1


def test_replaces_a_pod_as_soon_as_it_is_being_deleted(cluster: Cluster) -> None:
    cluster.create("replicasets", workload("w", 2))
    cluster.kubelet.lingers = lambda pod: True
    victim = cluster.list("pods")[0]["metadata"]["name"]
    cluster.delete("pods", victim)
    assert len(cluster.list("pods")) == 3
    status = cluster.get("replicasets", "w")["status"]
    assert (status["replicas"], status["terminatingReplicas"]) == (2, 1)


def test_scales_up_and_down(cluster: Cluster) -> None:
    cluster.create("replicasets", workload("w", 2))
    before = names(cluster.list("pods"))
    cluster.patch("replicasets", "w", lambda rs: rs["spec"].update(replicas=4))
    assert len(cluster.list("pods")) == 4
    assert before < names(cluster.list("pods"))
    cluster.patch("replicasets", "w", lambda rs: rs["spec"].update(replicas=0))
    assert cluster.list("pods") == []
    assert cluster.get("replicasets", "w")["status"]["replicas"] == 0


def test_adopts_a_pod_that_its_selector_chooses(cluster: Cluster) -> None:
    cluster.create("pods", pod("stray"))
    cluster.create("replicasets", workload("w", 2))
    assert owners(cluster.get("pods", "stray")) == ["w"]
    assert len(cluster.list("pods")) == 2


def test_adopts_nobody_while_it_is_being_deleted(cluster: Cluster) -> None:
    held = workload("w", 1)
    held["metadata"]["finalizers"] = ["test/hold"]
    cluster.create("replicasets", held)
    cluster.delete("replicasets", "w")
    cluster.create("pods", pod("stray"))
    assert owners(cluster.get("pods", "stray")) == []


def test_releases_a_pod_that_lost_its_label_and_replaces_it(cluster: Cluster) -> None:
    cluster.create("replicasets", workload("w", 1))
    [first] = names(cluster.list("pods"))
    cluster.patch("pods", first, lambda obj: obj["metadata"].update(labels={"app": "quarantine"}))
    assert owners(cluster.get("pods", first)) == []
    assert len(cluster.list("pods", app="a")) == 1
    assert len(cluster.list("pods")) == 2


def test_leaves_pods_of_another_controller_alone(cluster: Cluster) -> None:
    cluster.create("replicasets", workload("one", 2))
    cluster.create("replicasets", workload("two", 2))
    assert sorted(owners(item)[0] for item in cluster.list("pods")) == ["one", "one", "two", "two"]


def test_replaces_a_failed_pod(cluster: Cluster) -> None:
    cluster.create("replicasets", workload("w", 1))
    failed = cluster.list("pods")[0]
    cluster.kubelet.client.update_status("pods", failed, failed["status"] | {"phase": "Failed"})
    cluster.settle()
    assert len(cluster.list("pods")) == 2


def test_counts_available_only_after_min_ready_seconds(cluster: Cluster) -> None:
    cluster.create("replicasets", workload("w", 1, minReadySeconds=10))
    assert "availableReplicas" not in cluster.get("replicasets", "w")["status"]
    cluster.advance(9)
    assert "availableReplicas" not in cluster.get("replicasets", "w")["status"]
    cluster.advance(2)
    assert cluster.get("replicasets", "w")["status"]["availableReplicas"] == 1


def test_tells_why_pods_cannot_be_created(cluster: Cluster) -> None:
    bad = workload("w", 1)
    bad["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    cluster.create("replicasets", bad)
    conditions = cluster.get("replicasets", "w")["status"].get("conditions", [])
    assert [(item["type"], item["reason"]) for item in conditions] == [
        ("ReplicaFailure", "FailedCreate")
    ]
    assert 'serviceaccount "nobody" not found' in conditions[0]["message"]
    account = {"metadata": {"name": "nobody"}}
    cluster.create("serviceaccounts", account)
    cluster.advance(60)
    assert "conditions" not in cluster.get("replicasets", "w")["status"]
    assert len(cluster.list("pods")) == 1
