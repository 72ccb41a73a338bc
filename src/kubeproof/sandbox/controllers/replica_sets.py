"""The ReplicaSets of one Deployment: found, created, sized and cleaned up.

Source: "Deployments" (Clean up Policy, Pod-template-hash label) in the Kubernetes documentation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.controllers.client import Client
from kubeproof.sandbox.controllers.deployment_status import fenceposts_of
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import (
    annotations_of,
    is_being_deleted,
    spec_of,
    status_of,
    uid_of,
)
from kubeproof.sandbox.controllers.owned_pods import is_selected
from kubeproof.sandbox.controllers.ownership import Claims, controller_of, controller_reference
from kubeproof.sandbox.controllers.pods import is_finished
from kubeproof.sandbox.controllers.replica_plan import replicas_of
from kubeproof.sandbox.controllers.revisions import (
    annotations_for,
    by_creation,
    by_revision,
    current_replica_set,
    new_replica_set,
    replica_annotations,
    revision_of,
    template_hash,
)
from kubeproof.sandbox.controllers.rollout import new_size
from kubeproof.sandbox.objects import Object, meta, name_of, namespace_of


@dataclass(slots=True)
class Family:
    """A Deployment and its ReplicaSets: the current one if it exists, and the old ones."""

    deployment: Object
    current: Object | None
    old: list[Object]

    @property
    def members(self) -> list[Object]:
        """Every ReplicaSet."""
        return [*self.old, *([self.current] if self.current is not None else [])]

    @property
    def active(self) -> list[Object]:
        """The ReplicaSets that ask for Pods."""
        return [item for item in self.members if replicas_of(item) > 0]

    @property
    def active_old(self) -> list[Object]:
        """The old ReplicaSets that ask for Pods, oldest first."""
        return by_creation([item for item in self.old if replicas_of(item) > 0])

    def replace(self, changed: Object) -> None:
        """Take over a new version of one of the ReplicaSets."""
        if self.current is not None and uid_of(self.current) == uid_of(changed):
            self.current = changed
        self.old = [changed if uid_of(item) == uid_of(changed) else item for item in self.old]

    def revision(self) -> int:
        """The revision of the current template: one more than any other has."""
        return max((revision_of(item) for item in self.old), default=0) + 1


class ReplicaSets:
    """Writes the ReplicaSets of Deployments, and tells of it in Events."""

    def __init__(self, client: Client, events: EventRecorder) -> None:
        self._client = client
        self._events = events
        self._claims = Claims(client, "replicasets", "apps/v1", "Deployment")

    def family_of(self, deployment: Object) -> Family:
        """The Deployment's ReplicaSets, after adopting and releasing. Raises ApiError."""
        members = self._claims.claim(
            deployment,
            self._client.store.list("replicasets", namespace_of(deployment)),
            lambda item: is_selected(deployment, item),
        )
        current = current_replica_set(deployment, members)
        return Family(deployment, current, [item for item in members if item is not current])

    def create_current(self, family: Family) -> None:
        """Create the ReplicaSet of the present template, sized for a rollout. Raises ApiError."""
        deployment = family.deployment
        created = new_replica_set(deployment, template_hash(deployment))
        posts = fenceposts_of(deployment)
        wanted = replicas_of(deployment)
        total = sum(replicas_of(item) for item in family.old)
        size = new_size(wanted, posts.surge, 0, total)
        created["spec"]["replicas"] = size
        meta(created)["ownerReferences"] = [
            controller_reference(deployment, "apps/v1", "Deployment")
        ]
        annotations = annotations_for(deployment, created, family.revision())
        meta(created)["annotations"] = annotations | replica_annotations(wanted, posts.surge)
        family.current = self._client.create("replicasets", created)
        if size:
            self._tell(deployment, "up", family.current, 0, size)

    def sync_annotations(self, family: Family) -> None:
        """Copy annotations, revision and minReadySeconds to the current ReplicaSet."""
        deployment, current = family.deployment, family.current
        if current is None:
            return
        annotations = annotations_for(deployment, current, family.revision())
        min_ready = int(spec_of(deployment).get("minReadySeconds") or 0)
        same = min_ready == int(spec_of(current).get("minReadySeconds") or 0)
        if same and annotations == annotations_of(current):
            return
        changed = copied(current)
        meta(changed)["annotations"] = annotations
        changed["spec"]["minReadySeconds"] = min_ready
        family.replace(self._client.update("replicasets", changed))

    def scale(self, family: Family, replica_set: Object, size: int) -> None:
        """Give a ReplicaSet its size, and note the Deployment's scale on it. Raises ApiError."""
        before = replicas_of(replica_set)
        wanted = replicas_of(family.deployment)
        noted = replica_annotations(wanted, fenceposts_of(family.deployment).surge)
        annotations = annotations_of(replica_set) | noted
        if size == before and annotations == annotations_of(replica_set):
            return
        changed = copied(replica_set)
        changed["spec"]["replicas"] = size
        meta(changed)["annotations"] = annotations
        family.replace(self._client.update("replicasets", changed))
        if size != before:
            way = "up" if size > before else "down"
            self._tell(family.deployment, way, replica_set, before, size)

    def clean_up(self, family: Family) -> None:
        """Delete old ReplicaSets without Pods beyond revisionHistoryLimit. Raises ApiError."""
        limit = spec_of(family.deployment).get("revisionHistoryLimit")
        if limit is None or limit == 2**31 - 1:
            return
        alive = [item for item in family.old if not is_being_deleted(item)]
        for item in by_revision(alive)[: max(len(alive) - int(limit), 0)]:
            if _is_spent(item):
                self._client.delete("replicasets", item)

    def old_pods_run(self, family: Family) -> bool:
        """Whether any Pod of an old ReplicaSet has not ended yet, be it terminating or not."""
        uids = {uid_of(item) for item in family.old}
        pods = self._client.store.list("pods", namespace_of(family.deployment))
        return any(_is_of(pod, uids) and not is_finished(pod) for pod in pods)

    def _tell(self, deployment: Object, way: str, item: Object, before: int, size: int) -> None:
        message = f"Scaled {way} replica set {name_of(item)} from {before} to {size}"
        self._events.normal(deployment, "ScalingReplicaSet", message)


def _is_of(pod: Object, uids: set[str]) -> bool:
    return (controller_of(pod) or {}).get("uid") in uids


def _is_spent(replica_set: Object) -> bool:
    status = status_of(replica_set)
    observed = int(status.get("observedGeneration") or 0)
    generation = int(meta(replica_set).get("generation") or 0)
    return not status.get("replicas") and replicas_of(replica_set) == 0 and generation <= observed


def newest(replica_sets: Sequence[Object]) -> Object | None:
    """The ReplicaSet created last."""
    return by_creation(replica_sets)[-1] if replica_sets else None
