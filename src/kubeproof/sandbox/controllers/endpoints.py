"""The Endpoints controller: the older form of a Service's endpoints, still written.

Source: API reference, Endpoints (deprecated since 1.33 in favour of EndpointSlices).
"""

from collections.abc import Iterable, Mapping

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.endpoint_plan import is_headless
from kubeproof.sandbox.controllers.fields import annotations_of, objects_at, spec_of
from kubeproof.sandbox.controllers.service_pods import ServicePods, selector_of
from kubeproof.sandbox.controllers.slice_plan import HEADLESS_LABEL
from kubeproof.sandbox.controllers.subsets import desired_subsets, repacked
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.controllers.trigger_times import TriggerTimes, stamp
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, labels_of, meta, name_of, namespace_of

MANAGED_BY_LABEL = "endpoints.kubernetes.io/managed-by"
CONTROLLER_NAME = "endpoint-controller"
OVER_CAPACITY_ANNOTATION = "endpoints.kubernetes.io/over-capacity"


class EndpointsController(Controller[Key]):
    """Keeps the Endpoints of every Service that has a selector. Keys are Services'."""

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self._pods = ServicePods(self.store)
        self._triggers = TriggerTimes()

    def watches(self) -> Mapping[str, Handler]:
        """Services, their Pods, and Endpoints that somebody deletes."""
        return {
            "services": enqueue_in(self.queue),
            "pods": self._note_pod,
            "endpoints": self._note_endpoints,
        }

    def everything(self) -> Iterable[Key]:
        """Every Service, and every Endpoints object that may have outlived its Service."""
        both = [*self.store.list("services"), *self.store.list("endpoints")]
        return [key_of(item) for item in both]

    def reconcile(self, key: Key) -> None:
        """Bring one Service's Endpoints up to date."""
        service = self.store.get("services", *key)
        current = self.store.get("endpoints", *key)
        if service is None:
            self._triggers.forget(key)
            if current is not None:
                self.client.delete("endpoints", current)
        elif spec_of(service).get("type") != "ExternalName" and selector_of(service):
            self._write(service, current)

    def _write(self, service: Object, current: Object | None) -> None:
        pods = self._pods.of(service)
        moment = self._triggers.observe(service, pods)
        subsets = desired_subsets(service, pods)
        labels = endpoints_labels(service)
        if current is not None and _is_right(current, subsets, labels):
            return
        changed = copied(current) if current is not None else _new_endpoints(service)
        changed["subsets"] = subsets
        meta(changed)["labels"] = labels
        annotations_of(changed).pop(OVER_CAPACITY_ANNOTATION, None)
        stamp(changed, moment)
        if current is None:
            self.client.create_unless_ending("endpoints", changed)
        else:
            self.client.update("endpoints", changed)

    def _note_pod(self, event: Event) -> None:
        for key in self._pods.services_for(event):
            self.queue.add(key)

    def _note_endpoints(self, event: Event) -> None:
        if event.type == "DELETED":
            self.queue.add(key_of(event.object))


def endpoints_labels(service: Object) -> dict[str, str]:
    """The labels of a Service's Endpoints: its own, their manager, and whether it is headless."""
    labels = {key: value for key, value in labels_of(service).items() if key != HEADLESS_LABEL}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    labels[MANAGED_BY_LABEL] = CONTROLLER_NAME
    return dict(sorted(labels.items()))


def _is_right(current: Object, subsets: list[Object], labels: dict[str, str]) -> bool:
    return (
        repacked(objects_at(current, "subsets")) == repacked(subsets)
        and labels_of(current) == labels
        and OVER_CAPACITY_ANNOTATION not in annotations_of(current)
    )


def _new_endpoints(service: Object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": name_of(service), "namespace": namespace_of(service)},
    }
