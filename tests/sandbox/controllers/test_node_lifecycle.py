"""Taints that follow a node's state, and Pods that leave for them."""

from typing import Any

from kubeproof.sandbox.controllers.node_lifecycle import with_state_taints
from tests.sandbox.controllers.cluster import Cluster, pod
from tests.sandbox.controllers.objects import stored_node

NOW = "2026-01-01T00:00:00Z"


def change_node(cluster: Cluster, name: str, **spec: Any) -> None:
    node = cluster.get("nodes", name, "")
    node["spec"] |= spec
    cluster.registry.update("nodes", "", name, node)
    cluster.settle()


def taints(cluster: Cluster, name: str) -> set[tuple[str, str]]:
    found = cluster.get("nodes", name, "")["spec"].get("taints", [])
    return {(taint["key"], taint["effect"]) for taint in found}


def test_cordoning_taints_and_uncordoning_clears(cluster: Cluster) -> None:
    change_node(cluster, "k8s-node1", unschedulable=True)
    assert taints(cluster, "k8s-node1") == {("node.kubernetes.io/unschedulable", "NoSchedule")}
    change_node(cluster, "k8s-node1", unschedulable=False)
    assert taints(cluster, "k8s-node1") == set()


def test_unready_node_is_tainted_twice_and_keeps_others_taints() -> None:
    mine = {"key": "mine", "effect": "NoSchedule"}
    node = stored_node("n1", ready=False, spec={"taints": [mine]})
    found = with_state_taints(node, NOW)
    assert found[0] == mine
    assert {(t["key"], t["effect"]) for t in found[1:]} == {
        ("node.kubernetes.io/not-ready", "NoSchedule"),
        ("node.kubernetes.io/not-ready", "NoExecute"),
    }
    assert with_state_taints(node | {"spec": {"taints": found}}, "later") == found


def test_pressure_taints() -> None:
    node = stored_node("n1")
    node["status"]["conditions"].append({"type": "DiskPressure", "status": "True"})
    [taint] = with_state_taints(node, NOW)
    assert taint["key"] == "node.kubernetes.io/disk-pressure"


def test_no_execute_drives_off_at_once_or_in_time_or_never(cluster: Cluster) -> None:
    toleration = {"key": "out", "operator": "Exists", "effect": "NoExecute"}
    on_node = {"nodeName": "k8s-node1"}
    cluster.create("pods", pod("goes", **on_node))
    cluster.create(
        "pods", pod("later", tolerations=[toleration | {"tolerationSeconds": 30}], **on_node)
    )
    cluster.create("pods", pod("stays", tolerations=[toleration], **on_node))
    cluster.create("pods", pod("elsewhere", nodeName="k8s-node2"))
    change_node(cluster, "k8s-node1", taints=[{"key": "out", "effect": "NoExecute"}])

    def left() -> list[str]:
        return [item["metadata"]["name"] for item in cluster.list("pods")]

    assert left() == ["elsewhere", "later", "stays"]
    cluster.advance(29)
    assert "later" in left()
    cluster.advance(2)
    assert left() == ["elsewhere", "stays"]


def test_pods_of_a_deleted_node_go(cluster: Cluster) -> None:
    cluster.create("pods", pod("p", nodeName="k8s-node1"))
    cluster.kubelet.lingers = lambda pod: True
    cluster.registry.delete("nodes", "", "k8s-node1")
    cluster.settle()
    assert cluster.list("pods") == []
