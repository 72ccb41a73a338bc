"""Reading Kubernetes objects: what is there, and what may be left out."""

import dataclasses

import pytest

from kubeproof.model import (
    Endpoint,
    Node,
    Object,
    Pod,
    Service,
    ServicePort,
    endpoints_of,
    is_true,
)


def service(spec: Object | None = None, status: Object | None = None) -> Service:
    meta = {"namespace": "ns", "name": "svc-1", "uid": "u1"}
    return Service.of({"metadata": meta, "spec": spec or {}, "status": status or {}})


def pod(status: Object | None = None, **meta: object) -> Pod:
    named = {"namespace": "ns", "name": "pod-1", "uid": "u1", **meta}
    return Pod.of({"metadata": named, "spec": {"nodeName": "n1"}, "status": status or {}})


def node(spec: Object | None = None, status: Object | None = None, **labels: str) -> Node:
    names = {key.replace("__", "/").replace("_", "."): value for key, value in labels.items()}
    return Node.of(
        {"metadata": {"name": "n1", "labels": names}, "spec": spec or {}, "status": status or {}}
    )


def condition(kind: str, status: str) -> Object:
    return {"type": kind, "status": status}


@pytest.mark.parametrize(
    ("status", "holds"), [("True", True), ("False", False), ("Unknown", False)]
)
def test_a_condition_holds_only_when_its_status_is_true(status: str, holds: bool) -> None:
    assert is_true([condition("Ready", status)], "Ready") is holds


def test_a_condition_of_another_type_says_nothing() -> None:
    assert not is_true([condition("ContainersReady", "True")], "Ready")
    assert not is_true([], "Ready")


def test_a_service_is_read_with_every_port() -> None:
    ports = [
        {"name": "web", "port": 9000, "targetPort": 8080, "nodePort": 30000, "protocol": "TCP"},
        {"name": "dns", "port": 53, "targetPort": "dns", "protocol": "UDP"},
    ]
    read = service({"type": "NodePort", "clusterIP": "10.96.0.7", "ports": ports})
    assert (read.namespace, read.name, read.uid) == ("ns", "svc-1", "u1")
    assert (read.type, read.cluster_ip) == ("NodePort", "10.96.0.7")
    assert read.ports == (
        ServicePort(9000, 8080, 30000, "TCP", "web"),
        ServicePort(53, "dns", 0, "UDP", "dns"),
    )
    assert read.port is read.ports[0]


def test_a_target_port_that_is_not_given_is_the_service_port() -> None:
    assert service({"ports": [{"port": 8080}]}).port == ServicePort(8080, 8080)


def test_a_service_without_selector_finds_no_pod() -> None:
    for spec in ({}, {"selector": None}):
        assert not pod(labels={"app": "pod"}).matches(service(spec).selector)


def test_a_service_that_was_not_defaulted_has_no_type_and_no_policy() -> None:
    read = service()
    assert (read.type, read.cluster_ip, read.external_traffic_policy) == ("", "", "")
    assert (read.ports, read.external_addresses) == ((), ())


def test_the_external_traffic_policy_is_read() -> None:
    assert service({"externalTrafficPolicy": "Local"}).external_traffic_policy == "Local"


def test_external_addresses_are_ips_or_names_as_the_load_balancer_gives_them() -> None:
    ingress = [{"ip": "172.30.0.200"}, {"hostname": "lb.example.net"}]
    read = service(status={"loadBalancer": {"ingress": ingress}})
    assert read.external_addresses == ("172.30.0.200", "lb.example.net")


def test_a_pending_load_balancer_has_no_address() -> None:
    assert service(status={"loadBalancer": {}}).external_addresses == ()


def test_a_pod_that_is_ready() -> None:
    status = {"podIP": "10.244.1.2", "conditions": [condition("Ready", "True")]}
    read = pod(status, labels={"app": "pod"})
    assert (read.node, read.address, read.ready, read.terminating) == (
        "n1", "10.244.1.2", True, False,
    )  # fmt: skip


