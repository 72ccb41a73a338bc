"""What NetworkPolicies let through, as packets that are walked through a node's rules."""

from typing import Any

import pytest

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.policy.members import Member, World, member_of
from kubeproof.sandbox.policy.render import render
from kubeproof.sandbox.proxy.endpoints import NodeFacts
from kubeproof.sandbox.proxy.model import NOTHING, Target
from kubeproof.sandbox.proxy.packet import Packet
from kubeproof.sandbox.proxy.trace import trace

NODE = NodeFacts("k8s-node1", "172.30.0.11", "10.244.1.0/24")
SERVER, FRIEND, STRANGER = "10.244.1.2", "10.244.2.3", "10.244.3.4"
NAMESPACES = {"shop": {"team": "shop"}, "other": {"team": "other"}}


def pod(name: str, address: str, namespace: str = "shop", node: str = "k8s-node1") -> Object:
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "nodeName": node,
            "containers": [{"ports": [{"name": "web", "containerPort": 8080}]}],
        },
        "status": {"podIP": address, "phase": "Running"},
    }


def members() -> list[Member]:
    pods = [
        pod("server", SERVER),
        pod("friend", FRIEND, node="k8s-node2"),
        pod("stranger", STRANGER, "other", "k8s-node3"),
    ]
    return [found for one in pods if (found := member_of(one))]


def policy(*types: str, **spec: Any) -> Object:
    spec = {"podSelector": {"matchLabels": {"app": "server"}}, "policyTypes": [*types], **spec}
    return {"metadata": {"name": "p", "namespace": "shop"}, "spec": spec}


def ingress(**rule: Any) -> Object:
    return policy("Ingress", ingress=[rule])


def passes(
    source: str, target: str, *policies: Object, faults: str = "", protocol: str = "tcp"
) -> bool:
    address, _, port = target.partition(":")
    rules = render("k8s-node1", World(members(), NAMESPACES, policies), frozenset(faults.split()))
    packet = Packet(source, Target(address, int(port)), protocol)
    (outcome,) = trace(rules, packet, NODE).outcomes
    return outcome.end == "delivered"


SELECTED = {"podSelector": {"matchLabels": {"app": "friend"}}}
OTHER_NAMESPACE = {"namespaceSelector": {"matchLabels": {"team": "other"}}}
BLOCK = {"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.3.0/24"]}}
PEERS: list[tuple[Object, bool, bool]] = [
    ({}, True, True),
    ({"from": [SELECTED]}, True, False),
    ({"from": [OTHER_NAMESPACE]}, False, True),
    ({"from": [{**SELECTED, **OTHER_NAMESPACE}]}, False, False),
    ({"from": [SELECTED, OTHER_NAMESPACE]}, True, True),
    ({"from": [{"podSelector": {}}]}, True, False),
    ({"from": [BLOCK]}, True, False),
]


@pytest.mark.parametrize(("rule", "friend", "stranger"), PEERS)
def test_peers(rule: Object, friend: bool, stranger: bool) -> None:
    allowing = ingress(**rule)
    assert passes(FRIEND, f"{SERVER}:8080", allowing) is friend
    assert passes(STRANGER, f"{SERVER}:8080", allowing) is stranger


@pytest.mark.parametrize(
    ("port", "allowed", "denied"),
    [
        ({"port": 8080, "protocol": "TCP"}, 8080, 8081),
        ({"port": "web", "protocol": "TCP"}, 8080, 8081),
        ({"port": 8080, "endPort": 8082, "protocol": "TCP"}, 8082, 8083),
    ],
)
def test_ports_are_the_pods_own(port: Object, allowed: int, denied: int) -> None:
    allowing = ingress(ports=[port])
    assert passes(FRIEND, f"{SERVER}:{allowed}", allowing)
    assert not passes(FRIEND, f"{SERVER}:{denied}", allowing)
    assert not passes(FRIEND, f"{SERVER}:{allowed}", allowing, protocol="udp")


def test_without_a_policy_a_node_has_no_rules() -> None:
    assert render("k8s-node1", World(members(), NAMESPACES, [])) == NOTHING


def test_a_policy_isolates_only_those_that_it_selects_and_only_in_its_direction() -> None:
    nobody = policy("Ingress")
    assert not passes(FRIEND, f"{SERVER}:8080", nobody)
    assert passes(FRIEND, f"{STRANGER}:8080", nobody)
    assert passes(SERVER, f"{FRIEND}:8080", nobody)
    assert passes(FRIEND, f"{SERVER}:8080", {**nobody, "metadata": {"namespace": "other"}})


def test_policies_add_up() -> None:
    assert passes(FRIEND, f"{SERVER}:8080", policy("Ingress"), ingress(**{"from": [SELECTED]}))


def test_no_pod_is_cut_off_from_itself() -> None:
    assert passes(SERVER, f"{SERVER}:8080", policy("Ingress", "Egress"))


def test_egress_is_held_against_the_pod_at_the_end() -> None:
    out = policy("Egress", egress=[{"to": [SELECTED], "ports": [{"port": "web"}]}])
    assert passes(SERVER, f"{FRIEND}:8080", out)
    assert not passes(SERVER, f"{FRIEND}:53", out)
    assert not passes(SERVER, f"{STRANGER}:8080", out)
    assert passes(FRIEND, f"{SERVER}:8080", out)


def test_the_node_reaches_its_own_pods() -> None:
    assert passes(NODE.address, f"{SERVER}:8080", policy("Ingress"))
    assert not passes(
        NODE.address, f"{SERVER}:8080", policy("Ingress"), faults="policy-blocks-node"
    )


def test_a_broken_plugin_enforces_too_much_or_too_little() -> None:
    nobody, nothing = policy("Ingress"), policy("Egress")
    assert passes(FRIEND, f"{SERVER}:8080", nobody, faults="policy-ignored")
    assert not passes(FRIEND, f"{SERVER}:8080", faults="policy-by-default")
    assert passes(SERVER, f"{FRIEND}:53", nothing, faults="policy-spares-dns", protocol="udp")


def test_before_translation_the_port_of_the_service_counts() -> None:
    world = World(members(), NAMESPACES, [ingress(ports=[{"port": 8080}])])
    packet = Packet(FRIEND, Target(SERVER, 8080), dialled_port=9000)
    for faults, end in (
        (frozenset[str](), "delivered"),
        (frozenset(["policy-before-translation"]), "dropped"),
    ):
        (outcome,) = trace(render("k8s-node1", world, faults), packet, NODE).outcomes
        assert outcome.end == end


@pytest.mark.parametrize(
    "change",
    [{"status": {}}, {"status": {"podIP": SERVER, "phase": "Failed"}}],
)
def test_a_pod_without_an_address_of_its_own_is_no_member(change: Object) -> None:
    assert member_of({**pod("server", SERVER), **change}) is None
    on_host = pod("server", SERVER)
    on_host["spec"]["hostNetwork"] = True
    assert member_of(on_host) is None
