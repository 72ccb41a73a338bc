"""DaemonSets in a cluster."""

from typing import Any

import pytest

from kubeproof.sandbox.controllers.daemon_plan import daemon_template, update_limits
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster, pod_template, workload

NEW = "registry.k8s.io/pause:3.11"
EVERYWHERE = ["k8s-node1", "k8s-node2", "k8s-node3"]


def daemon_set(**spec: Any) -> Object:
    return workload("d", None, **spec)


def nodes(cluster: Cluster) -> list[str]:
    return sorted(item["spec"]["nodeName"] for item in cluster.list("pods"))


def images(cluster: Cluster) -> list[str]:
    return sorted(item["spec"]["containers"][0]["image"][-2:] for item in cluster.list("pods"))


def set_image(obj: Object) -> None:
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = NEW


def test_one_pod_on_every_node(cluster: Cluster) -> None:
    created = cluster.create("daemonsets", daemon_set())
    assert nodes(cluster) == EVERYWHERE
    assert created["status"] == {
        "currentNumberScheduled": 3,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 3,
        "numberReady": 3,
        "observedGeneration": 1,
        "updatedNumberScheduled": 3,
        "numberAvailable": 3,
    }


def test_only_on_nodes_that_match(cluster: Cluster) -> None:
    template = pod_template({"app": "a"})
    template["spec"]["nodeSelector"] = {"topology.kubernetes.io/zone": "zone-2"}
    cluster.create("daemonsets", daemon_set(template=template))
    assert nodes(cluster) == ["k8s-node2"]


def test_follows_the_labels_of_nodes(cluster: Cluster) -> None:
    template = pod_template({"app": "a"})
    template["spec"]["nodeSelector"] = {"role": "edge"}
    cluster.create("daemonsets", daemon_set(template=template))
    assert nodes(cluster) == []
    node = cluster.get("nodes", "k8s-node1", "")
    node["metadata"]["labels"]["role"] = "edge"
    cluster.registry.update("nodes", "", "k8s-node1", node)
    cluster.settle()
    assert nodes(cluster) == ["k8s-node1"]
    node = cluster.get("nodes", "k8s-node1", "")
    del node["metadata"]["labels"]["role"]
    cluster.registry.update("nodes", "", "k8s-node1", node)
    cluster.settle()
    assert nodes(cluster) == []


def test_cordoned_nodes_are_served_all_the_same(cluster: Cluster) -> None:
    node = cluster.get("nodes", "k8s-node1", "")
    node["spec"]["unschedulable"] = True
    cluster.registry.update("nodes", "", "k8s-node1", node)
    cluster.settle()
    cluster.create("daemonsets", daemon_set())
    assert nodes(cluster) == EVERYWHERE


def test_taints_keep_it_out(cluster: Cluster) -> None:
    node = cluster.get("nodes", "k8s-node1", "")
    node["spec"]["taints"] = [{"key": "k", "effect": "NoSchedule"}]
    cluster.registry.update("nodes", "", "k8s-node1", node)
    cluster.settle()
    cluster.create("daemonsets", daemon_set())
    assert nodes(cluster) == ["k8s-node2", "k8s-node3"]


def test_deleted_pod_is_replaced_on_its_node(cluster: Cluster) -> None:
    cluster.create("daemonsets", daemon_set())
    cluster.delete("pods", cluster.list("pods")[0]["metadata"]["name"])
    assert nodes(cluster) == EVERYWHERE


def test_failed_pod_is_replaced(cluster: Cluster) -> None:
    cluster.create("daemonsets", daemon_set())
    failed = cluster.list("pods")[0]
    cluster.kubelet.client.update_status("pods", failed, failed["status"] | {"phase": "Failed"})
    cluster.settle()
    assert nodes(cluster) == EVERYWHERE
    assert failed["metadata"]["name"] not in [p["metadata"]["name"] for p in cluster.list("pods")]


def test_rolling_update_one_node_after_the_other(cluster: Cluster) -> None:
    cluster.create("daemonsets", daemon_set())
    cluster.kubelet.ready = lambda pod: pod["spec"]["containers"][0]["image"] != NEW
    updated = cluster.patch("daemonsets", "d", set_image)
    assert images(cluster) == ["10", "10", "11"]
    assert updated["status"]["numberUnavailable"] == 1
    cluster.kubelet.ready = lambda pod: True
    cluster.kubelet.look_at_everything()
    cluster.settle()
    assert images(cluster) == ["11", "11", "11"]
    assert cluster.get("daemonsets", "d")["status"]["updatedNumberScheduled"] == 3


def test_surging_update_starts_the_new_pod_before_the_old_one_goes(cluster: Cluster) -> None:
    rolling = {"maxSurge": 1, "maxUnavailable": 0}
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
    cluster.create("daemonsets", daemon_set(updateStrategy=strategy))
    cluster.kubelet.ready = lambda pod: pod["spec"]["containers"][0]["image"] != NEW
    cluster.patch("daemonsets", "d", set_image)
    assert images(cluster) == ["10", "10", "10", "11"]
    cluster.kubelet.ready = lambda pod: True
    cluster.kubelet.look_at_everything()
    cluster.settle()
    assert images(cluster) == ["11", "11", "11"]
    assert nodes(cluster) == EVERYWHERE


def test_on_delete_waits_for_somebody_to_delete(cluster: Cluster) -> None:
    cluster.create("daemonsets", daemon_set(updateStrategy={"type": "OnDelete"}))
    cluster.patch("daemonsets", "d", set_image)
    assert images(cluster) == ["10", "10", "10"]
    cluster.delete("pods", cluster.list("pods")[0]["metadata"]["name"])
    assert images(cluster) == ["10", "10", "11"]


@pytest.mark.parametrize(
    ("rolling", "limits"),
    [
        ({}, (0, 1)),
        ({"maxUnavailable": "50%"}, (0, 2)),
        ({"maxSurge": 2, "maxUnavailable": 0}, (2, 0)),
        ({"maxSurge": 0, "maxUnavailable": 0}, (0, 1)),
    ],
)
def test_update_limits(rolling: Object, limits: tuple[int, int]) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
    assert update_limits(daemon_set(updateStrategy=strategy), 3) == limits


def test_daemon_pods_tolerate_the_state_of_their_node() -> None:
    template = daemon_template(daemon_set(), "rev")
    keys = {item["key"].split("/")[1] for item in template["spec"]["tolerations"]}
    assert keys == {
        "not-ready",
        "unreachable",
        "disk-pressure",
        "memory-pressure",
        "pid-pressure",
        "unschedulable",
    }
    assert template["metadata"]["labels"]["controller-revision-hash"] == "rev"
