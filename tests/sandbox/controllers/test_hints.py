"""Hints that keep traffic near: trafficDistribution and topology aware hints."""

from collections import Counter

import pytest

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.controllers.slice_plan import SliceChanges
from kubeproof.sandbox.controllers.topology_hints import (
    HintsDeclined,
    allocations,
    apply_topology_hints,
    zone_shares,
)
from kubeproof.sandbox.controllers.traffic_distribution import (
    apply_hints,
    hint_for,
    topology_mode_is_auto,
)
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.objects import stored_node, stored_service


def endpoint(zone: str = "z1", node: str = "n1", *, ready: bool = True) -> Object:
    return {"conditions": {"ready": ready}, "zone": zone, "nodeName": node}


def endpoint_slice(*endpoints: Object) -> Object:
    return {"endpoints": list(endpoints)}


@pytest.mark.parametrize(
    ("preference", "expected"),
    [
        (None, None),
        ("PreferClose", {"forZones": [{"name": "z1"}]}),
        ("PreferSameZone", {"forZones": [{"name": "z1"}]}),
        ("PreferSameNode", {"forZones": [{"name": "z1"}], "forNodes": [{"name": "n1"}]}),
    ],
)
def test_hint_follows_the_preference(preference: str | None, expected: Object | None) -> None:
    changes = SliceChanges(create=[endpoint_slice(endpoint(), endpoint(ready=False))])
    apply_hints(changes, hint_for(stored_service(trafficDistribution=preference)))
    assert [item.get("hints") for item in changes.create[0]["endpoints"]] == [expected, None]


def test_unchanged_slices_are_written_only_if_their_hints_are_wrong() -> None:
    right = endpoint_slice(endpoint() | {"hints": {"forZones": [{"name": "z1"}]}})
    wrong = endpoint_slice(endpoint("z2"))
    before = copied(wrong)
    changes = SliceChanges(unchanged=[right, wrong])
    apply_hints(changes, hint_for(stored_service(trafficDistribution="PreferSameZone")))
    assert changes.unchanged == [right]
    assert changes.update[0]["endpoints"][0]["hints"] == {"forZones": [{"name": "z2"}]}
    assert wrong == before


def test_hints_go_when_the_preference_goes() -> None:
    hinted = endpoint_slice(endpoint() | {"hints": {"forZones": [{"name": "z1"}]}})
    changes = SliceChanges(unchanged=[hinted])
    apply_hints(changes, hint_for(stored_service()))
    assert "hints" not in changes.update[0]["endpoints"][0]


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({}, False),
        ({"service.kubernetes.io/topology-mode": "Auto"}, True),
        ({"service.kubernetes.io/topology-mode": "auto"}, True),
        ({"service.kubernetes.io/topology-mode": "Disabled"}, False),
        (
            {
                "service.kubernetes.io/topology-mode": "Auto",
                "service.kubernetes.io/topology-aware-hints": "disabled",
            },
            False,
        ),
    ],
)
def test_topology_mode(annotations: dict[str, str], expected: bool) -> None:
    service = stored_service()
    service["metadata"]["annotations"] = annotations
    assert topology_mode_is_auto(service) is expected


@pytest.mark.parametrize(
    ("nodes", "shares"),
    [
        ([stored_node("a", "z1"), stored_node("b", "z2")], {"z1": 0.5, "z2": 0.5}),
        (
            [stored_node("a", "z1", cpu="3"), stored_node("b", "z2", cpu="1000m")],
            {"z1": 0.75, "z2": 0.25},
        ),
        ([stored_node("a", "z1"), stored_node("b", "z1")], {}),
        ([stored_node("a", "z1"), stored_node("b", "")], {}),
        ([stored_node("a", "z1"), stored_node("b", "z2", ready=False)], {}),
    ],
)
def test_zone_shares(nodes: list[Object], shares: dict[str, float]) -> None:
    assert zone_shares(nodes) == shares


@pytest.mark.parametrize(
    ("shares", "endpoints", "why"),
    [
        ({}, 3, "Insufficient Node information"),
        ({"a": 0.5, "b": 0.5}, 1, "Insufficient number of endpoints (1 endpoints, 2 zones)"),
        ({"a": 0.5, "b": 0.3, "c": 0.2}, 3, "Unable to allocate minimum required endpoints"),
    ],
)
def test_topology_hints_decline(shares: dict[str, float], endpoints: int, why: str) -> None:
    with pytest.raises(HintsDeclined) as failure:
        allocations(shares, endpoints)
    assert str(failure.value).startswith(why)


def zones_hinted(changes: SliceChanges) -> "Counter[str]":
    return Counter(
        item["hints"]["forZones"][0]["name"]
        for each in [*changes.create, *changes.update, *changes.unchanged]
        for item in each["endpoints"]
        if "hints" in item
    )


def test_topology_hints_move_endpoints_to_zones_that_lack_them() -> None:
    endpoints = [endpoint("z1") for _ in range(5)] + [endpoint("z2")]
    changes = SliceChanges(create=[endpoint_slice(*endpoints)])
    apply_topology_hints(changes, {"z1": 0.5, "z2": 0.5})
    assert zones_hinted(changes) == {"z1": 3, "z2": 3}


def test_topology_hints_keep_slices_that_are_right() -> None:
    first = SliceChanges(create=[endpoint_slice(endpoint("z1"), endpoint("z2"))])
    apply_topology_hints(first, {"z1": 0.5, "z2": 0.5})
    again = SliceChanges(unchanged=first.create)
    apply_topology_hints(again, {"z1": 0.5, "z2": 0.5})
    assert (again.update, len(again.unchanged)) == ([], 1)


def test_topology_hints_need_every_endpoints_zone() -> None:
    changes = SliceChanges(create=[endpoint_slice(endpoint("z1"), endpoint(""))])
    with pytest.raises(HintsDeclined, match="do not have a zone"):
        apply_topology_hints(changes, {"z1": 0.5, "z2": 0.5})
    assert zones_hinted(changes) == {}