def test_a_pod_that_was_just_created_has_neither_address_nor_node() -> None:
    meta = {"namespace": "ns", "name": "pod-1", "uid": "u1"}
    read = Pod.of({"metadata": meta, "spec": {}})
    assert (read.node, read.address, read.ready, dict(read.labels)) == ("", "", False, {})


def test_a_pod_that_is_being_deleted_is_terminating() -> None:
    assert pod(deletionTimestamp="2026-01-01T00:00:00Z").terminating


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ({"app": "pod"}, True),
        ({"app": "pod", "tier": "back"}, True),
        ({"app": "pod", "tier": "front"}, False),
        ({"other": "pod"}, False),
        ({}, False),
    ],
)
def test_a_pod_needs_every_label_of_the_selector(selector: dict[str, str], found: bool) -> None:
    assert pod(labels={"app": "pod", "tier": "back"}).matches(selector) is found


def test_a_node_is_known_by_internal_addresses_first() -> None:
    addresses = [
        {"type": "Hostname", "address": "n1"},
        {"type": "ExternalIP", "address": "203.0.113.1"},
        {"type": "InternalIP", "address": "172.30.0.11"},
        {"type": "InternalIP", "address": "fd00::11"},
    ]
    read = node(status={"addresses": addresses})
    assert read.addresses == ("172.30.0.11", "fd00::11", "203.0.113.1")
    assert read.address == "172.30.0.11"


def test_a_node_hostname_may_differ_from_its_name() -> None:
    assert node(kubernetes_io__hostname="host-1").hostname == "host-1"
    assert node().hostname == "n1"


def test_the_zone_of_a_node() -> None:
    assert node(topology_kubernetes_io__zone="zone-1").zone == "zone-1"
    assert node().zone == ""


def test_a_node_is_ready_when_it_says_so() -> None:
    assert node(status={"conditions": [condition("Ready", "True")]}).ready
    assert not node().ready


@pytest.mark.parametrize(
    ("spec", "schedulable"),
    [
        ({}, True),
        ({"taints": None}, True),
        ({"taints": [{"key": "k", "effect": "PreferNoSchedule"}]}, True),
        ({"taints": [{"key": "k", "effect": "NoSchedule"}]}, False),
        ({"taints": [{"key": "k", "effect": "NoExecute"}]}, False),
        ({"unschedulable": True}, False),
    ],
)
def test_a_node_takes_pods_unless_cordoned_or_tainted(spec: Object, schedulable: bool) -> None:
    assert node(spec).schedulable is schedulable


def endpoint_slice(*endpoints: Object) -> Object:
    return {"endpoints": list(endpoints)}


def test_endpoints_of_every_slice_are_put_together() -> None:
    first = {
        "addresses": ["10.244.1.2"],
        "targetRef": {"name": "pod-1"},
        "nodeName": "n1",
        "conditions": {"ready": True},
    }
    second = {"addresses": ["192.0.2.1"], "conditions": {"ready": False}}
    found = endpoints_of([endpoint_slice(first), endpoint_slice(second), {"endpoints": None}, {}])
    assert found == {
        Endpoint("10.244.1.2", "pod-1", "n1", ready=True),
        Endpoint("192.0.2.1", "", "", ready=False, serving=False),
    }


@pytest.mark.parametrize("conditions", [{}, {"conditions": None}, {"conditions": {"ready": None}}])
def test_an_unset_ready_condition_is_read_as_true(conditions: Object) -> None:
    [found] = endpoints_of([endpoint_slice({"addresses": ["192.0.2.1"], **conditions})])
    assert found.ready


@pytest.mark.parametrize("made", [service(), pod(), node(), Endpoint("a", "p", "n", ready=True)])
def test_what_was_read_cannot_be_changed(made: object) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, "name" if hasattr(made, "name") else "pod", "another")
