"""The steps of a DaemonSet's rolling update, as a pure function of what is there."""

from datetime import UTC, datetime

import pytest

from kubeproof.sandbox.controllers.daemon_plan import (
    HASH_LABEL,
    daemon_template,
    rolling_changes,
    target_node,
)
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.objects import by_name, stored_node, stored_pod

NOW = datetime(2026, 1, 1, 1, tzinfo=UTC)
NODES = by_name(*(stored_node(f"n{number}") for number in range(4)))


def daemon_set(surge: int, unavailable: int) -> Object:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"nodeSelector": {"role": "on"}}}
    return {
        "metadata": {"name": "d", "generation": 2},
        "spec": {"template": template, "updateStrategy": {"rollingUpdate": rolling}},
    }


def pod(name: str, revision: str, *, ready: bool = True) -> Object:
    return stored_pod(name, ready=ready, metadata={"labels": {HASH_LABEL: revision}})


OLD = pod("old", "1")
DEAD = pod("dead", "1", ready=False)
NEW = pod("new", "2")
STARTING = pod("starting", "2", ready=False)


def changes(
    surge: int, unavailable: int, by_node: dict[str, list[Object]], suitable: int = 4
) -> tuple[list[str], list[str]]:
    """Nodes that get a Pod, and names of the Pods that go."""
    nodes = dict(NODES)
    for number in range(suitable):
        node = nodes[f"n{number}"]
        labels = node["metadata"]["labels"] | {"role": "on"}
        nodes[f"n{number}"] = node | {"metadata": node["metadata"] | {"labels": labels}}
    found = rolling_changes(daemon_set(surge, unavailable), nodes, by_node, "2", NOW)
    return found.create, [item["metadata"]["name"] for item in found.delete]


@pytest.mark.parametrize(
    ("unavailable", "by_node", "delete"),
    [
        (1, {"n0": [OLD], "n1": [OLD]}, ["old"]),
        (2, {"n0": [OLD], "n1": [OLD]}, ["old", "old"]),
        # what is not available counts already
        (1, {"n0": [STARTING], "n1": [OLD]}, []),
        (2, {"n0": [STARTING], "n1": [OLD]}, ["old"]),
        (1, {"n0": [NEW], "n1": [OLD]}, ["old"]),
        # old Pods that are not available may always go
        (1, {"n0": [DEAD], "n1": [DEAD], "n2": [OLD]}, ["dead", "dead"]),
        # a node with too many Pods is not there to be updated
        (1, {"n0": [OLD, pod("second", "1")], "n1": [OLD]}, []),
        (1, {"n0": [OLD, NEW], "n1": [OLD]}, []),
    ],
)
def test_replacing(unavailable: int, by_node: dict[str, list[Object]], delete: list[str]) -> None:
    assert changes(0, unavailable, by_node) == ([], delete)


@pytest.mark.parametrize(
    ("surge", "by_node", "create", "delete"),
    [
        (1, {"n0": [OLD], "n1": [OLD]}, ["n0"], []),
        (2, {"n0": [OLD], "n1": [OLD]}, ["n0", "n1"], []),
        # a new Pod that is not available yet uses the surge up
        (1, {"n0": [OLD, STARTING], "n1": [OLD]}, [], []),
        (1, {"n0": [OLD, NEW], "n1": [OLD]}, ["n1"], ["old"]),
        # an old Pod that is not available may be replaced beyond the surge
        (1, {"n0": [DEAD], "n1": [OLD]}, ["n0", "n1"], []),
        (1, {"n0": [OLD, pod("second", "1")], "n1": [OLD]}, [], []),
    ],
)
def test_surging(
    surge: int, by_node: dict[str, list[Object]], create: list[str], delete: list[str]
) -> None:
    assert changes(surge, 0, by_node) == (create, delete)


def test_surging_leaves_an_unsuitable_node_only_when_enough_are_available() -> None:
    assert changes(1, 0, {"n0": [NEW], "n3": [OLD]}, suitable=2) == ([], [])
    assert changes(1, 0, {"n0": [NEW], "n1": [NEW], "n3": [OLD]}, suitable=2) == ([], ["old"])
    assert changes(1, 0, {"n0": [NEW], "n3": [DEAD]}, suitable=2) == ([], ["dead"])


def test_pods_on_the_hosts_network_tolerate_a_node_without_one() -> None:
    owner = daemon_set(0, 1)
    owner["spec"]["template"]["spec"] = {"hostNetwork": True}
    keys = {item["key"] for item in daemon_template(owner, "2")["spec"]["tolerations"]}
    assert "node.kubernetes.io/network-unavailable" in keys


def test_node_of_a_pod_that_is_not_bound_yet() -> None:
    requirement = {"key": "metadata.name", "operator": "In", "values": ["n7"]}
    terms = {"nodeSelectorTerms": [{"matchFields": [requirement]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    pinned = stored_pod("p", node="", spec={"affinity": {"nodeAffinity": required}, "nodeName": ""})
    assert target_node(pinned) == "n7"
    assert target_node(stored_pod("p", node="")) == ""
