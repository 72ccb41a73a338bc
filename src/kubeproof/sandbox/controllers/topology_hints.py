"""Topology aware hints: endpoints shared out over zones by the CPUs their nodes have.

For Services annotated service.kubernetes.io/topology-mode: Auto. A heuristic that may decline,
with an event that says why. Source: "Topology Aware Routing" in the Kubernetes documentation;
KEP-2433.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.controllers.endpoint_plan import ZONE_LABEL
from kubeproof.sandbox.controllers.fields import condition_of, object_at, objects_at
from kubeproof.sandbox.controllers.quantities import amount
from kubeproof.sandbox.controllers.slice_plan import SliceChanges
from kubeproof.sandbox.controllers.traffic_distribution import (
    apply_hints,
    is_ready_endpoint,
    set_hint,
)
from kubeproof.sandbox.objects import Object, labels_of

OVERLOAD = 0.2
"""By how much more than its share an endpoint may be loaded."""

ENABLED = "Topology Aware Hints has been enabled"
DISABLED = "Topology Aware Hints has been disabled"
NO_ZONE = "One or more endpoints do not have a zone specified"
NODE_FACTS_MISSING = (
    "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"
)
TOO_FEW = "Insufficient number of endpoints"
OVERLOADED = (
    "Unable to allocate minimum required endpoints to each zone without exceeding "
    "overload threshold"
)
CONTROL_PLANE_LABELS = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


class HintsDeclined(Exception):
    """No hints can be given; the text says why, as the event does."""


class Allocation(NamedTuple):
    """How many endpoints a zone should serve: its share, and the most it may."""

    desired: float
    maximum: int


@dataclass(slots=True)
class _Surplus:
    """Zones with more endpoints than their share, and zones with fewer."""

    giving: dict[str, int] = field(default_factory=dict[str, int])
    receiving: dict[str, int] = field(default_factory=dict[str, int])


def zone_shares(nodes: Iterable[Object]) -> dict[str, float]:
    """Each zone's part of all CPUs of ready worker nodes.

    Empty where a node has no zone or no CPUs, or where there are fewer than two zones.
    """
    cpu_by_zone: dict[str, float] = {}
    for node in nodes:
        if any(label in labels_of(node) for label in CONTROL_PLANE_LABELS):
            continue
        if condition_of(node, "Ready").get("status") != "True":
            continue
        zone = labels_of(node).get(ZONE_LABEL)
        cpu = amount(object_at(node, "status", "allocatable").get("cpu", 0))
        if not zone or not cpu:
            return {}
        cpu_by_zone[zone] = cpu_by_zone.get(zone, 0) + cpu
    total = sum(cpu_by_zone.values())
    if len(cpu_by_zone) < 2:
        return {}
    return {zone: cpu / total for zone, cpu in cpu_by_zone.items()}


def allocations(shares: Mapping[str, float], endpoints: int) -> dict[str, Allocation]:
    """How the endpoints should be shared out. Raises HintsDeclined where they cannot be."""
    if not shares:
        raise HintsDeclined(NODE_FACTS_MISSING)
    counts = f"({endpoints} endpoints, {len(shares)} zones)"
    if len(shares) > endpoints:
        raise HintsDeclined(f"{TOO_FEW} {counts}")
    minimum = {zone: ceil(share * endpoints / (1 + OVERLOAD)) for zone, share in shares.items()}
    spare = endpoints - sum(minimum.values())
    if spare < 0:
        raise HintsDeclined(f"{OVERLOADED} {counts}")
    return {
        zone: Allocation(max(share * endpoints, minimum[zone]), minimum[zone] + spare)
        for zone, share in shares.items()
    }


def apply_topology_hints(changes: SliceChanges, shares: Mapping[str, float]) -> None:
    """Give the endpoints of all slices zones by the shares; slices already right stay unwritten.

    Raises HintsDeclined, in which case no endpoint has a hint.
    """
    try:
        _share_out(changes, shares)
    except HintsDeclined:
        apply_hints(changes, _none)
        raise


def _none(_endpoint: Object) -> Object | None:
    return None


def _share_out(changes: SliceChanges, shares: Mapping[str, float]) -> None:
    everything = [*changes.create, *changes.update, *changes.unchanged]
    targets = allocations(shares, sum(len(_ready(item)) for item in everything))
    allocated = _keep_valid(changes, targets)
    endpoints = [item for each in (*changes.create, *changes.update) for item in _ready(each)]
    if not all(endpoint.get("zone") for endpoint in endpoints):
        raise HintsDeclined(NO_ZONE)
    apply_hints(SliceChanges(create=changes.create, update=changes.update), _own_zone)
    for endpoint in endpoints:
        allocated[endpoint["zone"]] = allocated.get(endpoint["zone"], 0) + 1
    _redistribute(endpoints, _surplus(targets, allocated))


def _own_zone(endpoint: Object) -> Object | None:
    return {"forZones": [{"name": endpoint["zone"]}]} if is_ready_endpoint(endpoint) else None


def _ready(endpoint_slice: Object) -> list[Object]:
    return [item for item in objects_at(endpoint_slice, "endpoints") if is_ready_endpoint(item)]


def _keep_valid(changes: SliceChanges, targets: Mapping[str, Allocation]) -> dict[str, int]:
    """Count the hints of unchanged slices; those whose hints do not fit move to `update`."""
    allocated: dict[str, int] = {}
    kept: list[Object] = []
    for endpoint_slice in changes.unchanged:
        hints = _hints_by_zone(_ready(endpoint_slice), allocated, targets)
        if hints is None:
            changes.update.append(copied(endpoint_slice))
            continue
        kept.append(endpoint_slice)
        for zone, count in hints.items():
            allocated[zone] = allocated.get(zone, 0) + count
    changes.unchanged = kept
    return allocated


def _hints_by_zone(
    endpoints: Sequence[Object], allocated: Mapping[str, int], targets: Mapping[str, Allocation]
) -> dict[str, int] | None:
    counts: dict[str, int] = {}
    for endpoint in endpoints:
        zones = objects_at(endpoint, "hints", "forZones")
        if not zones:
            return None
        for zone in zones:
            counts[zone["name"]] = counts.get(zone["name"], 0) + 1
    for zone, count in counts.items():
        if zone not in targets or count + allocated.get(zone, 0) > targets[zone].maximum:
            return None
    return counts


def _surplus(targets: Mapping[str, Allocation], allocated: Mapping[str, int]) -> _Surplus:
    """Whole endpoints to move, largest differences first, until less than half a one is left."""
    difference = {zone: allocated.get(zone, 0) - item.desired for zone, item in targets.items()}
    moves = _Surplus()
    while True:
        most = max(difference, key=lambda zone: difference[zone])
        least = min(difference, key=lambda zone: difference[zone])
        give, need = difference[most], -difference[least]
        if give < 0.5 or need < 0.5 or (give < 1 and need < 1):
            return moves
        moves.giving[most] = moves.giving.get(most, 0) + 1
        moves.receiving[least] = moves.receiving.get(least, 0) + 1
        difference[most] -= 1
        difference[least] += 1


def _redistribute(endpoints: Sequence[Object], moves: _Surplus) -> None:
    for endpoint in endpoints:
        zone = endpoint["zone"]
        receiver = next((name for name, count in moves.receiving.items() if count), None)
        if receiver is None:
            return
        if moves.giving.get(zone, 0):
            set_hint(endpoint, {"forZones": [{"name": receiver}]})
            moves.giving[zone] -= 1
            moves.receiving[receiver] -= 1
