"""The DaemonSet controller: one Pod on every node that fits.

Revisions are told apart by a hash of the Pod template; there are no ControllerRevision objects,
so `kubectl rollout undo` knows no earlier ones. Source: "DaemonSet" in the Kubernetes
documentation.
"""

from collections.abc import Iterable, Mapping, Sequence

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.daemon_plan import (
    HASH_LABEL,
    DaemonChanges,
    changes_on_node,
    daemon_template,
    pinned,
    rolling_changes,
    suitability,
    target_node,
    updates_rolling,
)
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import (
    created_at,
    is_being_deleted,
    objects_at,
    spec_of,
    status_of,
)
from kubeproof.sandbox.controllers.owned_pods import (
    PodControl,
    candidates,
    is_selected,
    owners_concerned,
)
from kubeproof.sandbox.controllers.ownership import Claims
from kubeproof.sandbox.controllers.pods import (
    is_available,
    is_finished,
    is_ready,
    seconds_until_available,
)
from kubeproof.sandbox.controllers.revisions import template_hash
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, labels_of, meta, name_of, namespace_of


class DaemonSetController(Controller[Key]):
    """Creates, replaces and deletes the Pods of DaemonSets."""

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self._events = EventRecorder(registry, "daemonset-controller")
        self._control = PodControl(self.client, self._events, "apps/v1", "DaemonSet")
        self._claims = Claims(self.client, "pods", "apps/v1", "DaemonSet")

    def watches(self) -> Mapping[str, Handler]:
        """DaemonSets, their Pods, and nodes."""
        return {
            "daemonsets": enqueue_in(self.queue),
            "pods": self._note_pod,
            "nodes": self._note_node,
        }

    def everything(self) -> Iterable[Key]:
        """Every DaemonSet."""
        return [key_of(item) for item in self.store.list("daemonsets")]

    def reconcile(self, key: Key) -> None:
        """Bring one DaemonSet's Pods to the nodes, then write what there is."""
        daemon_set = self.store.get("daemonsets", *key)
        if daemon_set is None or is_being_deleted(daemon_set):
            return
        revision = template_hash(daemon_set)
        nodes = {name_of(node): node for node in self.store.list("nodes")}
        if not self._manage(daemon_set, nodes, revision) and updates_rolling(daemon_set):
            self._update(daemon_set, nodes, revision)
        self._write_status(daemon_set, nodes, revision)
        self._look_again(key, daemon_set)

    def _pods_by_node(self, daemon_set: Object) -> dict[str, list[Object]]:
        """The DaemonSet's Pods by the node they are for, after adopting and releasing."""
        claimed = self._claims.claim(
            daemon_set,
            candidates(self.store, daemon_set),
            lambda pod: is_selected(daemon_set, pod),
        )
        by_node: dict[str, list[Object]] = {}
        for pod in claimed:
            node = target_node(pod)
            if node and not (is_finished(pod) and is_being_deleted(pod)):
                by_node.setdefault(node, []).append(pod)
        return by_node

    def _manage(self, daemon_set: Object, nodes: Mapping[str, Object], revision: str) -> bool:
        """Create missing Pods and delete superfluous ones; whether there was anything to do."""
        by_node = self._pods_by_node(daemon_set)
        changes = DaemonChanges()
        for name, node in nodes.items():
            here = by_node.get(name, [])
            more = changes_on_node(daemon_set, node, here, revision, self.clock())
            changes.create += more.create
            changes.delete += more.delete
        for name in by_node.keys() - nodes.keys():
            changes.delete += [pod for pod in by_node[name] if not spec_of(pod).get("nodeName")]
        self._tell_of_ended(daemon_set, changes.delete)
        return self._carry_out(daemon_set, changes, revision)

    def _update(self, daemon_set: Object, nodes: Mapping[str, Object], revision: str) -> None:
        by_node = self._pods_by_node(daemon_set)
        changes = rolling_changes(daemon_set, nodes, by_node, revision, self.clock())
        self._carry_out(daemon_set, changes, revision)

    def _carry_out(self, daemon_set: Object, changes: DaemonChanges, revision: str) -> bool:
        template = daemon_template(daemon_set, revision)
        for node in changes.create:
            self._control.create(daemon_set, pinned(template, node))
        for pod in changes.delete:
            self._control.delete(daemon_set, pod)
        return bool(changes.create or changes.delete)

    def _tell_of_ended(self, daemon_set: Object, pods: Sequence[Object]) -> None:
        for pod in pods:
            phase = status_of(pod).get("phase")
            where = f"daemon pod {namespace_of(pod)}/{name_of(pod)} on node {target_node(pod)}"
            if phase == "Failed":
                message = f"Found failed {where}, will try to kill it"
                self._events.warning(daemon_set, "FailedDaemonPod", message)
            elif phase == "Succeeded":
                message = f"Found succeeded {where}, will try to delete it"
                self._events.normal(daemon_set, "SucceededDaemonPod", message)

    def _write_status(self, daemon_set: Object, nodes: Mapping[str, Object], revision: str) -> None:
        by_node = self._pods_by_node(daemon_set)
        fits = {n: suitability(daemon_set, node).should_run for n, node in nodes.items()}
        wanted = [name for name, fit in fits.items() if fit]
        first = [min(by_node[name], key=created_at) for name in wanted if by_node.get(name)]
        min_ready = int(spec_of(daemon_set).get("minReadySeconds") or 0)
        available = sum(is_available(pod, min_ready, self.clock()) for pod in first)
        status: Object = {
            "currentNumberScheduled": len(first),
            "numberMisscheduled": sum(name in by_node for name, fit in fits.items() if not fit),
            "desiredNumberScheduled": len(wanted),
            "numberReady": sum(is_ready(pod) for pod in first),
        }
        optional = {
            "observedGeneration": int(meta(daemon_set).get("generation") or 0),
            "updatedNumberScheduled": sum(
                labels_of(pod).get(HASH_LABEL) == revision for pod in first
            ),
            "numberAvailable": available,
            "numberUnavailable": len(wanted) - available,
        }
        status |= {name: count for name, count in optional.items() if count}
        if conditions := objects_at(daemon_set, "status", "conditions"):
            status["conditions"] = conditions
        if status != status_of(daemon_set):
            self.client.update_status("daemonsets", daemon_set, status)

    def _look_again(self, key: Key, daemon_set: Object) -> None:
        """Come back when the next Pod has been ready for minReadySeconds."""
        min_ready = int(spec_of(daemon_set).get("minReadySeconds") or 0)
        for pods in self._pods_by_node(daemon_set).values():
            for pod in pods:
                seconds = seconds_until_available(pod, min_ready, self.clock())
                if is_ready(pod) and seconds > 0:
                    self.queue.add_after(key, seconds)

    def _note_pod(self, event: Event) -> None:
        for key in owners_concerned(self.store, event, "daemonsets", "DaemonSet"):
            self.queue.add(key)

    def _note_node(self, event: Event) -> None:
        if event.type != "MODIFIED" or _facts(event.old) != _facts(event.object):
            for key in self.everything():
                self.queue.add(key)


def _facts(node: Object | None) -> tuple[object, ...]:
    """What of a node decides about daemon Pods."""
    node = node or {}
    return labels_of(node), objects_at(node, "spec", "taints")
