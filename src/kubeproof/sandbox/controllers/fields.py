"""Reading nested fields of Kubernetes objects, absent ones as empty."""

from typing import Any, cast

from kubeproof.sandbox.objects import Object, meta


def object_at(obj: Object, *path: str) -> Object:
    """The object at a path of field names, empty where any of them is missing or null."""
    value: Any = obj
    for name in path:
        value = cast(Object, value).get(name) or {}
    return cast(Object, value)


def objects_at(obj: Object, *path: str) -> list[Object]:
    """The list of objects at a path of field names, empty where it is missing or null."""
    return cast("list[Object]", object_at(obj, *path[:-1]).get(path[-1]) or [])


def strings_at(obj: Object, *path: str) -> list[str]:
    """The list of texts at a path of field names, empty where it is missing or null."""
    return cast("list[str]", object_at(obj, *path[:-1]).get(path[-1]) or [])


def spec_of(obj: Object) -> Object:
    """The object's spec."""
    return object_at(obj, "spec")


def status_of(obj: Object) -> Object:
    """The object's status."""
    return object_at(obj, "status")


def annotations_of(obj: Object) -> dict[str, str]:
    """metadata.annotations, empty where there are none."""
    return object_at(obj, "metadata", "annotations")


def uid_of(obj: Object) -> str:
    """metadata.uid, empty where it is missing."""
    return str(meta(obj).get("uid", ""))


def finalizers_of(obj: Object) -> list[str]:
    """metadata.finalizers, empty where there are none."""
    return strings_at(obj, "metadata", "finalizers")


def created_at(obj: Object) -> str:
    """metadata.creationTimestamp as it is written (RFC 3339), empty where it is missing."""
    return str(meta(obj).get("creationTimestamp") or "")


def is_being_deleted(obj: Object) -> bool:
    """Whether the object has a deletion timestamp."""
    return bool(meta(obj).get("deletionTimestamp"))


def condition_of(obj: Object, kind: str) -> Object:
    """The condition of this type from the object's status, empty where there is none."""
    for condition in objects_at(obj, "status", "conditions"):
        if condition.get("type") == kind:
            return condition
    return {}
