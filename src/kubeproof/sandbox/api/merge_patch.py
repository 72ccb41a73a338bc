"""JSON merge patch (RFC 7386) on objects."""

from typing import Any, cast

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.objects import Object


def apply(document: Object, patch: Object) -> Object:
    """The document with the patch merged in: null removes, lists are replaced."""
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def _merged(current: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        return copied(value)
    members = cast("Object", value)
    return apply(cast("Object", current) if isinstance(current, dict) else {}, members)
