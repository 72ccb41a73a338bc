"""Doors: what the words of a step dial."""

import pytest

from kubeproof.model import Node, Service, ServicePort
from kubeproof.probing import Target
from steps.phrases import Door

PORTS = (
    ServicePort(9000, 8080, 30000, "TCP", "http"),
    ServicePort(9001, 8081, 30001, "UDP", "datagrams"),
)
SERVICE = Service("ns", "svc-1", "uid", "LoadBalancer", "10.96.0.7", PORTS, {}, "", ("192.0.2.1",))
NODES = [
    Node(f"k8s-node{n}", f"k8s-node{n}", (f"172.30.0.1{n}", f"198.51.100.{n}"), True, True)
    for n in (1, 2)
]

DOORS = {
    "the ClusterIP": ["10.96.0.7:9000"],
    "the ClusterIP at port 80": ["10.96.0.7:80"],
    "the external IP": ["192.0.2.1:9000"],
    "the node port of the second node": ["172.30.0.12:30000"],
    "the node port of every node": ["172.30.0.11:30000", "172.30.0.12:30000"],
    "the node port of every node but the first": ["172.30.0.12:30000"],
    "the ClusterIP over UDP": ["10.96.0.7:9001"],
    "the ClusterIP at port 53 over UDP": ["10.96.0.7:53"],
    'the ClusterIP of Service "svc-1" over UDP': ["10.96.0.7:9001"],
    "the external IP over UDP": ["192.0.2.1:9001"],
    "the node port of the first node over UDP": ["172.30.0.11:30001"],
}


def shown(target: Target) -> str:
    return f"{target.host}:{target.port}"


@pytest.mark.parametrize(("words", "dialled"), DOORS.items(), ids=DOORS.keys())
def test_a_door_leads_to_addresses_and_ports(words: str, dialled: list[str]) -> None:
    targets = Door(words)(SERVICE, NODES, [])
    assert [shown(target) for target in targets] == dialled
    assert {target.protocol for target in targets} == {"UDP" if "UDP" in words else "TCP"}


def test_a_protocol_that_the_service_does_not_have_opens_no_door() -> None:
    only_udp = Service("ns", "svc-1", "uid", "ClusterIP", "10.96.0.7", PORTS[1:], {})
    assert Door("the ClusterIP")(only_udp, NODES, []) == []
