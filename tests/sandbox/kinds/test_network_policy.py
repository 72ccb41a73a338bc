"""NetworkPolicies as the API takes them: defaults, and what is refused."""

from typing import Any

import pytest

from kubeproof.sandbox.kinds.network_policy import NetworkPolicyRules
from kubeproof.sandbox.objects import Object

RULES = NetworkPolicyRules()
TYPES: list[tuple[Object, list[str]]] = [
    ({}, ["Ingress"]),
    ({"ingress": [{}]}, ["Ingress"]),
    ({"egress": [{}]}, ["Ingress", "Egress"]),
    ({"policyTypes": ["Egress"]}, ["Egress"]),
]
SENSELESS: list[tuple[Object, str, str]] = [
    ({"from": [{}]}, "spec.ingress[0].from[0]", "must specify a peer"),
    (
        {"from": [{"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}]},
        "spec.ingress[0].from[0]",
        "may not specify both ipBlock and another peer",
    ),
    (
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["192.0.2.0/24"]}}]},
        "spec.ingress[0].from[0].ipBlock.except[0]",
        "must be a strict subset",
    ),
    (
        {"ports": [{"port": 70000, "protocol": "TCP"}]},
        "spec.ingress[0].ports[0].port",
        "must be between 1 and 65535",
    ),
    (
        {"ports": [{"port": "web", "endPort": 9, "protocol": "TCP"}]},
        "spec.ingress[0].ports[0].endPort",
        "may not be specified when `port` is not specified or is a name",
    ),
    (
        {"ports": [{"port": 10, "endPort": 9, "protocol": "TCP"}]},
        "spec.ingress[0].ports[0].endPort",
        "must be greater than or equal to `port`",
    ),
    (
        {"ports": [{"port": 10, "protocol": "ICMP"}]},
        "spec.ingress[0].ports[0].protocol",
        "supported values",
    ),
]


def policy(**spec: Any) -> Object:
    return {"metadata": {"name": "p", "namespace": "shop"}, "spec": {"podSelector": {}, **spec}}


@pytest.mark.parametrize(("spec", "types"), TYPES)
def test_types_follow_from_the_rules(spec: Object, types: list[str]) -> None:
    made = policy(**spec)
    RULES.default(made)
    assert made["spec"]["policyTypes"] == types


def test_ports_are_tcp() -> None:
    made = policy(egress=[{"ports": [{"port": 53}, {"port": 53, "protocol": "UDP"}]}])
    RULES.default(made)
    assert [port["protocol"] for port in made["spec"]["egress"][0]["ports"]] == ["TCP", "UDP"]


@pytest.mark.parametrize(("rule", "field", "words"), SENSELESS)
def test_what_makes_no_sense_is_refused(rule: Object, field: str, words: str) -> None:
    (error,) = RULES.check(policy(policyTypes=["Ingress"], ingress=[rule]))
    assert error.field == field
    assert words in error.message


def test_a_whole_policy_is_taken() -> None:
    block = {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}
    rule: Object = {
        "from": [{"podSelector": {}}, {"ipBlock": block}],
        "ports": [{"protocol": "UDP"}],
    }
    assert RULES.check(policy(policyTypes=["Ingress", "Egress"], ingress=[rule])) == []
