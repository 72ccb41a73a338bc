"""Which EndpointSlices to create, change and delete so that a Service has the right endpoints.

As the EndpointSlice controller does it: endpoints stay in the slice they are in, changed slices
are filled first, then one unchanged slice with just enough room, then new slices; slices to be
created take over those to be deleted. Source: "EndpointSlices" (Distribution of endpoint
slices) in the Kubernetes documentation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.controllers.endpoint_plan import (
    EndpointGroup,
    EndpointKey,
    PortsKey,
    address_types,
    desired_groups,
    endpoint_key,
    is_headless,
    ports_key,
)
from kubeproof.sandbox.controllers.fields import objects_at, uid_of
from kubeproof.sandbox.controllers.ownership import controller_reference, owner_references
from kubeproof.sandbox.objects import Object, labels_of, meta, name_of, namespace_of

MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME_LABEL = "kubernetes.io/service-name"
HEADLESS_LABEL = "service.kubernetes.io/headless"
RESERVED_LABELS = frozenset((MANAGED_BY_LABEL, SERVICE_NAME_LABEL, HEADLESS_LABEL))
CONTROLLER_NAME = "endpointslice-controller.k8s.io"

MAX_ENDPOINTS = 100
"""Endpoints a slice holds at most (kube-controller-manager --max-endpoints-per-slice)."""


@dataclass(slots=True)
class SliceChanges:
    """What is to be done with a Service's slices; `unchanged` ones are as they should be.

    Slices in `create` and `update` are copies that may still be changed; the others are not.
    """

    create: list[Object] = field(default_factory=list[Object])
    update: list[Object] = field(default_factory=list[Object])
    delete: list[Object] = field(default_factory=list[Object])
    unchanged: list[Object] = field(default_factory=list[Object])

    def add(self, other: "SliceChanges") -> None:
        """Do these things too."""
        self.create += other.create
        self.update += other.update
        self.delete += other.delete
        self.unchanged += other.unchanged


def slice_labels(service: Object) -> dict[str, str]:
    """The labels of a Service's slices: the Service's own, and the three reserved ones."""
    labels = {key: value for key, value in labels_of(service).items() if key not in RESERVED_LABELS}
    labels[MANAGED_BY_LABEL] = CONTROLLER_NAME
    labels[SERVICE_NAME_LABEL] = name_of(service)
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return dict(sorted(labels.items()))


def new_slice(service: Object, family: str, ports: list[Object]) -> Object:
    """A slice without endpoints, to be named by the API server."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{name_of(service)}-",
            "namespace": namespace_of(service),
            "labels": slice_labels(service),
            "ownerReferences": [controller_reference(service, "v1", "Service")],
        },
        "addressType": family,
        "endpoints": [],
        "ports": copied(ports),
    }


def is_owned_by(endpoint_slice: Object, service: Object) -> bool:
    """Whether the slice belongs to this very Service, not to an earlier one of its name."""
    return any(
        item.get("uid") == uid_of(service) and item.get("kind") == "Service"
        for item in owner_references(endpoint_slice)
    )


def plan_slices(
    service: Object,
    pods: Sequence[Object],
    nodes: Mapping[str, Object],
    existing: Sequence[Object],
) -> list[SliceChanges]:
    """What to do, one entry for each address type, before hints are given.

    `existing` are the slices that carry the Service's name and the controller's.
    """
    families = address_types(service)
    plans = [
        _plan_family(service, pods, nodes, _of_family(existing, family), family)
        for family in families
    ]
    orphans = [item for item in existing if item["addressType"] not in families]
    if orphans:
        plans.append(SliceChanges(delete=orphans))
    return plans


def recycle(changes: SliceChanges, service: Object) -> None:
    """Turn pairs of a slice to delete and one to create into an update of the former.

    Only for slices of this very Service and of the same address type.
    """
    kept: list[Object] = []
    for old in changes.delete:
        if changes.create and _may_become(old, changes.create[-1], service):
            changes.update.append(_refilled(old, changes.create.pop()))
        else:
            kept.append(old)
    changes.delete = kept


def _may_become(old: Object, new: Object, service: Object) -> bool:
    return is_owned_by(old, service) and old["addressType"] == new["addressType"]


def _refilled(old: Object, new: Object) -> Object:
    changed = copied(old)
    meta(changed)["labels"] = new["metadata"]["labels"]
    changed["endpoints"], changed["ports"] = new["endpoints"], new["ports"]
    return changed


def _of_family(slices: Sequence[Object], family: str) -> list[Object]:
    return [item for item in slices if item["addressType"] == family]


