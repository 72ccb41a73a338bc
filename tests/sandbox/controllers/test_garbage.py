"""Garbage collection: who goes with whom."""

from kubeproof.sandbox.controllers.fields import uid_of
from tests.sandbox.controllers.cluster import Cluster, workload


def make(
    cluster: Cluster,
    name: str,
    *owners: str,
    block: bool = True,
    finalizers: tuple[str, ...] = (),
) -> str:
    """Create a ConfigMap with these owners; the answer is its uid."""
    common = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "blockOwnerDeletion": block}
    metadata = {
        "name": name,
        "ownerReferences": [common | {"uid": uid} for uid in owners],
        "finalizers": list(finalizers),
    }
    made = cluster.create("configmaps", {"metadata": metadata})
    return uid_of(made)


def names(cluster: Cluster) -> list[str]:
    found = [item["metadata"]["name"] for item in cluster.list("configmaps")]
    return [name for name in found if name != "kube-root-ca.crt"]


def test_dependents_go_with_their_owner(cluster: Cluster) -> None:
    owner = make(cluster, "owner")
    child = make(cluster, "child", owner)
    make(cluster, "grandchild", child)
    cluster.delete("configmaps", "owner")
    assert names(cluster) == []


def test_one_owner_that_stays_is_enough(cluster: Cluster) -> None:
    first, second = make(cluster, "owner"), make(cluster, "other")
    make(cluster, "child", first, second)
    cluster.delete("configmaps", "owner")
    assert names(cluster) == ["child", "other"]
    references = cluster.get("configmaps", "child")["metadata"]["ownerReferences"]
    assert [item["uid"] for item in references] == [second]
    cluster.delete("configmaps", "other")
    assert names(cluster) == []


def test_an_owner_that_never_was_leaves_nothing(cluster: Cluster) -> None:
    make(cluster, "child", "no-such-uid")
    assert names(cluster) == []


def test_an_owner_in_another_namespace_counts_as_missing(cluster: Cluster) -> None:
    owner = cluster.create("configmaps", {"metadata": {"name": "owner", "namespace": "default"}})
    make(cluster, "child", owner["metadata"]["uid"])
    assert names(cluster) == []


def test_foreground_waits_for_blocking_dependents(cluster: Cluster) -> None:
    owner = make(cluster, "owner")
    make(cluster, "child", owner, finalizers=("test/hold",))
    make(cluster, "unblocking", owner, block=False)
    cluster.delete("configmaps", "owner", propagation="Foreground")
    waiting = cluster.get("configmaps", "owner")["metadata"]
    assert waiting["finalizers"] == ["foregroundDeletion"]
    assert "deletionTimestamp" in cluster.get("configmaps", "child")["metadata"]
    cluster.patch("configmaps", "child", lambda obj: obj["metadata"].update(finalizers=[]))
    assert names(cluster) == []


def test_foreground_goes_down_the_whole_tree(cluster: Cluster) -> None:
    cluster.kubelet.lingers = lambda pod: True
    cluster.create("deployments", workload("w", 2))
    cluster.delete("deployments", "w", propagation="Foreground")
    assert len(cluster.list("deployments")) == 1
    assert len(cluster.list("replicasets")) == 1
    for pod in cluster.list("pods"):
        cluster.kubelet.end(pod)
    cluster.settle()
    assert cluster.list("deployments") == cluster.list("replicasets") == cluster.list("pods") == []


def test_orphans_stay_without_the_reference(cluster: Cluster) -> None:
    owner = make(cluster, "owner")
    make(cluster, "child", owner)
    cluster.delete("configmaps", "owner", propagation="Orphan")
    assert names(cluster) == ["child"]
    assert not cluster.get("configmaps", "child")["metadata"].get("ownerReferences")


def test_deleting_a_deployment_ends_its_pods(cluster: Cluster) -> None:
    cluster.create("deployments", workload("w", 2))
    cluster.delete("deployments", "w")
    assert cluster.list("replicasets") == cluster.list("pods") == []


def test_orphaned_pods_of_a_replica_set_run_on(cluster: Cluster) -> None:
    cluster.create("replicasets", workload("w", 2))
    cluster.delete("replicasets", "w", propagation="Orphan")
    assert len(cluster.list("pods")) == 2
