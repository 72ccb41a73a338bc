"""The EndpointSlice mirroring controller: slices for Endpoints that were made by hand.

Only for Services without a selector. Source: "EndpointSlices" (EndpointSlice mirroring) in the
Kubernetes documentation.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, TypeAlias

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.endpoint_plan import (
    EndpointGroup,
    PortsKey,
    endpoint_key,
    family_of,
    ports_key,
)
from kubeproof.sandbox.controllers.fields import annotations_of, is_being_deleted, objects_at
from kubeproof.sandbox.controllers.ownership import controller_reference
from kubeproof.sandbox.controllers.service_pods import selector_of
from kubeproof.sandbox.controllers.slice_plan import MANAGED_BY_LABEL, SERVICE_NAME_LABEL
from kubeproof.sandbox.controllers.subsets import repacked
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.controllers.trigger_times import TRIGGER_ANNOTATION
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, labels_of, meta, name_of, namespace_of

CONTROLLER_NAME = "endpointslicemirroring-controller.k8s.io"
SKIP_LABEL = "endpointslice.kubernetes.io/skip-mirror"
LEADER_ANNOTATION = "control-plane.alpha.kubernetes.io/leader"
LAST_APPLIED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"

MAX_ADDRESSES = 1000
"""Addresses of a subset that are mirrored at most."""

GroupKey: TypeAlias = tuple[str, PortsKey]
"""Address type and ports: each has one slice."""


class MirroringController(Controller[Key]):
    """Mirrors Endpoints into slices. Keys are Endpoints', which are their Services' too."""

    stopped_by: ClassVar[str] = "mirroring-stopped"

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self._writing = False

    def watches(self) -> Mapping[str, Handler]:
        """Endpoints, their Services, and mirrored slices that somebody else changes."""
        return {
            "endpoints": enqueue_in(self.queue),
            "services": enqueue_in(self.queue),
            "endpointslices": self._note_slice,
        }

    def everything(self) -> Iterable[Key]:
        """All Endpoints, and the owners of all mirrored slices."""
        mirrored = [item for item in self.store.list("endpointslices") if _is_mirrored(item)]
        return [
            *(key_of(item) for item in self.store.list("endpoints")),
            *((namespace_of(item), labels_of(item)[SERVICE_NAME_LABEL]) for item in mirrored),
        ]

    def reconcile(self, key: Key) -> None:
        """Bring the mirrored slices of one Endpoints object up to date."""
        endpoints = self.store.get("endpoints", *key)
        service = self.store.get("services", *key)
        wanted: dict[GroupKey, EndpointGroup] = {}
        if service is not None and not selector_of(service) and endpoints is not None:
            wanted = mirrored_groups(endpoints) if is_mirrorable(endpoints) else {}
        existing = self._slices_of(key)
        self._writing = True
        try:
            self._write(endpoints or {}, wanted, existing)
        finally:
            self._writing = False

    def _slices_of(self, key: Key) -> list[Object]:
        return [
            item
            for item in self.store.list("endpointslices", key[0])
            if _is_mirrored(item) and labels_of(item)[SERVICE_NAME_LABEL] == key[1]
        ]

    def _write(
        self, endpoints: Object, wanted: dict[GroupKey, EndpointGroup], existing: list[Object]
    ) -> None:
        spare = list(existing)
        fresh: list[Object] = []
        for (family, ports), group in wanted.items():
            mirror = mirror_of(endpoints, family, group)
            old = next((item for item in spare if _group_key(item) == (family, ports)), None)
            if old is None:
                fresh.append(mirror)
            else:
                spare.remove(old)
                self._bring_up_to_date(old, mirror)
        for mirror in fresh:
            old = next((item for item in spare if item["addressType"] == _family(mirror)), None)
            if old is None:
                self._create(endpoints, mirror)
            else:
                spare.remove(old)
                self._bring_up_to_date(old, mirror)
        for item in spare:
            self.client.delete("endpointslices", item)

    def _create(self, endpoints: Object, mirror: Object) -> None:
        if not is_being_deleted(endpoints):
            self.client.create_unless_ending("endpointslices", mirror)

    def _bring_up_to_date(self, old: Object, mirror: Object) -> None:
        changed = copied(old)
        for name in ("labels", "annotations", "ownerReferences"):
            meta(changed)[name] = meta(mirror)[name]
        changed["endpoints"], changed["ports"] = mirror["endpoints"], mirror["ports"]
        if _content(changed) != _content(old):
            self.client.update("endpointslices", changed)

    def _note_slice(self, event: Event) -> None:
        if self._writing:
            return  # our own change
        for item in (event.old, event.object):
            if item is not None and _is_mirrored(item):
                self.queue.add((namespace_of(item), labels_of(item)[SERVICE_NAME_LABEL]))


def is_mirrorable(endpoints: Object) -> bool:
    """Whether Endpoints may be mirrored: neither marked otherwise nor a leader's lock."""
    skipped = labels_of(endpoints).get(SKIP_LABEL) == "true"
    return not skipped and LEADER_ANNOTATION not in annotations_of(endpoints)


