"""The status of a Deployment: its counts, and the conditions Available and Progressing.

`kubectl rollout status` reads them. Source: "Deployments" (Deployment status) in the Kubernetes
documentation.
"""

from collections.abc import Sequence
from datetime import datetime

from kubeproof.sandbox.controllers.conditions import find, with_condition, without
from kubeproof.sandbox.controllers.fields import object_at, objects_at, spec_of, status_of
from kubeproof.sandbox.controllers.replica_plan import replicas_of
from kubeproof.sandbox.controllers.rollout import Fenceposts, fenceposts
from kubeproof.sandbox.controllers.timestamps import seconds_since, written
from kubeproof.sandbox.objects import Object, meta, name_of

NO_DEADLINE = 2**31 - 1
"""progressDeadlineSeconds of a Deployment that has no deadline."""

COMPLETE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"


def is_rolling(deployment: Object) -> bool:
    """Whether the strategy is RollingUpdate, which is what it is by default."""
    return object_at(deployment, "spec", "strategy").get("type", "RollingUpdate") == "RollingUpdate"


def fenceposts_of(deployment: Object) -> Fenceposts:
    """maxSurge and maxUnavailable as numbers of Pods; for Recreate both are 0."""
    wanted = replicas_of(deployment)
    if not is_rolling(deployment):
        return Fenceposts(0, 0)
    rolling = object_at(deployment, "spec", "strategy", "rollingUpdate")
    posts = fenceposts(rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%"), wanted)
    return Fenceposts(posts.surge, min(posts.unavailable, wanted))


def progress_deadline(deployment: Object) -> int | None:
    """Seconds a rollout may stand still, None if there is no limit."""
    seconds = spec_of(deployment).get("progressDeadlineSeconds")
    return None if seconds is None or seconds == NO_DEADLINE else int(seconds)


def condition(kind: str, status: str, reason: str, message: str, moment: datetime) -> Object:
    """A condition of a Deployment that begins now."""
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": written(moment),
        "lastTransitionTime": written(moment),
        "reason": reason,
        "message": message,
    }


def is_complete(deployment: Object, status: Object) -> bool:
    """Whether all wanted replicas are updated and available, and no old ones are left."""
    wanted = replicas_of(deployment)
    counts = ("updatedReplicas", "replicas", "availableReplicas")
    observed = int(status.get("observedGeneration") or 0)
    return all(_count(status, name) == wanted for name in counts) and observed >= _generation(
        deployment
    )


def counted_status(
    deployment: Object, current: Object | None, old: Sequence[Object], moment: datetime
) -> Object:
    """The status with new counts and the Available condition; Progressing stays as it was."""
    both = [*old, *([current] if current else [])]
    available = sum(_count(status_of(item), "availableReplicas") for item in both)
    asked = sum(replicas_of(item) for item in both)
    counts = {
        "observedGeneration": _generation(deployment),
        "replicas": sum(_count(status_of(item), "replicas") for item in both),
        "updatedReplicas": _count(status_of(current), "replicas") if current else 0,
        "readyReplicas": sum(_count(status_of(item), "readyReplicas") for item in both),
        "availableReplicas": available,
        "unavailableReplicas": max(asked - available, 0),
    }
    status: Object = {name: count for name, count in counts.items() if count}
    status["terminatingReplicas"] = sum(
        _count(status_of(item), "terminatingReplicas") for item in both
    )
    if status_of(deployment).get("collisionCount"):
        status["collisionCount"] = status_of(deployment)["collisionCount"]
    least = replicas_of(deployment) - fenceposts_of(deployment).unavailable
    status["conditions"] = with_condition(
        objects_at(deployment, "status", "conditions"), _availability(available >= least, moment)
    )
    return status


def _availability(enough: bool, moment: datetime) -> Object:
    if enough:
        message = "Deployment has minimum availability."
        return condition("Available", "True", "MinimumReplicasAvailable", message, moment)
    message = "Deployment does not have minimum availability."
    return condition("Available", "False", "MinimumReplicasUnavailable", message, moment)


def with_progress(
    deployment: Object, status: Object, current: Object | None, moment: datetime
) -> Object:
    """The status with the Progressing condition judged: complete, progressing, or timed out."""
    conditions = objects_at(status, "conditions")
    before = find(objects_at(deployment, "status", "conditions"), "Progressing")
    if progress_deadline(deployment) is None:
        return {**status, "conditions": without(conditions, "Progressing")}
    if _was_complete(status, before):
        return status
    subject = f'ReplicaSet "{name_of(current)}"' if current else None
    subject = subject or f'Deployment "{name_of(deployment)}"'
    if is_complete(deployment, status):
        message = f"{subject} has successfully progressed."
        now = condition("Progressing", "True", COMPLETE, message, moment)
        conditions = with_condition(conditions, now)
    elif has_progressed(status_of(deployment), status):
        conditions = _progressed(conditions, before, subject, moment)
    elif has_timed_out(deployment, before, moment):
        message = f"{subject} has timed out progressing."
        now = condition("Progressing", "False", TIMED_OUT, message, moment)
        conditions = with_condition(conditions, now)
    return {**status, "conditions": conditions}


def _was_complete(status: Object, before: Object | None) -> bool:
    """Nothing is rolled out: all replicas are of the template that was complete already."""
    same = _count(status, "replicas") == _count(status, "updatedReplicas")
    return same and before is not None and before.get("reason") == COMPLETE


def _progressed(
    conditions: list[Object], before: Object | None, subject: str, moment: datetime
) -> list[Object]:
    """Every progress starts the deadline anew, so lastUpdateTime moves even if nothing else."""
    now = condition(
        "Progressing", "True", "ReplicaSetUpdated", f"{subject} is progressing.", moment
    )
    if before is not None and before.get("status") == "True":
        now["lastTransitionTime"] = before.get("lastTransitionTime")
    return [*without(conditions, "Progressing"), now]


def has_progressed(before: Object, after: Object) -> bool:
    """Whether there are more updated, ready or available replicas, or fewer old ones."""
    names = ("updatedReplicas", "readyReplicas", "availableReplicas")
    if any(_count(after, name) > _count(before, name) for name in names):
        return True
    return _old_replicas(after) < _old_replicas(before)


def has_timed_out(deployment: Object, progressing: Object | None, moment: datetime) -> bool:
    """Whether the rollout has stood still for longer than its deadline."""
    deadline = progress_deadline(deployment)
    if deadline is None or progressing is None or progressing.get("reason") == COMPLETE:
        return False
    if progressing.get("reason") == TIMED_OUT:
        return True
    return seconds_since(progressing["lastUpdateTime"], moment) > deadline


def seconds_until_deadline(deployment: Object, status: Object, moment: datetime) -> float | None:
    """When to look for a standstill again, in seconds; None if there is no need to."""
    progressing = find(objects_at(status, "conditions"), "Progressing")
    deadline = progress_deadline(deployment)
    if deadline is None or progressing is None or progressing.get("reason") == TIMED_OUT:
        return None
    if is_complete(deployment, status):
        return None
    # one second more: the time that was written has lost its fraction
    return max(deadline - seconds_since(progressing["lastUpdateTime"], moment), 0) + 1


def _old_replicas(status: Object) -> int:
    return _count(status, "replicas") - _count(status, "updatedReplicas")


def _count(status: Object, name: str) -> int:
    return int(status.get(name) or 0)


def _generation(deployment: Object) -> int:
    return int(meta(deployment).get("generation") or 0)
