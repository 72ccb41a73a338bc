"""What a change of a Deployment's scale does to its ReplicaSets, outside of rollouts.

Source: "Deployments" (Scaling a Deployment, Proportional scaling, Pausing) in the Kubernetes
documentation.
"""

from collections.abc import Iterable

from kubeproof.sandbox.controllers.deployment_status import fenceposts_of, is_rolling
from kubeproof.sandbox.controllers.fields import annotations_of, created_at, status_of
from kubeproof.sandbox.controllers.replica_plan import replicas_of
from kubeproof.sandbox.controllers.replica_sets import Family, newest
from kubeproof.sandbox.controllers.revisions import DESIRED_ANNOTATION, MOST_ANNOTATION
from kubeproof.sandbox.controllers.rollout import Share, proportional_sizes
from kubeproof.sandbox.objects import Object


def is_scaling(family: Family) -> bool:
    """Whether replicas changed since the active ReplicaSets were sized."""
    wanted = replicas_of(family.deployment)
    noted = (_number(item, DESIRED_ANNOTATION) for item in family.active)
    return any(number is not None and number != wanted for number in noted)


def scaled_sizes(family: Family) -> Iterable[tuple[Object, int]]:
    """The sizes that ReplicaSets should have after a change of scale."""
    wanted = replicas_of(family.deployment)
    active = family.active
    if len(active) <= 1:
        only = active[0] if active else family.current or newest(family.old)
        return [(only, wanted)] if only is not None else []
    if _is_saturated(family):
        return [(item, 0) for item in family.active_old]
    if not is_rolling(family.deployment):
        return []
    return zip(active, _proportional(family, active), strict=True)


def _proportional(family: Family, active: list[Object]) -> list[int]:
    shares = [
        Share(replicas_of(item), _number(item, MOST_ANNOTATION), created_at(item))
        for item in active
    ]
    return proportional_sizes(
        replicas_of(family.deployment),
        fenceposts_of(family.deployment).surge,
        int(status_of(family.deployment).get("replicas") or 0),
        shares,
    )


def _is_saturated(family: Family) -> bool:
    """Whether the current ReplicaSet has all the Pods there should be, and they are available."""
    current, wanted = family.current, replicas_of(family.deployment)
    if current is None or _number(current, DESIRED_ANNOTATION) != wanted:
        return False
    available = int(status_of(current).get("availableReplicas") or 0)
    return replicas_of(current) == wanted == available


def _number(replica_set: Object, annotation: str) -> int | None:
    text = annotations_of(replica_set).get(annotation, "")
    return int(text) if text.isdecimal() else None
