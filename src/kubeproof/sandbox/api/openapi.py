"""OpenAPI documents made from the extracted schema: what `kubectl explain` and validation read.

Version 3 is one document per group and version, as a Kubernetes API server gives it; version 2
is the same in one document, for older clients that take JSON.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Any

from aiohttp import web

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.answers import answer, negotiate
from kubeproof.sandbox.api.resources import ResourceType, groups
from kubeproof.sandbox.api.schema_types import FieldType, ObjectType, Types
from kubeproof.sandbox.objects import Object

_PACKAGES = {"meta": "io.k8s.apimachinery.pkg.apis.meta.v1"}
_SCALARS: dict[str, Object] = {
    "b": {"type": "boolean"},
    "d": {"type": "number", "format": "double"},
    "i": {"type": "integer", "format": "int32"},
    "l": {"type": "integer", "format": "int64"},
    "m": {"type": "string", "format": "date-time"},
    "s": {"type": "string"},
    "t": {"type": "string", "format": "date-time"},
    "x": {"type": "object"},
    "y": {"type": "string", "format": "byte"},
}
_UNIONS: dict[str, Object] = {
    "p": {"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"},
    "q": {"oneOf": [{"type": "string"}, {"type": "number"}]},
}
_V2_UNIONS: dict[str, Object] = {
    "p": {"type": "string", "format": "int-or-string"},
    "q": {"type": "string"},
}
_ACTIONS = {
    "get": ("get", "get"),
    "update": ("put", "put"),
    "patch": ("patch", "patch"),
    "delete": ("delete", "delete"),
    "list": ("get", "list"),
    "create": ("post", "post"),
    "deletecollection": ("delete", "deletecollection"),
}
_ON_ONE = ("get", "update", "patch", "delete")
_ON_ALL = ("list", "create", "deletecollection")
_WRITING = ("create", "update", "patch")


class OpenAPI:
    """The documents, made when they are first asked for."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._documents: dict[str, Object] = {}

    def answer(self, request: web.Request, parts: list[str]) -> web.Response:
        """Answer a path below /openapi. Raises ApiError (404)."""
        if parts == ["v2"]:
            return answer(self._document("v2", self._v2), negotiate(request))
        if parts == ["v3"]:
            return answer(self._index(), negotiate(request))
        path = "/".join(parts[1:])
        found = next((gv for gv in groups() if _path(*gv) == path), None)
        if parts[0] != "v3" or found is None:
            raise status.no_such_path()
        document = self._document(path, lambda: self._v3(*found))
        return answer(document, negotiate(request))

    def _document(self, key: str, make: Callable[[], Object]) -> Object:
        if key not in self._documents:
            self._documents[key] = make()
        return self._documents[key]

    def _index(self) -> Object:
        stamp = f"{zlib.crc32(repr(self._types.descriptions).encode()):08X}"
        paths = {
            _path(*found): {"serverRelativeURL": f"/openapi/v3/{_path(*found)}?hash={stamp}"}
            for found in groups()
        }
        return {"paths": paths}

    def _v3(self, group: str, version: str) -> Object:
        kinds = groups()[group, version]
        names = self._reachable(kinds)
        maker = _Schemas(self._types, "#/components/schemas/", _UNIONS)
        return {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": "v1.36.2"},
            "paths": _paths(kinds, maker, body=True),
            "components": {"schemas": {full_name(name): maker.type(name) for name in names}},
        }

    def _v2(self) -> Object:
        kinds = [kind for found in groups().values() for kind in found]
        maker = _Schemas(self._types, "#/definitions/", _V2_UNIONS)
        return {
            "swagger": "2.0",
            "info": {"title": "Kubernetes", "version": "v1.36.2"},
            "paths": _paths(kinds, maker, body=False),
            "definitions": {full_name(name): maker.type(name) for name in self._types.names},
        }

    def _reachable(self, kinds: list[ResourceType]) -> list[str]:
        """The types of the kinds and all they refer to."""
        waiting = [type_name(kind.group, kind.kind) for kind in kinds]
        waiting += ["meta.DeleteOptions", "meta.Status"]
        waiting += [
            type_name(found.group or kind.group, found.kind)
            for kind in kinds
            for found in kind.subresources
        ]
        known = set(self._types.names)
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in known and name not in reached:
                reached.add(name)
                waiting += _references(self._types[name])
        return sorted(reached)


