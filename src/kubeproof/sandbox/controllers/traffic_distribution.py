"""Hints that keep traffic near: spec.trafficDistribution of a Service.

PreferSameZone (formerly PreferClose) names each ready endpoint's zone, PreferSameNode its node
too. Source: "Virtual IPs and Service Proxies" (Traffic distribution) in the Kubernetes
documentation; KEP-4444, KEP-3015.
"""

from collections.abc import Callable
from typing import TypeAlias

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.controllers.fields import annotations_of, object_at, objects_at, spec_of
from kubeproof.sandbox.controllers.slice_plan import SliceChanges
from kubeproof.sandbox.objects import Object

PREFERENCES = frozenset(("PreferClose", "PreferSameZone", "PreferSameNode"))

Hint: TypeAlias = Callable[[Object], Object | None]
"""The hint an endpoint should have, None for none."""


def topology_mode_is_auto(service: Object) -> bool:
    """Whether the annotation asks for topology aware hints; it comes before trafficDistribution.

    Where both the old and the new annotation are set, the old one counts.
    """
    annotations = annotations_of(service)
    mode = annotations.get(
        "service.kubernetes.io/topology-aware-hints",
        annotations.get("service.kubernetes.io/topology-mode", ""),
    )
    return mode in ("Auto", "auto")


def is_ready_endpoint(endpoint: Object) -> bool:
    """Whether the endpoint's ready condition is true."""
    return object_at(endpoint, "conditions").get("ready") is True


def hint_for(service: Object) -> Hint:
    """How the Service's trafficDistribution hints at its endpoints; not at all without one."""
    preference = spec_of(service).get("trafficDistribution")
    if preference not in PREFERENCES:
        return _no_hint
    return _node_and_zone if preference == "PreferSameNode" else _zone


def apply_hints(changes: SliceChanges, hint: Hint) -> None:
    """Give every endpoint its hint, in slices that are written anyway and in those that need it."""
    needing = [item for item in changes.unchanged if _needs_hints(item, hint)]
    changes.unchanged = [item for item in changes.unchanged if item not in needing]
    changes.update += [copied(item) for item in needing]
    for endpoint_slice in [*changes.create, *changes.update]:
        for endpoint in objects_at(endpoint_slice, "endpoints"):
            set_hint(endpoint, hint(endpoint))


def set_hint(endpoint: Object, hint: Object | None) -> None:
    """Write a hint into an endpoint, or take it out."""
    endpoint.pop("hints", None)
    if hint:
        endpoint["hints"] = hint


def _needs_hints(endpoint_slice: Object, hint: Hint) -> bool:
    return any(
        (endpoint.get("hints") or None) != hint(endpoint)
        for endpoint in objects_at(endpoint_slice, "endpoints")
    )


def _no_hint(_endpoint: Object) -> Object | None:
    return None


def _zone(endpoint: Object) -> Object | None:
    if not is_ready_endpoint(endpoint) or not endpoint.get("zone"):
        return None
    return {"forZones": [{"name": endpoint["zone"]}]}


def _node_and_zone(endpoint: Object) -> Object | None:
    hint = _zone(endpoint) or {}
    if is_ready_endpoint(endpoint) and endpoint.get("nodeName"):
        hint["forNodes"] = [{"name": endpoint["nodeName"]}]
    return hint or None