def _plan_family(
    service: Object,
    pods: Sequence[Object],
    nodes: Mapping[str, Object],
    existing: Sequence[Object],
    family: str,
) -> SliceChanges:
    changes = SliceChanges(delete=[item for item in existing if not is_owned_by(item, service)])
    by_ports: dict[PortsKey, list[Object]] = {}
    for item in existing:
        if is_owned_by(item, service):
            by_ports.setdefault(ports_key(objects_at(item, "ports")), []).append(item)
    groups = desired_groups(service, pods, nodes, family)
    for key, group in groups.items():
        changes.add(_plan_group(service, by_ports.get(key, []), group, family))
    for key, slices in by_ports.items():
        if key not in groups:
            changes.delete += slices
    _keep_one(changes, new_slice(service, family, []), len(existing))
    return changes


def _keep_one(changes: SliceChanges, placeholder: Object, existing: int) -> None:
    """A Service always has a slice: without endpoints it has an empty one."""
    if len(changes.delete) != existing or changes.create:
        return
    if existing == 1 and _is_placeholder(changes.delete[0], placeholder):
        changes.unchanged, changes.delete = changes.delete, []
    else:
        changes.create.append(placeholder)


def _is_placeholder(existing: Object, placeholder: Object) -> bool:
    return (
        not existing.get("endpoints")
        and not existing.get("ports")
        and labels_of(existing) == labels_of(placeholder)
        and owner_references(existing) == owner_references(placeholder)
    )


def _plan_group(
    service: Object, existing: Sequence[Object], group: EndpointGroup, family: str
) -> SliceChanges:
    """The changes to the slices of one set of ports. Empties `group.endpoints`."""
    changes = SliceChanges()
    for endpoint_slice in existing:
        _keep_endpoints(changes, endpoint_slice, group.endpoints, slice_labels(service))
    _fill(sorted(changes.update, key=_endpoint_count, reverse=True), group.endpoints)
    while group.endpoints:
        target = _roomy_slice(changes.unchanged, len(group.endpoints))
        if target is None:
            filled = new_slice(service, family, group.ports)
            changes.create.append(filled)
        else:
            changes.unchanged.remove(target)
            filled = copied(target)
            changes.update.append(filled)
        _fill([filled], group.endpoints)
    return changes


def _keep_endpoints(
    changes: SliceChanges,
    endpoint_slice: Object,
    desired: dict[EndpointKey, Object],
    labels: dict[str, str],
) -> None:
    """Sort one slice in, with those of its endpoints that are still desired (and now placed)."""
    before = objects_at(endpoint_slice, "endpoints")
    pairs = [(item, desired.pop(endpoint_key(item), None)) for item in before]
    after = [new for _, new in pairs if new is not None]
    moved = len(after) != len(before)
    if moved and not after:
        changes.delete.append(endpoint_slice)
    elif moved or any(_differs(old, new) for old, new in pairs):
        changes.update.append(_changed(endpoint_slice, labels, after))
    elif labels_of(endpoint_slice) != labels:
        changes.update.append(_changed(endpoint_slice, labels, copied(before)))
    else:
        changes.unchanged.append(endpoint_slice)


def _changed(endpoint_slice: Object, labels: dict[str, str], endpoints: list[Object]) -> Object:
    changed = copied(endpoint_slice)
    meta(changed)["labels"] = labels
    changed["endpoints"] = endpoints
    return changed


def _differs(old: Object, new: Object | None) -> bool:
    """Whether an endpoint that stays has changed; hints are given later and do not count."""
    fields = ("conditions", "targetRef", "nodeName", "zone")
    return new is None or any(old.get(name) != new.get(name) for name in fields)


def _endpoint_count(endpoint_slice: Object) -> int:
    return len(objects_at(endpoint_slice, "endpoints"))


def _roomy_slice(slices: Sequence[Object], needed: int) -> Object | None:
    """The slice that is fullest after taking all that is needed; None if none can take it."""
    if needed >= MAX_ENDPOINTS:
        return None
    fitting = [item for item in slices if _endpoint_count(item) + needed <= MAX_ENDPOINTS]
    return max(fitting, key=_endpoint_count, default=None)


def _fill(slices: Sequence[Object], desired: dict[EndpointKey, Object]) -> None:
    for endpoint_slice in slices:
        endpoints: list[Object] = endpoint_slice.setdefault("endpoints", [])
        while desired and len(endpoints) < MAX_ENDPOINTS:
            endpoints.append(desired.pop(next(iter(desired))))
