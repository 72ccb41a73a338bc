"""The EndpointSlice controller: slices follow Services and their Pods.

Source: "EndpointSlices" in the Kubernetes documentation.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers import endpoint_faults
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.endpoint_plan import ZONE_LABEL
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import (
    condition_of,
    is_being_deleted,
    object_at,
    spec_of,
)
from kubeproof.sandbox.controllers.service_pods import ServicePods, selector_of
from kubeproof.sandbox.controllers.slice_plan import (
    CONTROLLER_NAME,
    MANAGED_BY_LABEL,
    SERVICE_NAME_LABEL,
    SliceChanges,
    plan_slices,
    recycle,
)
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.controllers.topology_hints import (
    DISABLED,
    ENABLED,
    HintsDeclined,
    apply_topology_hints,
    zone_shares,
)
from kubeproof.sandbox.controllers.traffic_distribution import (
    apply_hints,
    hint_for,
    topology_mode_is_auto,
)
from kubeproof.sandbox.controllers.trigger_times import TriggerTimes, stamp
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, labels_of, name_of, namespace_of


class EndpointSliceController(Controller[Key]):
    """Keeps the slices of every Service that has a selector. Keys are Services'."""

    stopped_by: ClassVar[str] = "endpointslice-controller-stopped"

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self._pods = ServicePods(self.store)
        self._triggers = TriggerTimes()
        self._events = EventRecorder(registry, "endpoint-slice-controller")
        self._hinted: set[tuple[Key, str]] = set()
        self._writing = False
        faults.subscribe(self.look_at_everything)

    def watches(self) -> Mapping[str, Handler]:
        """Services, their Pods, the Pods' nodes, and slices that somebody else changes."""
        return {
            "services": enqueue_in(self.queue),
            "pods": self._note_pod,
            "nodes": self._note_node,
            "endpointslices": self._note_slice,
        }

    def everything(self) -> Iterable[Key]:
        """Every Service."""
        return [key_of(service) for service in self.store.list("services")]

    def reconcile(self, key: Key) -> None:
        """Bring one Service's slices up to date."""
        service = self.store.get("services", *key)
        if service is None:
            self._triggers.forget(key)
            self._hinted = {item for item in self._hinted if item[0] != key}
            return
        if delay := endpoint_faults.delay(service, self.clock(), self.faults):
            self.queue.add_after(key, delay)
            return
        pods = self._pods_of(service)
        if spec_of(service).get("type") == "ExternalName" or pods is None:
            return
        service = endpoint_faults.seen_service(service, pods, self.faults)
        moment = self._triggers.observe(service, pods)
        nodes = {name_of(node): node for node in self.store.list("nodes")}
        for planned in plan_slices(service, pods, nodes, self._slices_of(service)):
            changes = endpoint_faults.planned(planned, self.faults)
            self._hint(service, changes)
            recycle(changes, service)
            self._write(service, changes, moment)

    def _pods_of(self, service: Object) -> list[Object] | None:
        """The Pods the Service selects; None if it has no selector."""
        if selector_of(service):
            return endpoint_faults.seen_pods(self._pods.of(service), self.faults)
        everything = self.store.list("pods", namespace_of(service))
        return endpoint_faults.selected(service, everything, self.faults) or None

    def _slices_of(self, service: Object) -> list[Object]:
        return [
            item
            for item in self.store.list("endpointslices", namespace_of(service))
            if labels_of(item).get(SERVICE_NAME_LABEL) == name_of(service)
            and labels_of(item).get(MANAGED_BY_LABEL) == CONTROLLER_NAME
            and not is_being_deleted(item)
        ]

    def _hint(self, service: Object, changes: SliceChanges) -> None:
        family = _family(changes)
        hinted = (key_of(service), family)
        if not topology_mode_is_auto(service):
            if hinted in self._hinted:
                self._hinted.discard(hinted)
                self._tell(service, DISABLED, family)
            apply_hints(changes, hint_for(service))
            return
        try:
            apply_topology_hints(changes, zone_shares(self.store.list("nodes")))
        except HintsDeclined as why:
            self._hinted.discard(hinted)
            self._tell(service, str(why), family)
            return
        if hinted not in self._hinted:
            self._hinted.add(hinted)
            message = f"{ENABLED}, addressType: {family}"
            self._events.normal(service, "TopologyAwareHintsEnabled", message)

    def _tell(self, service: Object, why: str, family: str) -> None:
        message = f"{why}, addressType: {family}"
        self._events.warning(service, "TopologyAwareHintsDisabled", message)

    def _write(self, service: Object, changes: SliceChanges, moment: str) -> None:
        """Create first, then update, then delete: no endpoint is missing in between."""
        self._writing = True
        try:
            if not is_being_deleted(service):
                for endpoint_slice in changes.create:
                    stamp(endpoint_slice, moment)
                    made = endpoint_faults.written(endpoint_slice, self.faults)
                    self.client.create_unless_ending("endpointslices", made)
            for endpoint_slice in changes.update:
                stamp(endpoint_slice, moment)
                made = endpoint_faults.written(endpoint_slice, self.faults)
                self.client.update("endpointslices", made)
            for endpoint_slice in changes.delete:
                self.client.delete("endpointslices", endpoint_slice)
        finally:
            self._writing = False

    def _note_pod(self, event: Event) -> None:
        for key in self._pods.services_for(event):
            self.queue.add(key)

    def _note_node(self, event: Event) -> None:
        if event.type != "MODIFIED" or _facts(event.old) != _facts(event.object):
            for key in self.everything():
                self.queue.add(key)

    def _note_slice(self, event: Event) -> None:
        if self._writing:
            return  # our own change
        for endpoint_slice in (event.old, event.object):
            labels = labels_of(endpoint_slice) if endpoint_slice else {}
            if labels.get(MANAGED_BY_LABEL) == CONTROLLER_NAME and SERVICE_NAME_LABEL in labels:
                self.queue.add((namespace_of(event.object), labels[SERVICE_NAME_LABEL]))


def _family(changes: SliceChanges) -> str:
    every = (*changes.create, *changes.update, *changes.unchanged, *changes.delete)
    return str(every[0]["addressType"])


def _facts(node: Object | None) -> tuple[object, ...]:
    """What of a node shows in endpoints: its zone, and its share of the CPUs while it is ready."""
    node = node or {}
    ready = condition_of(node, "Ready").get("status")
    cpu = object_at(node, "status", "allocatable").get("cpu")
    return labels_of(node).get(ZONE_LABEL), ready, cpu
