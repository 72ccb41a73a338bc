"""Values seen with their types' merge semantics: which fields they hold, and what differs.

Follows the ``typed`` package of sigs.k8s.io/structured-merge-diff: atomic maps and lists are one
field, other lists are told apart by keys or by value.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from kubeproof.sandbox.api.fieldpath import (
    FieldSet,
    Path,
    field_element,
    key_element,
    value_element,
)
from kubeproof.sandbox.api.schema_types import FieldType, Types
from kubeproof.sandbox.objects import Object

MISSING: Any = object()
"""A value that is not there, as opposed to null."""


class StructureError(ValueError):
    """A value which its type's merge semantics cannot take; the message says where."""


@dataclass(slots=True)
class Comparison:
    """The fields in which two values differ."""

    added: set[Path] = field(default_factory=set[Path])
    modified: set[Path] = field(default_factory=set[Path])
    removed: set[Path] = field(default_factory=set[Path])


class Structure:
    """The merge semantics of all types."""

    def __init__(self, types: Types) -> None:
        self.types = types

    def is_atomic(self, kind: FieldType) -> bool:
        """Whether a value of the type is one field: a scalar, or what is replaced as a whole."""
        if kind.code == "@":
            return kind.atomic or self.types[kind.name].atomic
        if kind.code == "{":
            return kind.atomic
        return kind.code != "[" or not (kind.keys or kind.is_set)

    def member(self, kind: FieldType, key: str) -> FieldType | None:
        """The type of an object's field or a map's value; None where there is no such field."""
        if kind.code == "@":
            return self.types[kind.name].fields.get(key)
        return kind.element

    def items(self, value: Any, kind: FieldType) -> list[tuple[str, Any]]:
        """The items of a list with what tells them apart. Raises StructureError."""
        if value is MISSING or value is None:
            return []
        elements = cast("list[Any]", value)
        return [(self.element(item, kind, index), item) for index, item in enumerate(elements)]

    def element(self, item: Any, kind: FieldType, index: int) -> str:
        """What tells an item of a list from the others. Raises StructureError."""
        if not kind.keys:
            return value_element(item)
        assert kind.element is not None
        defaults = self.types[kind.element.name].defaulted_keys
        if not isinstance(item, dict):
            raise StructureError(
                f"element {index}: associative list with keys may not have non-map elements"
            )
        members = cast("Object", item)
        keys = {key: members.get(key, defaults.get(key)) for key in kind.keys}
        found = {key: value for key, value in keys.items() if value is not None}
        if not found:
            names = " ".join(f'"{key}"' for key in kind.keys)
            raise StructureError(
                f"element {index}: associative list with keys has an element that omits all key "
                f"fields [{names}] (and doesn't have default values for any key fields)"
            )
        return key_element(found)

    def fields(self, value: Any, kind: FieldType) -> FieldSet:
        """Every field that a value sets, as an applied configuration owns them."""
        return frozenset(self._fields(value, kind, ()))

    def _fields(self, value: Any, kind: FieldType, path: Path) -> Iterator[Path]:
        if self.is_atomic(kind):
            yield path
        elif kind.code == "[":
            assert kind.element is not None
            for element, item in self.items(value, kind):
                inner = (*path, element)
                yield inner
                yield from self._fields(item, kind.element, inner)
        else:
            yield from self._map_fields(value, kind, path)

    def _map_fields(self, value: Any, kind: FieldType, path: Path) -> Iterator[Path]:
        members: Object = value if value is not None else {}
        for key, item in members.items():
            member = self.member(kind, key)
            if member is None:
                continue
            inner = (*path, field_element(key))
            if item is None or item == {} or kind.code == "{":
                yield inner
            yield from self._fields(item, member, inner)

    def compare(self, old: Any, new: Any, kind: FieldType) -> Comparison:
        """What differs between two values of one type. Raises StructureError."""
        comparison = Comparison()
        self._compare(old, new, kind, (), comparison)
        return comparison

    def _compare(self, old: Any, new: Any, kind: FieldType, path: Path, into: Comparison) -> None:
        if old is not MISSING and old == new:
            return
        if self.is_atomic(kind) or (_is_empty(old) and _is_empty(new)):
            _changed(old, new, into).add(path)
            return
        if kind.code == "[":
            self._compare_lists(old, new, kind, path, into)
        else:
            self._compare_maps(old, new, kind, path, into)
        if old is MISSING:
            into.added.add(path)
        elif new is MISSING:
            into.removed.add(path)

    def _compare_maps(
        self, old: Any, new: Any, kind: FieldType, path: Path, into: Comparison
    ) -> None:
        before, after = _members(old), _members(new)
        for key in before.keys() | after.keys():
            member = self.member(kind, key)
            if member is not None:
                inner = (*path, field_element(key))
                was, now = before.get(key, MISSING), after.get(key, MISSING)
                self._compare(was, now, member, inner, into)

    def _compare_lists(
        self, old: Any, new: Any, kind: FieldType, path: Path, into: Comparison
    ) -> None:
        assert kind.element is not None
        before, after = _grouped(self.items(old, kind)), _grouped(self.items(new, kind))
        for element in before.keys() | after.keys():
            inner = (*path, element)
            was, now = before.get(element, []), after.get(element, [])
            if len(was) > 1 or len(now) > 1:  # duplicates are compared as one
                if was != now:
                    _changed(was or MISSING, now or MISSING, into).add(inner)
                continue
            one, other = (was or [MISSING])[0], (now or [MISSING])[0]
            self._compare(one, other, kind.element, inner, into)


def _changed(old: Any, new: Any, into: Comparison) -> set[Path]:
    if old is MISSING:
        return into.added
    return into.removed if new is MISSING else into.modified


def _is_empty(value: Any) -> bool:
    return value is MISSING or value is None or value == {} or value == []


def _members(value: Any) -> Object:
    return {} if value is MISSING or value is None else value


def _grouped(items: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for element, item in items:
        groups.setdefault(element, []).append(item)
    return groups
