"""Values merged, pruned and checked by their types' merge semantics.

Follows the ``typed`` package of sigs.k8s.io/structured-merge-diff (merge, remove, validate).
"""

from collections.abc import Iterator
from typing import Any, cast

from kubeproof.sandbox.api import fieldpath, gotext
from kubeproof.sandbox.api.fieldpath import FieldSet, Path, field_element
from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.schema_types import FieldType
from kubeproof.sandbox.api.structure import MISSING, Structure, StructureError
from kubeproof.sandbox.objects import Object

_NUMBERS = ("d", "i", "l")
_GO_TYPES = {str: "string", bool: "bool", int: "int64", float: "float64"}


def merge(structure: Structure, live: Any, config: Any, kind: FieldType) -> Any:
    """The live value with the configuration merged in; neither changes."""
    if config is MISSING:
        return copied(live)
    if live is MISSING or live is None or config is None or structure.is_atomic(kind):
        return copied(config)
    if kind.code == "[":
        return _merged_list(structure, live, config, kind)
    result = dict(cast("Object", live))
    for key, value in cast("Object", config).items():
        member = structure.member(kind, key)
        if member is not None:
            result[key] = merge(structure, result.get(key, MISSING), value, member)
    return result


def _merged_list(structure: Structure, live: Any, config: Any, kind: FieldType) -> list[Any]:
    assert kind.element is not None
    left, right = structure.items(live, kind), structure.items(config, kind)
    before, after = dict(left), dict(right)
    order = _order([element for element, _ in left], [element for element, _ in right])
    return [
        merge(structure, before.get(name, MISSING), after.get(name, MISSING), kind.element)
        for name in order
    ]


def _order(left: list[str], right: list[str]) -> Iterator[str]:
    """Items of both lists once: the right one's order wins, the left one's own keep their place."""
    known, wanted = set(left), set(right)
    shared = [name for name in right if name in known]
    done: set[str] = set()
    i = j = 0
    while i < len(left) or j < len(right):
        following = next((name for name in shared if name not in done), None)
        if i < len(left) and left[i] not in wanted:
            if left[i] not in done:
                done.add(left[i])
                yield left[i]
            i += 1
        elif i < len(left) and (left[i] in done or left[i] != following):
            i += 1  # the right list says where this one goes
        else:
            done.add(right[j])
            yield right[j]
            j += 1


def remove(structure: Structure, value: Any, kind: FieldType, paths: FieldSet) -> Any:
    """The value without the fields and items of the set."""
    return _removed(structure, value, kind, paths, ())


def _removed(structure: Structure, value: Any, kind: FieldType, paths: FieldSet, path: Path) -> Any:
    if not paths or value is None or structure.is_atomic(kind):
        return value
    if kind.code == "[":
        assert kind.element is not None
        kept = [
            _inside(structure, item, kind.element, paths, (*path, element))
            for element, item in structure.items(value, kind)
            if (*path, element) not in paths
        ]
        return kept or None
    result: Object = {}
    for key, item in cast("Object", value).items():
        inner = (*path, field_element(key))
        member = structure.member(kind, key)
        if inner not in paths:
            result[key] = item if member is None else _inside(structure, item, member, paths, inner)
    return result or None


def _inside(structure: Structure, value: Any, kind: FieldType, paths: FieldSet, path: Path) -> Any:
    """The value without what the set holds below the path; untouched where it holds nothing."""
    size = len(path)
    if not any(len(found) > size and found[:size] == path for found in paths):
        return value
    left = _removed(structure, value, kind, paths, path)
    if left is not None:
        return left
    return {} if isinstance(value, dict) else [] if isinstance(value, list) else None


def with_named_parents(structure: Structure, paths: FieldSet, kind: FieldType) -> FieldSet:
    """The set and every field of an object type on the way to its members."""
    found = set(paths)
    for path in paths:
        here: FieldType | None = kind
        for depth, element in enumerate(path[:-1], 1):
            if here is None:
                break
            if element[0] == "f" and here.code == "@":
                found.add(path[:depth])
            here = _descend(structure, here, element)
    return frozenset(found)


def _descend(structure: Structure, kind: FieldType, element: str) -> FieldType | None:
    if element[0] == "f":
        return structure.member(kind, element[2:])
    return kind.element


def check(structure: Structure, value: Any, kind: FieldType) -> list[str]:
    """What in an applied configuration its type does not allow, each with its path."""
    return list(_errors(structure, value, kind, ()))


def _errors(structure: Structure, value: Any, kind: FieldType, path: Path) -> Iterator[str]:
    if value is None or kind.code == "x":
        return
    if kind.code == "[":
        yield from _list_errors(structure, value, kind, path)
    elif kind.code in "@{":
        yield from _map_errors(structure, value, kind, path)
    else:
        yield from _scalar_errors(value, kind, path)


def _map_errors(structure: Structure, value: Any, kind: FieldType, path: Path) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _at(path, f"expected map, got {_go_value(value)}")
        return
    for key, item in cast("Object", value).items():
        inner = (*path, field_element(key))
        member = structure.member(kind, key)
        if member is None:
            yield _at(inner, "field not declared in schema")
        else:
            yield from _errors(structure, item, member, inner)


def _list_errors(structure: Structure, value: Any, kind: FieldType, path: Path) -> Iterator[str]:
    assert kind.element is not None
    if not isinstance(value, list):
        yield _at(path, f"expected list, got {_go_value(value)}")
        return
    seen: set[str] = set()
    for index, item in enumerate(cast("list[Any]", value)):
        if structure.is_atomic(kind):
            inner = f"{fieldpath.shown(path)}[{index}]"
            found = _errors(structure, item, kind.element, ())
            yield from (
                f"{inner}{text}" if text[0] == "." else f"{inner}: {text}" for text in found
            )
            continue
        try:
            element = structure.element(item, kind, index)
        except StructureError as error:
            yield _at(path, str(error))
            return
        if element in seen:
            yield _at(path, f"duplicate entries for key {fieldpath.shown((element,))}")
        seen.add(element)
        yield from _errors(structure, item, kind.element, (*path, element))


def _scalar_errors(value: Any, kind: FieldType, path: Path) -> Iterator[str]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind.code in _NUMBERS:
        if not is_number:
            yield _at(path, f"expected numeric (int or float), got {_go_type(value)}")
    elif kind.code == "b":
        if not isinstance(value, bool):
            yield _at(path, f"expected boolean, got {_go_value(value)}")
    elif kind.code in "pq":
        if not is_number and not isinstance(value, str | bool):
            yield _at(path, f"expected any scalar, got {_go_value(value)}")
    elif not isinstance(value, str):
        shown = f"&value.valueUnstructured{{Value:{gotext.marshal(value)}}}"
        yield _at(path, f"expected string, got {shown}")


def _at(path: Path, text: str) -> str:
    return f"{fieldpath.shown(path)}: {text}" if path else text


def _go_type(value: Any) -> str:
    if isinstance(value, dict):
        return "map[string]interface {}"
    return "[]interface {}" if isinstance(value, list) else _GO_TYPES[type(value)]


def _go_value(value: Any) -> str:
    return gotext.quote(value) if isinstance(value, str) else gotext.marshal(value)
