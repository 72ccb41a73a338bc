"""Paths of fields, and sets of them as managedFields writes them (FieldsV1).

A path is a tuple of elements in the notation of FieldsV1: ``f:name`` a field, ``k:{"port":80}`` an
item of a list by its keys, ``v:"tcp"`` an item of a set. Source: sigs.k8s.io/structured-merge-diff.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from kubeproof.sandbox.api import gotext
from kubeproof.sandbox.objects import Object

Path: TypeAlias = tuple[str, ...]
FieldSet: TypeAlias = frozenset[Path]

EMPTY: FieldSet = frozenset()


def field_element(name: str) -> str:
    """The element of a field or a map's key."""
    return f"f:{name}"


def key_element(keys: Object) -> str:
    """The element of a list's item which these keys tell apart."""
    return f"k:{_json(keys)}"


def value_element(value: Any) -> str:
    """The element of a set's item."""
    return f"v:{_json(value)}"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def encode(paths: Iterable[Path]) -> Object:
    """A set as FieldsV1: nested objects, with ``.`` where a field with members is one itself."""
    root: Object = {}
    members: list[Object] = []
    for path in sorted(paths):
        node = root
        for element in path:
            node = node.setdefault(element, {})
        members.append(node)
    for node in members:
        if node:
            inner = dict(node)
            node.clear()
            node["."] = {}
            node.update(inner)
    return root


def decode(fields: Object) -> FieldSet:
    """The set which FieldsV1 writes."""
    return frozenset(_decoded(fields, ()))


def _decoded(node: Object, path: Path) -> Iterator[Path]:
    for element, inner in node.items():
        if element == ".":
            yield path
        elif inner:
            yield from _decoded(inner, (*path, element))
        else:
            yield (*path, element)


def shown(path: Path) -> str:
    """A path as messages show it: ``.spec.ports[port=80,protocol="TCP"].nodePort``."""
    return "".join(_shown(element) for element in path)


def _shown(element: str) -> str:
    kind, rest = element[0], element[2:]
    if kind == "f":
        return f".{rest}"
    value = json.loads(rest)
    if kind == "v":
        return f"[={_value(value)}]"
    return "[" + ",".join(f"{name}={_value(found)}" for name, found in value.items()) + "]"


def _value(value: Any) -> str:
    return gotext.quote(value) if isinstance(value, str) else gotext.plain(value)


def without(paths: FieldSet, roots: Iterable[Path]) -> FieldSet:
    """The set without the roots and all that is below them."""
    for root in roots:
        size = len(root)
        paths = frozenset(path for path in paths if path[:size] != root)
    return paths