def mirrored_groups(endpoints: Object) -> dict[GroupKey, EndpointGroup]:
    """The endpoints that mirror an Endpoints object, by address type and ports."""
    groups: dict[GroupKey, EndpointGroup] = {}
    for subset in repacked(objects_at(endpoints, "subsets")):
        ports = [_slice_port(port) for port in objects_at(subset, "ports")]
        pairs = [(item, True) for item in objects_at(subset, "addresses")]
        pairs += [(item, False) for item in objects_at(subset, "notReadyAddresses")]
        for address, ready in pairs[:MAX_ADDRESSES]:
            key = (family_of(address["ip"]), ports_key(ports))
            endpoint = _endpoint(address, ready)
            group = groups.setdefault(key, EndpointGroup(ports))
            group.endpoints[endpoint_key(endpoint)] = endpoint
    return groups


def mirror_of(endpoints: Object, family: str, group: EndpointGroup) -> Object:
    """The slice that mirrors one group, with the labels and annotations of the Endpoints."""
    skipped = (TRIGGER_ANNOTATION, LAST_APPLIED_ANNOTATION)
    labels = labels_of(endpoints) | {
        SERVICE_NAME_LABEL: name_of(endpoints),
        MANAGED_BY_LABEL: CONTROLLER_NAME,
    }
    annotations = {k: v for k, v in annotations_of(endpoints).items() if k not in skipped}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{name_of(endpoints)}-",
            "namespace": namespace_of(endpoints),
            "labels": dict(sorted(labels.items())),
            "annotations": annotations,
            "ownerReferences": [controller_reference(endpoints, "v1", "Endpoints")],
        },
        "addressType": family,
        "endpoints": list(group.endpoints.values()),
        "ports": group.ports,
    }


def _endpoint(address: Object, ready: bool) -> Object:
    endpoint: Object = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for name in ("hostname", "targetRef", "nodeName"):
        if address.get(name):
            endpoint[name] = copied(address[name])
    return endpoint


def _slice_port(port: Object) -> Object:
    found: Object = {
        "name": port.get("name") or "",
        "protocol": port.get("protocol") or "TCP",
        "port": port["port"],
    }
    if port.get("appProtocol") is not None:
        found["appProtocol"] = port["appProtocol"]
    return found


def _is_mirrored(endpoint_slice: Object) -> bool:
    labels = labels_of(endpoint_slice)
    return labels.get(MANAGED_BY_LABEL) == CONTROLLER_NAME and SERVICE_NAME_LABEL in labels


def _group_key(endpoint_slice: Object) -> GroupKey:
    return _family(endpoint_slice), ports_key(objects_at(endpoint_slice, "ports"))


def _family(endpoint_slice: Object) -> str:
    return str(endpoint_slice["addressType"])


def _content(endpoint_slice: Object) -> tuple[object, ...]:
    metadata = endpoint_slice["metadata"]
    return (
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
        metadata.get("ownerReferences") or [],
        endpoint_slice.get("endpoints") or [],
        endpoint_slice.get("ports") or [],
    )
