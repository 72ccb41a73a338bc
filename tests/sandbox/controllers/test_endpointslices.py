"""EndpointSlices, Endpoints and mirrored slices in a cluster."""

from typing import Any

import pytest

from kubeproof.sandbox.controllers.fields import objects_at
from kubeproof.sandbox.controllers.trigger_times import TriggerTimes
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster, pod, service, workload
from tests.sandbox.controllers.objects import stored_pod, stored_service

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


def slices(cluster: Cluster, name: str = "s") -> list[Object]:
    found = cluster.list("endpointslices")
    return [s for s in found if s["metadata"]["labels"]["kubernetes.io/service-name"] == name]


def endpoints(cluster: Cluster, name: str = "s") -> dict[str, dict[str, bool]]:
    """Conditions by the Pods' names."""
    return {
        item["targetRef"]["name"]: item["conditions"]
        for each in slices(cluster, name)
        for item in objects_at(each, "endpoints")
    }


def label(cluster: Cluster, name: str, **labels: str) -> None:
    cluster.patch("pods", name, lambda obj: obj["metadata"].update(labels=labels))


def test_follow_the_labels_of_pods(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("pods", pod("p", {"app": "other"}))
    assert endpoints(cluster) == {}
    label(cluster, "p", app="a")
    assert endpoints(cluster) == {"p": {"ready": True, "serving": True, "terminating": False}}
    label(cluster, "p", app="other")
    assert endpoints(cluster) == {}


def test_follow_the_selector_of_the_service(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("pods", pod("blue", {"app": "a"}))
    cluster.create("pods", pod("green", {"app": "b"}))
    cluster.patch("services", "s", lambda obj: obj["spec"].update(selector={"app": "b"}))
    assert list(endpoints(cluster)) == ["green"]


def test_follow_readiness(cluster: Cluster) -> None:
    cluster.kubelet.ready = lambda pod: False
    cluster.create("services", service())
    cluster.create("pods", pod("p"))
    assert endpoints(cluster)["p"]["ready"] is False
    cluster.kubelet.ready = lambda pod: True
    cluster.kubelet.look_at_everything()
    cluster.settle()
    assert endpoints(cluster)["p"]["ready"] is True


def test_terminating_pod_serves_until_it_is_gone(cluster: Cluster) -> None:
    cluster.kubelet.lingers = lambda pod: True
    cluster.create("services", service())
    cluster.create("pods", pod("p"))
    cluster.delete("pods", "p")
    assert endpoints(cluster) == {"p": {"ready": False, "serving": True, "terminating": True}}
    cluster.kubelet.end(cluster.get("pods", "p"))
    cluster.settle()
    assert endpoints(cluster) == {}


def test_service_without_pods_keeps_its_slice(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("pods", pod("p"))
    [before] = slices(cluster)
    cluster.delete("pods", "p")
    [after] = slices(cluster)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


def test_deleting_the_service_deletes_slices_and_endpoints(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("pods", pod("p"))
    assert len(cluster.list("endpoints")) == 1
    cluster.delete("services", "s")
    assert cluster.list("endpointslices") == []
    assert cluster.list("endpoints") == []


def test_service_that_waits_to_be_deleted_gets_no_new_slices(cluster: Cluster) -> None:
    held = service()
    held["metadata"]["finalizers"] = ["test/hold"]
    cluster.create("services", held)
    cluster.delete("services", "s")
    [endpoint_slice] = slices(cluster)
    cluster.delete("endpointslices", endpoint_slice["metadata"]["name"])
    assert slices(cluster) == []


def test_recreated_service_gets_slices_of_its_own(cluster: Cluster) -> None:
    cluster.create("pods", pod("p"))
    cluster.create("services", service())
    [old] = slices(cluster)
    cluster.registry.delete("services", "test", "s")
    created = cluster.create("services", service())
    [new] = slices(cluster)
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    assert new["metadata"]["ownerReferences"][0]["uid"] == created["metadata"]["uid"]


def test_slice_that_somebody_spoilt_is_repaired(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("pods", pod("p"))
    [found] = slices(cluster)
    name = found["metadata"]["name"]
    cluster.patch("endpointslices", name, lambda obj: obj.update(endpoints=[]))
    assert list(endpoints(cluster)) == ["p"]
    cluster.delete("endpointslices", name)
    assert list(endpoints(cluster)) == ["p"]


def test_slices_made_by_hand_are_left_alone(cluster: Cluster) -> None:
    cluster.create("services", service("s", selector=None))
    mine = {
        "metadata": {"name": "mine", "labels": {"kubernetes.io/service-name": "s"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["192.0.2.1"]}],
        "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
    }
    before = cluster.create("endpointslices", mine)
    cluster.create("pods", pod("p"))
    assert slices(cluster) == [before]


def test_external_name_gets_none(cluster: Cluster) -> None:
    spec = {"type": "ExternalName", "externalName": "example.com", "selector": {"app": "a"}}
    cluster.create("services", {"metadata": {"name": "s"}, "spec": spec})
    assert cluster.list("endpointslices") == []
    assert cluster.list("endpoints") == []


def test_more_than_a_hundred_endpoints_need_a_second_slice() -> None:
    cluster = Cluster()
    cluster.create("services", service())
    cluster.create("deployments", workload("w", 103))
    assert sorted(len(item["endpoints"]) for item in slices(cluster)) == [3, 100]
    cluster.close()


@pytest.mark.parametrize("distribution", ["PreferSameZone", "PreferSameNode"])
def test_hints_follow_traffic_distribution(cluster: Cluster, distribution: str) -> None:
    cluster.create("services", service("s", trafficDistribution=distribution))
    cluster.create("pods", pod("p", nodeName="k8s-node2"))
    [endpoint] = slices(cluster)[0]["endpoints"]
    expected: dict[str, Any] = {"forZones": [{"name": "zone-2"}]}
    if distribution == "PreferSameNode":
        expected["forNodes"] = [{"name": "k8s-node2"}]
    assert endpoint["hints"] == expected
    cluster.patch("services", "s", lambda obj: obj["spec"].pop("trafficDistribution"))
    assert "hints" not in slices(cluster)[0]["endpoints"][0]


def test_topology_mode_says_whether_it_engages(cluster: Cluster) -> None:
    annotated = service()
    annotated["metadata"]["annotations"] = {"service.kubernetes.io/topology-mode": "Auto"}
    cluster.create("services", annotated)
    cluster.create("deployments", workload("w", 3))
    hints = [item["hints"]["forZones"] for item in slices(cluster)[0]["endpoints"]]
    assert sorted(hint[0]["name"] for hint in hints) == ["zone-1", "zone-2", "zone-3"]
    told = {(e["reason"], e["message"]) for e in cluster.list("events")}
    enabled = "Topology Aware Hints has been enabled, addressType: IPv4"
    assert ("TopologyAwareHintsEnabled", enabled) in told


def test_topology_mode_can_be_switched_off_again(cluster: Cluster) -> None:
    annotated = service()
    annotated["metadata"]["annotations"] = {"service.kubernetes.io/topology-mode": "Auto"}
    cluster.create("services", annotated)
    cluster.create("deployments", workload("w", 3))
    cluster.patch("services", "s", lambda obj: obj["metadata"].pop("annotations"))
    assert all("hints" not in item for item in objects_at(slices(cluster)[0], "endpoints"))
    reasons = [e["message"] for e in cluster.list("events") if "disabled" in e["message"]]
    assert reasons == ["Topology Aware Hints has been disabled, addressType: IPv4"]


def test_create_comes_before_delete(cluster: Cluster) -> None:
    labels = {
        "kubernetes.io/service-name": "s",
        MANAGED_BY: "endpointslice-controller.k8s.io",
    }
    cluster.create(
        "endpointslices", {"metadata": {"name": "old", "labels": labels}, "addressType": "IPv4"}
    )
    before = cluster.store.version
    cluster.create("services", service())
    kinds = [event.type for event in cluster.store.history("endpointslices", before)]
    assert kinds == ["ADDED", "DELETED"]


def test_trigger_time_is_the_moment_of_the_change(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("pods", pod("p"))
    cluster.advance(100)
    cluster.kubelet.ready = lambda pod: False
    cluster.kubelet.look_at_everything()
    cluster.settle()
    annotation = "endpoints.kubernetes.io/last-change-trigger-time"
    [ready] = [c for c in cluster.get("pods", "p")["status"]["conditions"] if c["type"] == "Ready"]
    for written in (*slices(cluster), cluster.get("endpoints", "s")):
        assert written["metadata"]["annotations"][annotation] == ready["lastTransitionTime"]


def test_trigger_time_is_the_earliest_of_several() -> None:
    times = TriggerTimes()
    owner = stored_service() | {
        "metadata": {"name": "s", "creationTimestamp": "2026-01-01T00:00:00Z"}
    }
    assert times.observe(owner, [stored_pod("p")]) == "2026-01-01T00:00:00Z"
    assert times.observe(owner, [stored_pod("p")]) == ""
    moved = [
        stored_pod(name, status={"conditions": [{"type": "Ready", "lastTransitionTime": when}]})
        for name, when in (("p", "2026-01-01T00:00:09Z"), ("q", "2026-01-01T00:00:05Z"))
    ]
    assert times.observe(owner, moved) == "2026-01-01T00:00:05Z"


def test_endpoints_are_written_beside_the_slices(cluster: Cluster) -> None:
    cluster.create("services", service("s", clusterIP="None"))
    cluster.create("pods", pod("p"))
    found = cluster.get("endpoints", "s")
    assert found["metadata"]["labels"] == {
        "endpoints.kubernetes.io/managed-by": "endpoint-controller",
        "service.kubernetes.io/headless": "",
    }
    [address] = found["subsets"][0]["addresses"]
    assert address["targetRef"]["name"] == "p"
    cluster.delete("pods", "p")
    assert not cluster.get("endpoints", "s").get("subsets")


def by_hand(*addresses: str, **metadata: Any) -> Object:
    subset = {"addresses": [{"ip": ip} for ip in addresses], "ports": [{"port": 80}]}
    return {"metadata": {"name": "s"} | metadata, "subsets": [subset]}


def test_endpoints_made_by_hand_are_mirrored(cluster: Cluster) -> None:
    cluster.create("services", service("s", selector=None))
    owner = cluster.create("endpoints", by_hand("192.0.2.1", labels={"team": "x"}))
    [mirror] = slices(cluster)
    assert mirror["metadata"]["labels"] == {
        MANAGED_BY: "endpointslicemirroring-controller.k8s.io",
        "kubernetes.io/service-name": "s",
        "team": "x",
    }
    [reference] = mirror["metadata"]["ownerReferences"]
    assert (reference["kind"], reference["uid"]) == ("Endpoints", owner["metadata"]["uid"])
    assert mirror["endpoints"] == [{"addresses": ["192.0.2.1"], "conditions": {"ready": True}}]
    assert mirror["ports"] == [{"name": "", "port": 80, "protocol": "TCP"}]


def test_mirrored_slice_follows_its_endpoints(cluster: Cluster) -> None:
    cluster.create("services", service("s", selector=None))
    cluster.create("endpoints", by_hand("192.0.2.1"))
    [before] = slices(cluster)
    cluster.patch("endpoints", "s", lambda obj: obj.update(by_hand("192.0.2.1", "192.0.2.2")))
    [after] = slices(cluster)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert [item["addresses"][0] for item in after["endpoints"]] == ["192.0.2.1", "192.0.2.2"]
    cluster.delete("endpoints", "s")
    assert slices(cluster) == []


def test_mirroring_can_be_declined(cluster: Cluster) -> None:
    cluster.create("services", service("s", selector=None))
    skip = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    cluster.create("endpoints", by_hand("192.0.2.1", labels=skip))
    assert slices(cluster) == []


def test_mirrored_slices_go_when_the_service_gets_a_selector(cluster: Cluster) -> None:
    cluster.create("services", service("s", selector=None))
    cluster.create("endpoints", by_hand("192.0.2.1"))
    cluster.patch("services", "s", lambda obj: obj["spec"].update(selector={"app": "a"}))
    managers = [item["metadata"]["labels"][MANAGED_BY] for item in slices(cluster)]
    assert managers == ["endpointslice-controller.k8s.io"]


def test_endpoints_without_a_service_are_not_mirrored(cluster: Cluster) -> None:
    cluster.create("endpoints", by_hand("192.0.2.1"))
    assert slices(cluster) == []
