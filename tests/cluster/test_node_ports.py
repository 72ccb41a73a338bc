"""The node port range, and which of its ports stand for those of the manifests."""

from pathlib import Path

import pytest

from kubeproof.cluster.node_ports import DEFAULT, NodePortRange, node_port_range
from kubeproof.manifest import Manifest
from tests.cluster.shown import Shown

WORDS = "provided port is not in the valid range. The range of valid ports is {}"
ELSEWHERE = NodePortRange(31000, 31999)
MANIFESTS = Path(__file__).parents[2] / "manifests"


@pytest.mark.parametrize("told", ["30000-32767", "1-9999", "31000-31999"])
def test_the_refusal_of_a_port_outside_names_the_range(told: str) -> None:
    shown = Shown(node_ports=WORDS.format(told))
    assert str(node_port_range(shown.api)) == told
    assert shown.deleted == []


def test_an_api_server_that_takes_even_that_has_every_port_and_keeps_none() -> None:
    shown = Shown()
    assert node_port_range(shown.api) == NodePortRange(1, 65535)
    [gone] = shown.deleted
    assert gone.startswith("Service default/kubeproof-")


def test_where_every_port_is_in_the_range_the_second_use_of_one_is_refused() -> None:
    taken = (
        "failed to allocate requested HealthCheck NodePort 1: provided port is already allocated"
    )
    shown = Shown(node_ports=taken)
    assert node_port_range(shown.api) == NodePortRange(1, 65535)
    assert shown.deleted == []


def test_another_refusal_tells_nothing() -> None:
    assert node_port_range(Shown(node_ports="exceeded quota: none").api) is None


@pytest.mark.parametrize("number", [30000, 30053, 30085, 32767, 80, 1])
def test_in_the_default_range_every_port_stays_what_it_is(number: int) -> None:
    assert DEFAULT.standing_for(number) == number


@pytest.mark.parametrize(
    ("ports", "number", "here"),
    [
        (ELSEWHERE, 30000, 31000),
        (ELSEWHERE, 30085, 31023),
        (ELSEWHERE, 80, 80),  # meant to be outside
        (ELSEWHERE, 31500, 31500),
        (NodePortRange(20000, 22767), 30085, 20085),
        (NodePortRange(30010, 30013), 30080, 30010),
        (NodePortRange(30010, 30013), 30081, 30011),
    ],
)
def test_in_another_range_a_port_stands_at_the_same_place_of_the_lower_part(
    ports: NodePortRange, number: int, here: int
) -> None:
    assert ports.standing_for(number) == here


def test_what_a_scenario_says_of_node_ports_follows_and_nothing_else_does() -> None:
    assert ELSEWHERE.worded("node port", "30000") == "31000"
    assert ELSEWHERE.worded("healthCheckNodePort", "30084") == "31022"
    assert ELSEWHERE.worded("port", "30000") == "30000"
    assert ELSEWHERE.worded("node port", "none") == "none"


def test_a_manifest_takes_its_fixed_ports_along() -> None:
    shipped = Manifest.load(MANIFESTS / "nodeport" / "port_allocation.yaml")
    moved = shipped.with_node_ports(ELSEWHERE.standing_for)
    names = ("svc-2", "svc-same-port", "svc-port-out-of-range", "svc-any-port")
    ports = [moved.find("Service", name)["spec"]["ports"][0].get("nodePort") for name in names]
    assert ports == [31000, 31000, 80, None]
    assert shipped.find("Service", "svc-2")["spec"]["ports"][0]["nodePort"] == 30000
    checked = Manifest.load(MANIFESTS / "traffic_policy" / "health_check.yaml")
    wished = [obj["spec"].get("healthCheckNodePort") for obj in checked.objects]
    moved = checked.with_node_ports(ELSEWHERE.standing_for)
    assert [obj["spec"].get("healthCheckNodePort") for obj in moved.objects] == [
        one and ELSEWHERE.standing_for(one) for one in wished
    ]
    assert any(wished)
