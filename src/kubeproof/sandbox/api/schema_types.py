"""The types of the served kinds, as extracted from Kubernetes' OpenAPI.

The compact form of schema.json is explained in tools/extract_schema.py. Types are made from it
when they are first asked for.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

_SCHEMA = Path(__file__).with_name("schema.json")
_DESCRIPTIONS = Path(__file__).with_name("descriptions.json")


class FieldType(NamedTuple):
    """The type of one value and, where it is a list or a map, how it is merged."""

    code: str
    """One of the codes of schema.json: a scalar, ``[`` a list, ``{`` a map, ``@`` an object."""
    name: str = ""
    """The object's type for ``@``; the Go name of a string type."""
    element: "FieldType | None" = None
    """What a list or a map holds."""
    omits_zero: bool = False
    """A zero value is left out, as Go's omitempty does."""
    keys: tuple[str, ...] = ()
    """What tells the items of a list apart (list type ``map``)."""
    is_set: bool = False
    """A list of values, each of which occurs once (list type ``set``)."""
    atomic: bool = False
    """Owned and replaced as a whole."""
    merge_key: str = ""
    """What tells the items of a list apart in a strategic merge patch."""
    strategies: tuple[str, ...] = ()
    """Strategies of a strategic merge patch: merge, replace, retainKeys."""

    @property
    def go_name(self) -> str:
        """The type as Go's decoder names it."""
        if self.code in _GO_SCALARS:
            return _GO_SCALARS[self.code]
        if self.code == "s":
            package = "types" if self.name == "UID" else "v1"
            return f"{package}.{self.name}" if self.name else "string"
        if self.element is not None:
            return ("[]" if self.code == "[" else "map[string]") + self.element.go_name
        return f"v1.{self.name.rpartition('.')[2]}"


_GO_SCALARS = {
    "b": "bool",
    "d": "float64",
    "i": "int32",
    "l": "int64",
    "m": "string",
    "p": "int32",
    "q": "string",
    "t": "string",
    "y": "[]uint8",
}


class ObjectType(NamedTuple):
    """One object type: its fields and what Go writes of it."""

    name: str
    fields: dict[str, FieldType]
    required: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    """Fields written as empty objects where nobody set them."""
    times: tuple[str, ...] = ()
    """Fields written as null where nobody set them."""
    defaulted_keys: Mapping[str, Any] = MappingProxyType({})
    """Keys of list items whose value is understood where it is missing."""
    atomic: bool = False
    kind: tuple[str, str, str] | None = None
    """Group, version and kind, where it is a kind."""

    @property
    def go_name(self) -> str:
        """The name of the Go struct."""
        return self.name.rpartition(".")[2]


class Types:
    """All object types, by the name which schema.json gives them: ``core.ServicePort``."""

    def __init__(self, source: Path = _SCHEMA, descriptions: Path = _DESCRIPTIONS) -> None:
        self._shapes: dict[str, Any] = json.loads(source.read_bytes())
        self._types: dict[str, ObjectType] = {}
        self._descriptions_path = descriptions

    def __getitem__(self, name: str) -> ObjectType:
        found = self._types.get(name)
        if found is None:
            found = self._types[name] = _object_type(name, self._shapes[name])
        return found

    @property
    def names(self) -> list[str]:
        """Every type there is."""
        return list(self._shapes)

    @cached_property
    def descriptions(self) -> dict[str, dict[str, str]]:
        """Texts by type and field, the type's own under ""; read when first asked for."""
        return json.loads(self._descriptions_path.read_bytes())


def _object_type(name: str, shape: dict[str, Any]) -> ObjectType:
    kind = shape.get("g")
    return ObjectType(
        name,
        {key: _field_type(code) for key, code in shape.get("f", {}).items()},
        tuple(shape.get("r", ())),
        tuple(shape.get("o", ())),
        tuple(shape.get("t", ())),
        shape.get("k", {}),
        bool(shape.get("a")),
        (kind[0], kind[1], kind[2]) if kind else None,
    )


def _field_type(code: Any) -> FieldType:
    if isinstance(code, str):
        return _simple_type(code, {})
    kind, inner = code[0], code[1]
    options: dict[str, Any] = code[2] if len(code) > 2 else {}
    if kind == "@":
        return _simple_type(inner, options)
    return FieldType(kind, "", _field_type(inner), not options.get("keep"), **_options(options))


def _simple_type(code: str, options: dict[str, Any]) -> FieldType:
    bare = code.removesuffix("-")
    if bare[0] == "@":
        return FieldType("@", bare[1:], **_options(options))
    return FieldType(bare[0], bare[2:], None, bare != code)


def _options(options: dict[str, Any]) -> dict[str, Any]:
    strategy: str = options.get("strategy", "")
    return {
        "keys": tuple(options.get("keys", ())),
        "is_set": bool(options.get("set")),
        "atomic": bool(options.get("atomic")),
        "merge_key": options.get("merge", ""),
        "strategies": tuple(strategy.split(",")) if strategy else (),
    }
