"""The node lifecycle controller: taints follow a node's state, and drive Pods off.

Cordoned and unready nodes are tainted; NoExecute taints evict the Pods that do not tolerate
them, after their tolerationSeconds; Pods of a node that was deleted go with it.
Source: "Nodes" and "Taints and Tolerations" (Taint based Evictions) in the Kubernetes
documentation.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import (
    condition_of,
    is_being_deleted,
    objects_at,
    spec_of,
    uid_of,
)
from kubeproof.sandbox.controllers.pods import is_finished, node_of
from kubeproof.sandbox.controllers.taints import eviction_delay
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock, written
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, name_of, namespace_of

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_PRESSURES = {
    "MemoryPressure": "node.kubernetes.io/memory-pressure",
    "DiskPressure": "node.kubernetes.io/disk-pressure",
    "PIDPressure": "node.kubernetes.io/pid-pressure",
    "NetworkUnavailable": "node.kubernetes.io/network-unavailable",
}
_MANAGED = frozenset((NOT_READY, UNREACHABLE, UNSCHEDULABLE, *_PRESSURES.values()))


def state_taints(node: Object) -> list[tuple[str, str]]:
    """Key and effect of every taint that the node's state calls for."""
    taints: list[tuple[str, str]] = []
    ready = condition_of(node, "Ready").get("status")
    if ready != "True":
        key = NOT_READY if ready == "False" else UNREACHABLE
        taints += [(key, "NoSchedule"), (key, "NoExecute")]
    for kind, key in _PRESSURES.items():
        if condition_of(node, kind).get("status") == "True":
            taints.append((key, "NoSchedule"))
    if spec_of(node).get("unschedulable"):
        taints.append((UNSCHEDULABLE, "NoSchedule"))
    return taints


def with_state_taints(node: Object, moment: str) -> list[Object]:
    """The taints the node should have: others' as they are, and those its state calls for."""
    wanted = state_taints(node)
    taints = objects_at(node, "spec", "taints")
    kept = [t for t in taints if t.get("key") not in _MANAGED or _identity(t) in wanted]
    present = [_identity(taint) for taint in kept]
    missing = [pair for pair in wanted if pair not in present]
    added = [{"key": key, "effect": effect, "timeAdded": moment} for key, effect in missing]
    return [*kept, *added]


class NodeLifecycleController(Controller[str]):
    """Taints nodes and evicts Pods. Keys are nodes' names."""

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self._events = EventRecorder(registry, "taint-eviction-controller")
        self._doomed_since: dict[str, datetime] = {}

    def watches(self) -> Mapping[str, Handler]:
        """Nodes, and Pods that are bound to them."""
        return {"nodes": self._note_node, "pods": self._note_pod}

    def everything(self) -> Iterable[str]:
        """Every node, and every node that a Pod names."""
        named = {node_of(pod) for pod in self.store.list("pods")} - {""}
        return named | {name_of(node) for node in self.store.list("nodes")}

    def reconcile(self, key: str) -> None:
        """Bring one node's taints up to date, and its Pods in line with them."""
        node = self.store.get("nodes", "", key)
        pods = [pod for pod in self.store.list("pods") if node_of(pod) == key]
        if node is None:
            for pod in pods:
                self.client.delete_now("pods", pod)
            return
        taints = with_state_taints(node, written(self.clock()))
        if taints != objects_at(node, "spec", "taints"):
            changed = copied(node)
            changed["spec"]["taints"] = taints
            node = self.client.update("nodes", changed)
        for pod in pods:
            if not is_being_deleted(pod) and not is_finished(pod):
                self._evict_in_time(node, pod)

    def _evict_in_time(self, node: Object, pod: Object) -> None:
        """Evict now, or come back when the toleration is over, counted from the first look."""
        delay = eviction_delay(pod, objects_at(node, "spec", "taints"))
        if delay is None:
            self._doomed_since.pop(uid_of(pod), None)
            return
        since = self._doomed_since.setdefault(uid_of(pod), self.clock())
        left = delay - (self.clock() - since).total_seconds()
        if left > 0:
            self.queue.add_after(name_of(node), left)
            return
        message = f"Marking for deletion Pod {namespace_of(pod)}/{name_of(pod)}"
        self._events.normal(pod, "TaintManagerEviction", message)
        self.client.delete("pods", pod)

    def _note_node(self, event: Event) -> None:
        if event.type != "MODIFIED" or _facts(event.old) != _facts(event.object):
            self.queue.add(name_of(event.object))

    def _note_pod(self, event: Event) -> None:
        if event.type == "DELETED":
            self._doomed_since.pop(uid_of(event.object), None)
        node = node_of(event.object)
        newly_bound = event.type != "DELETED" and node != node_of(event.old or {})
        if node and newly_bound:
            self.queue.add(node)


def _identity(taint: Object) -> tuple[str, str]:
    return str(taint.get("key")), str(taint.get("effect"))


def _facts(node: Object | None) -> tuple[object, ...]:
    """What of a node its taints and its Pods' fate depend on."""
    node = node or {}
    kinds = ("Ready", *_PRESSURES)
    return (
        uid_of(node),
        spec_of(node).get("unschedulable"),
        objects_at(node, "spec", "taints"),
        [condition_of(node, kind).get("status") for kind in kinds],
    )
