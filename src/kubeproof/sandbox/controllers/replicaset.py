"""The ReplicaSet controller: so many Pods of a template, neither more nor fewer.

Source: "ReplicaSet" in the Kubernetes documentation.
"""

from collections.abc import Iterable, Mapping

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.conditions import find, with_condition, without
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import (
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
from kubeproof.sandbox.controllers.ownership import Claims, controller_of, is_controlled_by
from kubeproof.sandbox.controllers.pods import (
    is_active,
    is_ready,
    is_terminating,
    seconds_until_available,
)
from kubeproof.sandbox.controllers.replica_plan import (
    pods_to_create,
    pods_to_delete,
    replica_status,
    replicas_of,
)
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock, written
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, namespace_of


class ReplicaSetController(Controller[Key]):
    """Creates and deletes the Pods of ReplicaSets, and adopts and releases Pods."""

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        events = EventRecorder(registry, "replicaset-controller")
        self._control = PodControl(self.client, events, "apps/v1", "ReplicaSet")
        self._claims = Claims(self.client, "pods", "apps/v1", "ReplicaSet")

    def watches(self) -> Mapping[str, Handler]:
        """ReplicaSets and their Pods."""
        return {"replicasets": enqueue_in(self.queue), "pods": self._note_pod}

    def everything(self) -> Iterable[Key]:
        """Every ReplicaSet."""
        return [key_of(item) for item in self.store.list("replicasets")]

    def reconcile(self, key: Key) -> None:
        """Bring one ReplicaSet's Pods to their number, then write what there is."""
        replica_set = self.store.get("replicasets", *key)
        if replica_set is None:
            return
        pods = candidates(self.store, replica_set)
        terminating = sum(
            is_terminating(pod) and is_controlled_by(pod, replica_set) for pod in pods
        )
        active = self._claims.claim(
            replica_set,
            [pod for pod in pods if is_active(pod)],
            lambda pod: is_selected(replica_set, pod),
        )
        failure = None if is_being_deleted(replica_set) else self._manage(replica_set, active)
        self._write_status(replica_set, active, terminating, failure)
        if failure is not None:
            raise failure
        self._look_again(key, replica_set, active)

    def _manage(self, replica_set: Object, active: list[Object]) -> ApiError | None:
        """Create or delete Pods; the answer is what went wrong."""
        try:
            for _ in range(pods_to_create(replica_set, active)):
                self._control.create(replica_set, spec_of(replica_set)["template"])
            related = self._related_pods(replica_set)
            for pod in pods_to_delete(replica_set, active, related, self.clock()):
                self._control.delete(replica_set, pod)
        except ApiError as error:
            return error
        return None

    def _related_pods(self, replica_set: Object) -> list[Object]:
        """The Pods of all ReplicaSets that share this one's controller."""
        namespace = namespace_of(replica_set)
        owner = controller_of(replica_set)
        siblings = {replica_set["metadata"]["uid"]}
        for other in self.store.list("replicasets", namespace) if owner else []:
            if (controller_of(other) or {}).get("uid") == (owner or {}).get("uid"):
                siblings.add(other["metadata"]["uid"])
        pods = self.store.list("pods", namespace)
        return [pod for pod in pods if (controller_of(pod) or {}).get("uid") in siblings]

    def _write_status(
        self, replica_set: Object, active: list[Object], terminating: int, failure: ApiError | None
    ) -> None:
        status = replica_status(replica_set, active, terminating, self.clock())
        conditions = self._conditions(replica_set, len(active), failure)
        if conditions:
            status["conditions"] = conditions
        if status != status_of(replica_set):
            self.client.update_status("replicasets", replica_set, status)

    def _conditions(
        self, replica_set: Object, active: int, failure: ApiError | None
    ) -> list[Object]:
        conditions = objects_at(replica_set, "status", "conditions")
        if failure is None:
            return without(conditions, "ReplicaFailure")
        if find(conditions, "ReplicaFailure"):
            return conditions
        return with_condition(
            conditions,
            {
                "type": "ReplicaFailure",
                "status": "True",
                "lastTransitionTime": written(self.clock()),
                "reason": "FailedCreate" if active < replicas_of(replica_set) else "FailedDelete",
                "message": failure.message,
            },
        )

    def _look_again(self, key: Key, replica_set: Object, active: list[Object]) -> None:
        """Come back when the next Pod has been ready for minReadySeconds."""
        min_ready = int(spec_of(replica_set).get("minReadySeconds") or 0)
        waits = [
            seconds_until_available(pod, min_ready, self.clock()) for pod in active if is_ready(pod)
        ]
        ahead = [seconds for seconds in waits if seconds > 0]
        if ahead:
            self.queue.add_after(key, min(ahead))

    def _note_pod(self, event: Event) -> None:
        for key in owners_concerned(self.store, event, "replicasets", "ReplicaSet"):
            self.queue.add(key)
