"""Strategic merge patch: lists merged by their keys, and the directives that go with it.

Follows k8s.io/apimachinery's ``util/strategicpatch``: ``$patch``, ``$retainKeys``,
``$setElementOrder/…`` and ``$deleteFromPrimitiveList/…``.
"""

from typing import Any, cast

from kubeproof.sandbox.api import gotext
from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.schema_types import FieldType, Types
from kubeproof.sandbox.objects import Object

_PATCH = "$patch"
_RETAIN = "$retainKeys"
_ORDER = "$setElementOrder/"
_DELETE = "$deleteFromPrimitiveList/"
_UNKNOWN = FieldType("x")


class StrategicPatchError(ValueError):
    """A patch that the schema cannot merge; the message is Kubernetes'."""


def apply(types: Types, document: Object, patch: Object, kind: FieldType) -> Object:
    """The document with the patch merged in; neither changes. Raises StrategicPatchError."""
    return _Merger(types).maps(document, patch, kind)


class _Merger:
    def __init__(self, types: Types) -> None:
        self._types = types

    def maps(self, original: Object, patch: Object, kind: FieldType) -> Object:
        directive = patch.get(_PATCH)
        if directive == "replace":
            return _plain({key: value for key, value in patch.items() if key != _PATCH})
        if directive == "delete":
            return {}
        if directive not in (None, "merge"):
            raise StrategicPatchError(f"unknown patch type found: {directive}")
        result = _retained(original, patch)
        for key, value in patch.items():
            if key.startswith(_ORDER):
                self._ordered(result, key.removeprefix(_ORDER), patch, value, kind)
        for key, value in patch.items():
            self._member(result, key, value, patch, kind)
        return result

    def _member(self, result: Object, key: str, value: Any, patch: Object, kind: FieldType) -> None:
        if key.startswith(_DELETE):
            name = key.removeprefix(_DELETE)
            if f"{_ORDER}{name}" not in patch and name in result:
                result[name] = [item for item in result[name] if item not in value]
        elif key in (_PATCH, _RETAIN) or key.startswith(_ORDER) or f"{_ORDER}{key}" in patch:
            return  # a directive, or a list that was merged with its order
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = self._value(result.get(key), value, self._type(kind, key))

    def _type(self, kind: FieldType, key: str) -> FieldType:
        if kind.code == "@":
            return self._types[kind.name].fields.get(key, _UNKNOWN)
        return kind.element or _UNKNOWN

    def _value(self, original: Any, patch: Any, kind: FieldType) -> Any:
        if original is None or type(original) is not type(patch):
            return _plain(patch)
        if isinstance(patch, dict) and "replace" not in kind.strategies:
            return self.maps(cast("Object", original), cast("Object", patch), kind)
        if isinstance(patch, list):
            return self._lists(original, cast("list[Any]", patch), kind)
        return _plain(patch)

    def _lists(self, original: list[Any], patch: list[Any], kind: FieldType) -> list[Any]:
        if "merge" not in kind.strategies or not patch:
            return original if not patch and "merge" in kind.strategies else _plain(patch)
        if not isinstance(patch[0], dict):
            return original + [item for item in _unique(patch) if item not in original]
        if not original and not kind.merge_key:
            return _plain(patch)
        return self._merge_items(original, patch, kind)

    def _merge_items(self, original: list[Any], patch: list[Any], kind: FieldType) -> list[Any]:
        key = kind.merge_key
        element = kind.element or _UNKNOWN
        if any(item.get(_PATCH) == "replace" for item in patch):
            return [_plain(item) for item in patch if item.get(_PATCH) != "replace"]
        result: list[Any] = list(original)
        for item in patch:
            if key not in item:
                shown = gotext.marshal(item)
                raise StrategicPatchError(
                    f"map: {shown} does not contain declared merge key: {key}"
                )
            place = next((i for i, known in enumerate(result) if known.get(key) == item[key]), None)
            if item.get(_PATCH) == "delete":
                result = [known for known in result if known.get(key) != item[key]]
            elif place is None:
                result.append(_plain(item))
            else:
                result[place] = self.maps(result[place], item, element)
        return result

    def _ordered(
        self, result: Object, name: str, patch: Object, order: list[Any], kind: FieldType
    ) -> None:
        """Merge a list whose order the patch gives."""
        member = self._type(kind, name)
        original: list[Any] = result.get(name) or []
        merged = original
        if patch.get(f"{_DELETE}{name}"):
            merged = [item for item in merged if item not in patch[f"{_DELETE}{name}"]]
        if patch.get(name):
            merged = self._lists(merged, patch[name], member)
        if name in patch and patch[name] is None:
            result.pop(name, None)
            return
        if merged or name in result:
            identify = _identity(member.merge_key, order)
            result[name] = _arranged(merged, original, order, identify)


def _retained(original: Object, patch: Object) -> Object:
    """The original with no other keys than $retainKeys leaves. Raises StrategicPatchError."""
    if _RETAIN not in patch:
        return dict(original)
    kept: list[str] = patch[_RETAIN]
    strays = [key for key in patch if key[0] != "$" and patch[key] is not None and key not in kept]
    if strays:
        raise StrategicPatchError(
            f"the items in $retainKeys list must contain all fields present in the patch: {strays}"
        )
    return {key: value for key, value in original.items() if key in kept}


def _identity(merge_key: str, order: list[Any]) -> str:
    return merge_key if order and isinstance(order[0], dict) else ""


def _arranged(
    merged: list[Any], original: list[Any], order: list[Any], merge_key: str
) -> list[Any]:
    """Items of the patch in its order, with those only the server has where they were."""

    def identity(item: Any) -> Any:
        return item.get(merge_key) if merge_key else item

    wanted = [identity(item) for item in order]
    before = [identity(item) for item in original]
    left = [item for item in merged if identity(item) not in wanted]
    right = [item for item in merged if identity(item) in wanted]
    right.sort(key=lambda item: wanted.index(identity(item)))
    result: list[Any] = []
    while left and right:
        one, other = identity(left[0]), identity(right[0])
        first = one in before and other in before and before.index(one) < before.index(other)
        result.append((left if first else right).pop(0))
    return result + left + right


def _unique(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _plain(value: Any) -> Any:
    """A patch's value where there is nothing to merge it with: without directives and nulls."""
    if isinstance(value, dict):
        return {
            key: _plain(item)
            for key, item in cast("Object", value).items()
            if item is not None and not _is_directive(key)
        }
    if isinstance(value, list):
        elements = cast("list[Any]", value)
        return [_plain(item) for item in elements if not _is_deletion(item)]
    return copied(value)


def _is_directive(key: str) -> bool:
    return key in (_PATCH, _RETAIN) or key.startswith((_ORDER, _DELETE))


def _is_deletion(item: Any) -> bool:
    return isinstance(item, dict) and cast("Object", item).get(_PATCH) == "delete"
