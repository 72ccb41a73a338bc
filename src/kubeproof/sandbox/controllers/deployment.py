"""The Deployment controller: rollouts by creating and scaling ReplicaSets.

Source: "Deployments" in the Kubernetes documentation.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.client import is_namespace_ending
from kubeproof.sandbox.controllers.conditions import find, with_condition, without
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.deployment_status import (
    TIMED_OUT,
    condition,
    counted_status,
    fenceposts_of,
    is_complete,
    is_rolling,
    progress_deadline,
    seconds_until_deadline,
    with_progress,
)
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import (
    annotations_of,
    is_being_deleted,
    objects_at,
    spec_of,
    status_of,
)
from kubeproof.sandbox.controllers.owned_pods import owners_concerned
from kubeproof.sandbox.controllers.replica_plan import replicas_of
from kubeproof.sandbox.controllers.replica_sets import Family, ReplicaSets
from kubeproof.sandbox.controllers.revisions import REVISION_ANNOTATION
from kubeproof.sandbox.controllers.rollout import Replicas, new_size, old_sizes
from kubeproof.sandbox.controllers.scaling import is_scaling, scaled_sizes
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, meta, name_of


class DeploymentController(Controller[Key]):
    """Rolls Deployments out, step by step as their Pods become available."""

    stopped_by: ClassVar[str] = "deployment-controller-stopped"

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self._events = EventRecorder(registry, "deployment-controller")
        self._replica_sets = ReplicaSets(self.client, self._events)

    def watches(self) -> Mapping[str, Handler]:
        """Deployments, and ReplicaSets whose status tells of the Pods."""
        return {"deployments": enqueue_in(self.queue), "replicasets": self._note_replica_set}

    def everything(self) -> Iterable[Key]:
        """Every Deployment."""
        return [key_of(item) for item in self.store.list("deployments")]

    def reconcile(self, key: Key) -> None:
        """Take the next step of one Deployment."""
        deployment = self.store.get("deployments", *key)
        if deployment is None:
            return
        family = self._replica_sets.family_of(deployment)
        if is_being_deleted(deployment):
            self._write_counts(family)
            return
        self._note_pause(family)
        self._sync_revision(family)
        if spec_of(deployment).get("paused") or is_scaling(family):
            self._scale(family)
        elif is_rolling(deployment):
            self._roll(family)
        else:
            self._recreate(family)

    def _scale(self, family: Family) -> None:
        for replica_set, size in scaled_sizes(family):
            self._replica_sets.scale(family, replica_set, size)
        if spec_of(family.deployment).get("paused"):
            self._replica_sets.clean_up(family)
        self._write_counts(family)

    def _roll(self, family: Family) -> None:
        """Grow the current ReplicaSet as far as maxSurge lets, else shrink the old ones."""
        current = self._current(family)
        if not self._grow(family, current) and not self._shrink(family, current):
            self._clean_up_if_complete(family)
        self._write_status(family)

    def _grow(self, family: Family, current: Object) -> bool:
        total = sum(replicas_of(item) for item in family.members)
        surge = fenceposts_of(family.deployment).surge
        size = new_size(replicas_of(family.deployment), surge, replicas_of(current), total)
        if size == replicas_of(current):
            return False
        self._replica_sets.scale(family, current, size)
        return True

    def _shrink(self, family: Family, current: Object) -> bool:
        old = family.active_old
        sizes = old_sizes(
            replicas_of(family.deployment),
            fenceposts_of(family.deployment).unavailable,
            _size(current),
            [_size(item) for item in old],
        )
        pairs = zip(old, sizes, strict=True)
        changes = [(item, size) for item, size in pairs if _differs(item, size)]
        for item, size in changes:
            self._replica_sets.scale(family, item, size)
        return bool(changes)

    def _recreate(self, family: Family) -> None:
        """End all old Pods, and only then start new ones."""
        shrunk = family.active_old
        for item in shrunk:
            self._replica_sets.scale(family, item, 0)
        if not shrunk and not self._old_pods_left(family):
            current = self._current(family)
            if _differs(current, replicas_of(family.deployment)):
                self._replica_sets.scale(family, current, replicas_of(family.deployment))
            self._clean_up_if_complete(family)
        self._write_status(family)

    def _old_pods_left(self, family: Family) -> bool:
        counted = any(status_of(item).get("replicas") for item in family.old)
        return counted or self._replica_sets.old_pods_run(family)

    def _clean_up_if_complete(self, family: Family) -> None:
        if is_complete(family.deployment, status_of(family.deployment)):
            self._replica_sets.clean_up(family)

    def _current(self, family: Family) -> Object:
        """The ReplicaSet of the present template, created if need be. Raises ApiError."""
        if family.current is None:
            self._create_current(family)
            assert family.current is not None
            message = f'Created new replica set "{name_of(family.current)}"'
            self._note_revision(family, "NewReplicaSetCreated", message)
        return family.current

    def _create_current(self, family: Family) -> None:
        try:
            self._replica_sets.create_current(family)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                self._count_collision(family)
            elif not is_namespace_ending(error):
                self._note_failed_create(family, error)
            raise

    def _count_collision(self, family: Family) -> None:
        """Another ReplicaSet has the name: the next hash must be another one."""
        status = copied(status_of(family.deployment))
        status["collisionCount"] = int(status.get("collisionCount") or 0) + 1
        self._put_status(family, status)

    def _note_failed_create(self, family: Family, error: ApiError) -> None:
        message = f"Failed to create new replica set: {error.message}"
        self._events.warning(family.deployment, "ReplicaSetCreateError", message)
        if progress_deadline(family.deployment) is not None:
            self._put_progress(family, "False", "ReplicaSetCreateError", message)

    def _sync_revision(self, family: Family) -> None:
        self._replica_sets.sync_annotations(family)
        if family.current is None:
            return
        known = find(objects_at(family.deployment, "status", "conditions"), "Progressing")
        message = f'Found new replica set "{name_of(family.current)}"'
        self._note_revision(family, "" if known else "FoundNewReplicaSet", message)

    def _note_revision(self, family: Family, reason: str, message: str) -> None:
        """Copy the current ReplicaSet's revision to the Deployment, with a reason for progress."""
        assert family.current is not None
        revision = annotations_of(family.current).get(REVISION_ANNOTATION, "")
        if annotations_of(family.deployment).get(REVISION_ANNOTATION) != revision:
            changed = copied(family.deployment)
            annotations = annotations_of(changed) | {REVISION_ANNOTATION: revision}
            meta(changed)["annotations"] = annotations
            family.deployment = self.client.update("deployments", changed, "status")
        if reason and progress_deadline(family.deployment) is not None:
            self._put_progress(family, "True", reason, message)

    def _note_pause(self, family: Family) -> None:
        """Say that the Deployment is paused or resumed, so that its deadline starts anew."""
        known = find(objects_at(family.deployment, "status", "conditions"), "Progressing") or {}
        if progress_deadline(family.deployment) is None or known.get("reason") == TIMED_OUT:
            return
        paused = bool(spec_of(family.deployment).get("paused"))
        was_paused = known.get("reason") == "DeploymentPaused"
        if paused and not was_paused:
            self._put_progress(family, "Unknown", "DeploymentPaused", "Deployment is paused")
        elif was_paused and not paused:
            self._put_progress(family, "Unknown", "DeploymentResumed", "Deployment is resumed")

    def _put_progress(self, family: Family, value: str, reason: str, message: str) -> None:
        progressing = condition("Progressing", value, reason, message, self.clock())
        conditions = objects_at(family.deployment, "status", "conditions")
        status = status_of(family.deployment)
        self._put_status(family, {**status, "conditions": with_condition(conditions, progressing)})

    def _put_status(self, family: Family, status: Object) -> None:
        if status != status_of(family.deployment):
            family.deployment = self.client.update_status("deployments", family.deployment, status)

    def _write_counts(self, family: Family) -> None:
        status = counted_status(family.deployment, family.current, family.old, self.clock())
        self._put_status(family, status)

    def _write_status(self, family: Family) -> None:
        """Write counts and progress, and come back when the deadline may have passed."""
        moment = self.clock()
        status = counted_status(family.deployment, family.current, family.old, moment)
        status = with_progress(family.deployment, status, family.current, moment)
        conditions = objects_at(status, "conditions")
        failure = _failure(family)
        if failure is None:
            status["conditions"] = without(conditions, "ReplicaFailure")
        else:
            status["conditions"] = with_condition(conditions, failure)
        self._put_status(family, status)
        seconds = seconds_until_deadline(family.deployment, status, moment)
        if seconds is not None:
            self.queue.add_after(key_of(family.deployment), seconds)

    def _note_replica_set(self, event: Event) -> None:
        for key in owners_concerned(self.store, event, "deployments", "Deployment"):
            self.queue.add(key)


def _size(replica_set: Object) -> Replicas:
    available = int(status_of(replica_set).get("availableReplicas") or 0)
    return Replicas(replicas_of(replica_set), available)


def _differs(replica_set: Object, size: int) -> bool:
    return replicas_of(replica_set) != size


def _failure(family: Family) -> Object | None:
    """The ReplicaFailure condition of a ReplicaSet, the current one's before those of others."""
    first = [family.current] if family.current is not None else []
    for item in [*first, *family.old]:
        found = find(objects_at(item, "status", "conditions"), "ReplicaFailure")
        if found is not None:
            return found | {"lastUpdateTime": found["lastTransitionTime"]}
    return None