class _Schemas:
    """Types as schemas, in the dialect of one version."""

    def __init__(self, types: Types, prefix: str, unions: dict[str, Object]) -> None:
        self._types = types
        self._prefix = prefix
        self._unions = unions

    def type(self, name: str) -> Object:
        """The schema of an object type."""
        kind = self._types[name]
        texts = self._types.descriptions.get(name, {})
        schema: Object = {"description": texts.get("", ""), "type": "object"}
        schema["properties"] = {
            field: self._field(found, texts.get(field, "")) for field, found in kind.fields.items()
        }
        if kind.required:
            schema["required"] = list(kind.required)
        if kind.atomic:
            schema["x-kubernetes-map-type"] = "atomic"
        if kind.kind is not None:
            schema["x-kubernetes-group-version-kind"] = [_gvk(*kind.kind)]
        return schema

    def reference(self, name: str) -> Object:
        """A reference to an object type."""
        return {"$ref": self._prefix + full_name(name)}

    def _field(self, field: FieldType, description: str) -> Object:
        schema = self._value(field)
        if "$ref" in schema and self._prefix.startswith("#/components"):
            wrapped: Object = {"allOf": [schema], "default": {}}
            schema = wrapped
        own: Object = {"description": description} if description else {}
        return {**schema, **own, **_extensions(field)}

    def _value(self, field: FieldType) -> Object:
        if field.code == "@":
            return self.reference(field.name)
        if field.element is not None:
            inner = self._value(field.element)
            if field.code == "[":
                return {"type": "array", "items": inner}
            return {"type": "object", "additionalProperties": inner}
        return dict(self._unions.get(field.code) or _SCALARS[field.code])


def type_name(group: str, kind: str) -> str:
    """The name of a kind's type in schema.json."""
    return f"{group.partition('.')[0] or 'core'}.{kind}"


def full_name(name: str) -> str:
    """The name of a type as Kubernetes publishes it: ``io.k8s.api.core.v1.Service``."""
    group, _, kind = name.partition(".")
    return f"{_PACKAGES.get(group, f'io.k8s.api.{group}.v1')}.{kind}"


def _path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _references(kind: ObjectType) -> Iterator[str]:
    for field in kind.fields.values():
        found: FieldType | None = field
        while found is not None:
            if found.code == "@":
                yield found.name
            found = found.element


def _extensions(field: FieldType) -> Object:
    keyword = "list" if field.code == "[" else "map"
    kind = "atomic" if field.atomic else "set" if field.is_set else "map" if field.keys else ""
    found: Object = {
        f"x-kubernetes-{keyword}-type": kind,
        "x-kubernetes-list-map-keys": list(field.keys),
        "x-kubernetes-patch-merge-key": field.merge_key,
        "x-kubernetes-patch-strategy": ",".join(field.strategies),
    }
    return {key: value for key, value in found.items() if value}


def _gvk(group: str, version: str, kind: str) -> Object:
    return {"group": group, "version": version, "kind": kind}


def _paths(kinds: list[ResourceType], maker: _Schemas, body: bool) -> Object:
    paths: Object = {}
    for kind in kinds:
        root = f"/{_path(kind.group, kind.version)}"
        if kind.namespaced:
            paths[f"{root}/{kind.plural}"] = _operations(kind, ("list",), maker, body)
            root += "/namespaces/{namespace}"
        paths[f"{root}/{kind.plural}"] = _operations(kind, _ON_ALL, maker, body)
        if "get" in kind.verbs:
            one = f"{root}/{kind.plural}/{{name}}"
            paths[one] = _operations(kind, _ON_ONE, maker, body)
    return {path: operations for path, operations in paths.items() if operations}


def _operations(kind: ResourceType, verbs: tuple[str, ...], maker: _Schemas, body: bool) -> Object:
    return {
        _ACTIONS[verb][0]: _operation(kind, verb, maker, body)
        for verb in verbs
        if verb in kind.verbs
    }


def _operation(kind: ResourceType, verb: str, maker: _Schemas, body: bool) -> Object:
    names = ["dryRun", "fieldManager", "fieldValidation"] if verb in _WRITING else []
    answer_schema = maker.reference(type_name(kind.group, kind.kind))
    content: Any = {"application/json": {"schema": answer_schema}}
    response = {"description": "OK", **({"content": content} if body else {})}
    return {
        "parameters": [_parameter(name, body) for name in names],
        "responses": {"200": response},
        "x-kubernetes-action": _ACTIONS[verb][1],
        "x-kubernetes-group-version-kind": _gvk(kind.group, kind.version, kind.kind),
    }


def _parameter(name: str, body: bool) -> Object:
    schema: Object = {"schema": {"type": "string", "uniqueItems": True}}
    shape = schema if body else {"type": "string", "uniqueItems": True}
    return {"name": name, "in": "query", **shape}
