"""The subsets of Endpoints."""

from kubeproof.sandbox.controllers.subsets import desired_subsets, repacked
from tests.sandbox.controllers.objects import deleted, stored_pod, stored_service


def test_ready_and_not_ready_addresses_share_a_subset() -> None:
    pods = [stored_pod("b", "10.244.1.3", ready=False), stored_pod("a", "10.244.1.2")]
    [subset] = desired_subsets(stored_service(), pods)
    assert [item["ip"] for item in subset["addresses"]] == ["10.244.1.2"]
    assert [item["ip"] for item in subset["notReadyAddresses"]] == ["10.244.1.3"]
    assert subset["ports"] == [{"protocol": "TCP", "port": 8080}]


def test_address_names_node_and_pod() -> None:
    [subset] = desired_subsets(stored_service(), [stored_pod("a")])
    assert subset["addresses"] == [
        {
            "ip": "10.244.1.2",
            "nodeName": "n1",
            "targetRef": {"kind": "Pod", "namespace": "test", "name": "a", "uid": "uid-a"},
        }
    ]


def test_pods_being_deleted_leave_unless_published() -> None:
    gone = deleted(stored_pod("a"))
    assert desired_subsets(stored_service(), [gone]) == []
    published = desired_subsets(stored_service(publishNotReadyAddresses=True), [gone])
    assert len(published[0]["addresses"]) == 1


def test_ports_of_the_same_pods_share_a_subset_and_others_do_not() -> None:
    ports = [
        {"name": "a", "port": 1, "targetPort": 8080, "protocol": "TCP"},
        {"name": "b", "port": 2, "targetPort": 8081, "protocol": "UDP"},
        {"name": "c", "port": 3, "targetPort": "only-q", "protocol": "TCP"},
    ]
    other = stored_pod("q", "10.244.1.9")
    other["spec"]["containers"][0]["ports"].append({"name": "only-q", "containerPort": 7})
    subsets = desired_subsets(stored_service(ports=ports), [stored_pod("p"), other])
    offered = [
        ([port["name"] for port in subset["ports"]], [a["ip"] for a in subset["addresses"]])
        for subset in subsets
    ]
    assert offered == [(["a", "b"], ["10.244.1.2", "10.244.1.9"]), (["c"], ["10.244.1.9"])]


def test_headless_service_without_ports_lists_addresses_alone() -> None:
    [subset] = desired_subsets(stored_service(clusterIP="None", ports=[]), [stored_pod("a")])
    assert "ports" not in subset
    assert len(subset["addresses"]) == 1


def test_repacking_joins_and_not_ready_wins() -> None:
    port = {"port": 1, "protocol": "TCP"}
    subsets = [
        {"addresses": [{"ip": "10.0.0.2"}, {"ip": "10.0.0.1"}], "ports": [port]},
        {"notReadyAddresses": [{"ip": "10.0.0.1"}], "ports": [port]},
    ]
    assert repacked(subsets) == [
        {
            "addresses": [{"ip": "10.0.0.2"}],
            "notReadyAddresses": [{"ip": "10.0.0.1"}],
            "ports": [port],
        }
    ]
