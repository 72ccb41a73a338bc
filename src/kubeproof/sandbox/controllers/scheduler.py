"""The scheduler: gives every new Pod a node, or says why it cannot.

Source: "Kubernetes Scheduler" in the Kubernetes documentation.
"""

from collections.abc import Callable, Iterable, Mapping

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.client import Client
from kubeproof.sandbox.controllers.conditions import find, without
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import (
    is_being_deleted,
    object_at,
    objects_at,
    spec_of,
    status_of,
)
from kubeproof.sandbox.controllers.ownership import controller_of
from kubeproof.sandbox.controllers.placement import place
from kubeproof.sandbox.controllers.pod_affinity import Neighbourhood, nodes_by_name
from kubeproof.sandbox.controllers.pods import is_finished, node_of
from kubeproof.sandbox.controllers.service_pods import selector_of
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock, written
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, labels_of, matches, name_of, namespace_of

NAME = "default-scheduler"


class Scheduler(Controller[Key]):
    """Binds Pods that name no node. Keys are Pods'."""

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self.client = Client(registry, "kube-scheduler")
        self._events = EventRecorder(registry, NAME)
        self._waiting: set[Key] = set()

    def watches(self) -> Mapping[str, Handler]:
        """Pods, and nodes, which may give room to Pods that wait."""
        return {"pods": self._note_pod, "nodes": self._note_node}

    def everything(self) -> Iterable[Key]:
        """Every Pod that needs a node."""
        return [key_of(pod) for pod in self.store.list("pods") if needs_node(pod)]

    def reconcile(self, key: Key) -> None:
        """Give one Pod a node if there is one for it."""
        pod = self.store.get("pods", *key)
        if pod is None or not needs_node(pod):
            self._waiting.discard(key)
            return
        placement = place(pod, self._neighbourhood(), self._siblings_of(pod))
        if placement.node:
            self._waiting.discard(key)
            self._bind(pod, placement.node)
        else:
            self._waiting.add(key)
            self._refuse(pod, placement.message)

    def _neighbourhood(self) -> Neighbourhood:
        pods = [pod for pod in self.store.list("pods") if node_of(pod) and not is_finished(pod)]
        namespaces = {name_of(item): item for item in self.store.list("namespaces")}
        return Neighbourhood(nodes_by_name(self.store.list("nodes")), pods, namespaces)

    def _siblings_of(self, pod: Object) -> Callable[[Object], bool]:
        """Which Pods to keep apart from: those of the same controller or the same Service."""
        namespace = namespace_of(pod)
        owner = (controller_of(pod) or {}).get("uid")
        selectors = [
            selector
            for service in self.store.list("services", namespace)
            if (selector := selector_of(service)) and matches(selector, pod)
        ]

        def is_sibling(other: Object) -> bool:
            if namespace_of(other) != namespace or is_being_deleted(other):
                return False
            if owner is not None and (controller_of(other) or {}).get("uid") == owner:
                return True
            return any(matches(selector, other) for selector in selectors)

        return is_sibling

    def _bind(self, pod: Object, node: str) -> None:
        """Bind the Pod. Raises ApiError."""
        self.client.bind(pod, node)
        message = f"Successfully assigned {namespace_of(pod)}/{name_of(pod)} to {node}"
        self._events.normal(pod, "Scheduled", message)

    def _refuse(self, pod: Object, message: str) -> None:
        self._events.warning(pod, "FailedScheduling", message)
        refusal = unschedulable_condition(pod, message, written(self.clock()))
        conditions = objects_at(pod, "status", "conditions")
        known = find(conditions, "PodScheduled")
        if known is not None and known.get("status") == "False":
            refusal["lastTransitionTime"] = known.get("lastTransitionTime") or written(self.clock())
        if known != refusal:
            conditions = [*without(conditions, "PodScheduled"), refusal]
            self.client.update_status("pods", pod, status_of(pod) | {"conditions": conditions})

    def _note_pod(self, event: Event) -> None:
        if event.type == "DELETED":
            self._waiting.discard(key_of(event.object))
            self._try_waiting()
        elif needs_node(event.object):
            if event.type == "ADDED" or spec_of(event.object) != spec_of(event.old or {}):
                self.queue.add(key_of(event.object))
        elif self._waiting and _makes_a_difference(event):
            self._try_waiting()

    def _note_node(self, event: Event) -> None:
        if event.type != "MODIFIED" or _facts(event.old) != _facts(event.object):
            self._try_waiting()

    def _try_waiting(self) -> None:
        for key in self._waiting:
            self.queue.add(key)


def needs_node(pod: Object) -> bool:
    """Whether the Pod is the default scheduler's to bind, and may be bound."""
    spec = spec_of(pod)
    return (
        not spec.get("nodeName")
        and (spec.get("schedulerName") or NAME) == NAME
        and not spec.get("schedulingGates")
        and not is_being_deleted(pod)
        and not is_finished(pod)
    )


def unschedulable_condition(pod: Object, message: str, moment: str) -> Object:
    """The PodScheduled condition of a Pod that fits nowhere, for the generation looked at."""
    return {
        "type": "PodScheduled",
        "observedGeneration": object_at(pod, "metadata").get("generation", 1),
        "status": "False",
        "lastProbeTime": None,
        "lastTransitionTime": moment,
        "reason": "Unschedulable",
        "message": message,
    }


def _makes_a_difference(event: Event) -> bool:
    """Whether a change of a bound Pod may let another one be scheduled."""
    old, new = event.old or {}, event.object
    return (node_of(old), is_finished(old), labels_of(old)) != (
        node_of(new),
        is_finished(new),
        labels_of(new),
    )


def _facts(node: Object | None) -> tuple[object, ...]:
    """What of a node the filters look at."""
    node = node or {}
    return labels_of(node), spec_of(node), object_at(node, "status", "allocatable")
