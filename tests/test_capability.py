"""Capabilities: what a tag asks for, and what is said where it is missing."""

import pytest

from kubeproof.capability import MEANING, Finding, Findings, missing, named
from kubeproof.errors import Misuse


@pytest.mark.parametrize("name", MEANING)
def test_every_capability_can_be_asked_for(name: str) -> None:
    assert named(f"capability:{name}") == name


@pytest.mark.parametrize("tag", ["core", "np-03", "two-nodes", "Capability:two-nodes"])
def test_other_tags_ask_for_nothing(tag: str) -> None:
    assert named(tag) is None


@pytest.mark.parametrize("tag", ["capability:two-node", "capability:"])
def test_a_capability_that_does_not_exist_is_told_with_those_that_do(tag: str) -> None:
    with pytest.raises(Misuse) as caught:
        named(tag)
    text = str(caught.value)
    assert f"in tag @{tag}" in text
    assert all(name in text for name in MEANING)


FOUND = {
    "two-nodes": Finding(True, "the cluster has 3 schedulable node(s)"),
    "kubectl": Finding(False, "there is no kubectl on the PATH"),
    "load-balancer": Finding(False, "no load-balancer implementation was found"),
}


def test_nothing_is_missing_where_everything_is_there() -> None:
    assert missing(["two-nodes"], FOUND) == []
    assert missing([], FOUND) == []


def test_each_missing_capability_is_told_with_its_meaning() -> None:
    [one, other] = missing(["kubectl", "two-nodes", "load-balancer"], FOUND)
    assert one.startswith("there is no kubectl on the PATH (capability:kubectl: ")
    assert MEANING["kubectl"] in one
    assert other.startswith("no load-balancer implementation was found (capability:load-balancer")


def test_what_can_be_tried_is_tried_once_and_only_when_it_is_asked_for() -> None:
    tried: list[str] = []

    def trial() -> Finding:
        tried.append("sctp")
        return Finding(True, "it was tried")

    findings = Findings(FOUND, {"sctp": trial})
    assert set(findings) == {*FOUND, "sctp"}
    assert (len(findings), tried, findings.known) == (len(FOUND) + 1, [], FOUND)
    assert [findings["sctp"].present, findings["sctp"].present] == [True, True]
    assert tried == ["sctp"]
    assert findings.known == FOUND | {"sctp": Finding(True, "it was tried")}


def test_what_is_known_is_not_tried() -> None:
    findings = Findings(FOUND, {"kubectl": lambda: Finding(True, "it was tried")})
    assert findings["kubectl"] == FOUND["kubectl"]


def test_a_feature_gate_is_asked_for_by_its_name() -> None:
    assert named("gate:PreferSameTrafficDistribution") == "gate:PreferSameTrafficDistribution"
    with pytest.raises(Misuse, match="unknown feature gate 'PreferSame' in tag @gate:PreferSame"):
        named("gate:PreferSame")
