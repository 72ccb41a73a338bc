"""The cluster as it is at the start, the faults of its controllers, and Events."""

import platform
import re
from pathlib import Path

import pytest

from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import object_at
from tests.sandbox.controllers.cluster import Cluster, pod, service, workload


def test_namespaces(cluster: Cluster) -> None:
    names = [item["metadata"]["name"] for item in cluster.store.list("namespaces")]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system", "test"]


def test_node_objects(cluster: Cluster) -> None:
    node = cluster.get("nodes", "k8s-node2", "")
    assert node["metadata"]["labels"]["topology.kubernetes.io/zone"] == "zone-2"
    assert node["metadata"]["labels"]["kubernetes.io/hostname"] == "k8s-node2"
    assert node["spec"]["podCIDR"] == "10.244.2.0/24"
    status = node["status"]
    assert status["addresses"] == [
        {"type": "InternalIP", "address": "172.30.0.12"},
        {"type": "Hostname", "address": "k8s-node2"},
    ]
    assert [(item["type"], item["status"]) for item in status["conditions"]] == [
        ("MemoryPressure", "False"),
        ("DiskPressure", "False"),
        ("PIDPressure", "False"),
        ("Ready", "True"),
    ]
    assert status["capacity"]["pods"] == "110"
    assert int(status["capacity"]["memory"].removesuffix("Ki")) > 1024


def test_node_info_claims_nothing_that_is_not_so(cluster: Cluster) -> None:
    told = object_at(cluster.get("nodes", "k8s-node1", ""), "status", "nodeInfo")
    assert told["kernelVersion"] == platform.release()
    assert told["bootID"] == Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    assert told["kubeletVersion"] == "v1.36.2"
    assert "sandbox" in told["osImage"]
    assert re.fullmatch(r"kubeproof-sandbox://\d.*", told["containerRuntimeVersion"])


def test_the_api_is_a_service(cluster: Cluster) -> None:
    api = cluster.get("services", "kubernetes", "default")
    assert api["spec"]["clusterIP"] == "10.96.0.1"
    assert api["spec"]["ports"] == [
        {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}
    ]
    found = cluster.get("endpointslices", "kubernetes", "default")
    assert found["endpoints"][0]["addresses"] == ["172.30.0.1"]
    assert found["ports"] == [{"name": "https", "port": 6443, "protocol": "TCP"}]
    assert len(cluster.list("endpointslices", "default")) == 1


def test_the_dns_is_a_service_with_a_pod(cluster: Cluster) -> None:
    dns = cluster.get("services", "kube-dns", "kube-system")
    assert dns["spec"]["clusterIP"] == "10.96.0.10"
    assert {(p["port"], p["protocol"]) for p in dns["spec"]["ports"]} == {(53, "UDP"), (53, "TCP")}
    [endpoint_slice] = cluster.list("endpointslices", "kube-system")
    assert [item["conditions"]["ready"] for item in endpoint_slice["endpoints"]] == [True]
    [running] = cluster.list("pods", "kube-system")
    assert running["spec"]["containers"][0]["image"] == "registry.k8s.io/coredns/coredns:v1.12.1"


def restart(cluster: Cluster) -> None:
    async def start_again() -> None:
        cluster.controllers.start()

    cluster.loop.run_until_complete(start_again())
    cluster.settle()


def test_starting_again_changes_nothing(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("deployments", workload("w", 3))
    version = cluster.store.version
    cluster.controllers.stop()
    restart(cluster)
    assert cluster.store.version == version


def test_endpoints_that_outlived_their_service_go_at_the_start(cluster: Cluster) -> None:
    cluster.create("endpoints", {"metadata": {"name": "left-over"}})
    cluster.controllers.stop()
    restart(cluster)
    assert cluster.list("endpoints") == []


def test_settled_cluster_writes_nothing(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("deployments", workload("w", 3))
    version = cluster.store.version
    cluster.advance(3600)
    assert cluster.store.version == version


@pytest.mark.parametrize("count", [1, 9])
def test_number_of_nodes(count: int) -> None:
    cluster = Cluster(count)
    assert len(cluster.store.list("nodes")) == count
    cluster.close()


def test_fault_stops_the_endpoint_slice_controller(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.faults.replace(["endpointslice-controller-stopped"])
    cluster.create("pods", pod("p"))
    [stale] = cluster.list("endpointslices")
    assert not stale.get("endpoints")
    cluster.faults.replace([])
    cluster.settle()
    [fresh] = cluster.list("endpointslices")
    assert len(fresh["endpoints"]) == 1


def test_fault_stops_the_deployment_controller(cluster: Cluster) -> None:
    cluster.faults.replace(["deployment-controller-stopped"])
    cluster.create("deployments", workload("w", 2))
    assert cluster.list("replicasets") == []
    cluster.faults.replace([])
    cluster.settle()
    assert len(cluster.list("pods")) == 2


def test_fault_collects_services_that_became_empty(cluster: Cluster) -> None:
    cluster.faults.replace(["service-collected-when-empty"])
    cluster.create("services", service("new"))
    cluster.create("deployments", workload("w", 2))
    assert len(cluster.list("services")) == 1
    cluster.patch("deployments", "w", lambda obj: obj["spec"].update(replicas=0))
    assert cluster.list("services") == []


def test_without_the_fault_empty_services_stay(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("deployments", workload("w", 2))
    cluster.patch("deployments", "w", lambda obj: obj["spec"].update(replicas=0))
    assert len(cluster.list("services")) == 1


def record(cluster: Cluster, times: int, message: str = "it happened") -> None:
    subject = cluster.get("pods", "p")
    recorder = EventRecorder(cluster.registry, "kubelet", "k8s-node1")

    async def tell() -> None:
        for _ in range(times):
            recorder.warning(subject, "Unhealthy", message)

    cluster.loop.run_until_complete(tell())
    cluster.settle()


def test_the_same_event_again_counts_up(cluster: Cluster) -> None:
    cluster.create("pods", pod("p"))
    record(cluster, 3)
    [event] = [e for e in cluster.list("events") if e["reason"] == "Unhealthy"]
    assert event["count"] == 3
    assert event["source"] == {"component": "kubelet", "host": "k8s-node1"}
    assert event["involvedObject"]["uid"] == cluster.get("pods", "p")["metadata"]["uid"]
    assert event["type"] == "Warning"


def test_an_event_about_something_in_a_gone_namespace_is_dropped(cluster: Cluster) -> None:
    subject = cluster.create("pods", pod("p"))
    cluster.registry.delete("namespaces", "", "test")
    cluster.settle()
    recorder = EventRecorder(cluster.registry, "kubelet")

    async def tell() -> None:
        recorder.normal(subject, "Killing", "too late")

    cluster.loop.run_until_complete(tell())
    cluster.settle()
    assert cluster.list("events") == []
