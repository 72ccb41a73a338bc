"""The scheduler in a cluster."""

from typing import Any

from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster, pod, workload


def scheduled(cluster: Cluster, name: str) -> Object:
    conditions = cluster.get("pods", name)["status"]["conditions"]
    [found] = [item for item in conditions if item["type"] == "PodScheduled"]
    return found


def node_of(cluster: Cluster, name: str) -> str:
    return cluster.get("pods", name)["spec"].get("nodeName", "")


def test_spreads_replicas_over_all_nodes(cluster: Cluster) -> None:
    cluster.create("deployments", workload("w", 6))
    nodes = sorted(item["spec"]["nodeName"] for item in cluster.list("pods"))
    assert nodes == ["k8s-node1", "k8s-node1", "k8s-node2", "k8s-node2", "k8s-node3", "k8s-node3"]


def test_says_that_a_pod_is_scheduled(cluster: Cluster) -> None:
    cluster.create("pods", pod("p"))
    assert scheduled(cluster, "p")["status"] == "True"
    assert cluster.get("pods", "p")["metadata"]["generation"] == 1
    [event] = [e for e in cluster.list("events") if e["reason"] == "Scheduled"]
    node = node_of(cluster, "p")
    assert event["message"] == f"Successfully assigned test/p to {node}"
    assert event["source"] == {"component": "default-scheduler"}
    assert event["involvedObject"]["name"] == "p"


def test_respects_a_node_that_is_given(cluster: Cluster) -> None:
    cluster.create("pods", pod("p", nodeName="k8s-node3"))
    assert node_of(cluster, "p") == "k8s-node3"
    assert [e for e in cluster.list("events") if e["reason"] == "Scheduled"] == []


def test_leaves_pods_of_other_schedulers_alone(cluster: Cluster) -> None:
    cluster.create("pods", pod("p", schedulerName="mine"))
    assert node_of(cluster, "p") == ""


def test_waits_for_scheduling_gates(cluster: Cluster) -> None:
    cluster.create("pods", pod("p", schedulingGates=[{"name": "test/wait"}]))
    assert node_of(cluster, "p") == ""
    cluster.patch("pods", "p", lambda obj: obj["spec"].pop("schedulingGates"))
    assert node_of(cluster, "p") != ""


def test_says_why_a_pod_fits_nowhere(cluster: Cluster) -> None:
    cluster.create("pods", pod("p", nodeSelector={"kubernetes.io/hostname": "node9"}))
    found = scheduled(cluster, "p")
    assert (found["status"], found["reason"]) == ("False", "Unschedulable")
    assert found["message"].startswith("0/3 nodes are available: 3 node(s) didn't match Pod's node")
    [event] = [e for e in cluster.list("events") if e["reason"] == "FailedScheduling"]
    assert (event["type"], event["message"]) == ("Warning", found["message"])


def test_tries_again_when_a_node_changes(cluster: Cluster) -> None:
    cluster.create("pods", pod("p", nodeSelector={"disk": "fast"}))
    node = cluster.get("nodes", "k8s-node2", "")
    node["metadata"]["labels"]["disk"] = "fast"
    cluster.registry.update("nodes", "", "k8s-node2", node)
    cluster.settle()
    assert node_of(cluster, "p") == "k8s-node2"
    assert scheduled(cluster, "p")["status"] == "True"


def test_tries_again_when_a_port_is_free(cluster: Cluster) -> None:
    spec: dict[str, Any] = {"nodeSelector": {"kubernetes.io/hostname": "k8s-node1"}}
    ports = [{"containerPort": 8080, "hostPort": 8080}]
    spec["containers"] = [{"name": "c", "image": "registry.k8s.io/pause:3.10", "ports": ports}]
    cluster.create("pods", pod("first", **spec))
    cluster.create("pods", pod("second", **spec))
    assert (node_of(cluster, "first"), node_of(cluster, "second")) == ("k8s-node1", "")
    cluster.delete("pods", "first")
    assert node_of(cluster, "second") == "k8s-node1"


def test_cordoned_node_gets_no_new_pods(cluster: Cluster) -> None:
    node = cluster.get("nodes", "k8s-node1", "")
    node["spec"]["unschedulable"] = True
    cluster.registry.update("nodes", "", "k8s-node1", node)
    cluster.settle()
    cluster.create("deployments", workload("w", 4))
    assert {item["spec"]["nodeName"] for item in cluster.list("pods")} == {"k8s-node2", "k8s-node3"}
