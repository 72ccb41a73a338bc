"""Typed looks into JSON objects: what is missing, or null, is empty."""

from kubeproof.sandbox.objects import Object, meta


def part(obj: Object, field: str) -> Object:
    """A nested object, for reading."""
    return obj.get(field) or {}


def parts(obj: Object, field: str) -> list[Object]:
    """A list of objects, for reading, or for changing those that are there."""
    return obj.get(field) or []


def texts(obj: Object, field: str) -> list[str]:
    """A list of strings, for reading."""
    return obj.get(field) or []


def text(obj: Object, field: str) -> str:
    """A string."""
    return obj.get(field) or ""


def number(obj: Object, field: str) -> int:
    """A whole number, 0 where there is none."""
    return obj.get(field) or 0


def pairs(obj: Object, field: str) -> dict[str, str]:
    """A map of strings, for reading."""
    return obj.get(field) or {}


def annotations_of(obj: Object) -> dict[str, str]:
    """metadata.annotations, empty where there are none."""
    return pairs(meta(obj), "annotations")
