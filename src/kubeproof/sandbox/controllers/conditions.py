"""Lists of status conditions, changed as the controllers of Kubernetes change them."""

from kubeproof.sandbox.objects import Object


def find(conditions: list[Object], kind: str) -> Object | None:
    """The condition of this type, if it is there."""
    return next((item for item in conditions if item.get("type") == kind), None)


def without(conditions: list[Object], kind: str) -> list[Object]:
    """The conditions of every other type."""
    return [item for item in conditions if item.get("type") != kind]


def with_condition(conditions: list[Object], condition: Object) -> list[Object]:
    """The conditions with this one put in.

    One of the same type, status and reason stays as it is (its times and message too); one of
    the same status hands on the time of its last transition.
    """
    current = find(conditions, condition["type"])
    if current is None:
        return [*conditions, condition]
    if _same(current, condition, "status") and _same(current, condition, "reason"):
        return conditions
    if _same(current, condition, "status"):
        condition = condition | {"lastTransitionTime": current.get("lastTransitionTime")}
    return [*without(conditions, condition["type"]), condition]


def _same(left: Object, right: Object, field: str) -> bool:
    return left.get(field) == right.get(field)
