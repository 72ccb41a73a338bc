"""Kubernetes objects as JSON, and the few questions everybody asks of them."""

from datetime import UTC, datetime
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]


def meta(obj: Object) -> Object:
    """The object's metadata; created empty where it is missing."""
    return obj.setdefault("metadata", {})


def name_of(obj: Object) -> str:
    """metadata.name, empty where it is missing."""
    return str(meta(obj).get("name", ""))


def namespace_of(obj: Object) -> str:
    """metadata.namespace, empty for cluster-scoped objects."""
    return str(meta(obj).get("namespace", ""))


def key_of(obj: Object) -> tuple[str, str]:
    """Namespace and name, which identify an object among those of its kind."""
    return namespace_of(obj), name_of(obj)


def labels_of(obj: Object) -> dict[str, str]:
    """metadata.labels, empty where there are none."""
    return meta(obj).get("labels") or {}


def matches(selector: dict[str, str], obj: Object) -> bool:
    """Whether the object carries every label of an equality selector; an empty one matches all."""
    labels = labels_of(obj)
    return all(labels.get(key) == value for key, value in selector.items())


def now() -> str:
    """The present moment as Kubernetes writes it (RFC 3339, UTC, whole seconds)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
