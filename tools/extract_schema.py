"""Extract the sandbox's schema from the JSON schemas of the PyPI package kubernetes-validate.

    pip install kubernetes-validate && python tools/extract_schema.py

It writes src/kubeproof/sandbox/api/schema.json (types of fields, keys of lists, patch
strategies: read at every start, so compact) and descriptions.json (read by `kubectl explain`).

A type is ``{"f": {field: code}}`` and maybe ``"r"`` (required fields), ``"o"`` (objects that are
always written), ``"t"`` (times that are), ``"k"`` (defaults of key fields), ``"a"`` (1: atomic),
``"g"`` ([group, version, kind] of a kind). A code is a string: ``s`` string (``s:Name`` a string
type), ``i`` int32, ``l`` int64, ``d`` float64, ``b`` bool, ``y`` bytes, ``p`` int or string,
``q`` quantity, ``t`` time, ``m`` time with microseconds, ``x`` anything, ``@Type`` an object; a
trailing ``-`` says that a zero value is left out. Lists and maps are arrays: ``["[", code]`` and
``["{", code]``, followed by their options where they have any: ``keys``, ``set``, ``atomic``,
``merge`` (key), ``strategy``, ``keep`` (an empty one is written).
"""

import argparse
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import go_shapes

VERSION = "v1.36.0-local"
API = Path(__file__).parent.parent / "src/kubeproof/sandbox/api"
ROOTS = [
    "io.k8s.api.apps.v1.DaemonSet",
    "io.k8s.api.apps.v1.Deployment",
    "io.k8s.api.apps.v1.ReplicaSet",
    "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
    "io.k8s.api.autoscaling.v1.Scale",
    "io.k8s.api.coordination.v1.Lease",
    "io.k8s.api.core.v1.Binding",
    "io.k8s.api.core.v1.ConfigMap",
    "io.k8s.api.core.v1.Endpoints",
    "io.k8s.api.core.v1.Event",
    "io.k8s.api.core.v1.Namespace",
    "io.k8s.api.core.v1.Node",
    "io.k8s.api.core.v1.Pod",
    "io.k8s.api.core.v1.Secret",
    "io.k8s.api.core.v1.Service",
    "io.k8s.api.core.v1.ServiceAccount",
    "io.k8s.api.discovery.v1.EndpointSlice",
    "io.k8s.api.networking.v1.IPAddress",
    "io.k8s.api.networking.v1.NetworkPolicy",
    "io.k8s.api.networking.v1.ServiceCIDR",
    "io.k8s.api.policy.v1.Eviction",
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
]
SPECIAL = {
    "FieldsV1": "x",
    "IntOrString": "p",
    "MicroTime": "m",
    "Quantity": "q",
    "RawExtension": "x",
    "Time": "t",
}
SCALARS = {
    ("boolean", ""): "b",
    ("integer", "int32"): "i",
    ("integer", "int64"): "l",
    ("number", "double"): "d",
    ("object", ""): "x",
    ("string", ""): "s",
    ("string", "byte"): "y",
}
NAMED = {field: name for name, fields in go_shapes.NAMED.items() for field in fields}

Json = dict[str, Any]


def short(reference: str) -> str:
    """``core.ServicePort`` for ``#/$defs/io.k8s.api.core.v1.ServicePort``."""
    parts = reference.rsplit("/", 1)[-1].split(".")
    return f"{parts[-3]}.{parts[-1]}"


def references(schema: object) -> Iterator[str]:
    """Every type which a schema refers to."""
    if isinstance(schema, dict):
        for key, value in cast("Json", schema).items():
            if key == "$ref":
                yield value.rsplit("/", 1)[-1]
            else:
                yield from references(value)
    elif isinstance(schema, list):
        for item in cast("list[object]", schema):
            yield from references(item)


def closure(definitions: Json) -> list[str]:
    """The served kinds and all they refer to, without the special types."""
    found: set[str] = set()
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name not in found and name.rsplit(".", 1)[-1] not in SPECIAL:
            found.add(name)
            waiting += references(definitions[name])
    return sorted(found)


def scalar_type(schema: Json) -> str:
    """The JSON type, of which some say that null is allowed too."""
    kind: str | list[str] = schema.get("type", "object")
    return kind if isinstance(kind, str) else kind[0]


class Type:
    """One object type on its way into the compact form."""

    def __init__(self, name: str, schema: Json) -> None:
        self.path = name
        self.name = name.rsplit(".", 1)[-1]
        self.schema = schema
        self.required: list[str] = schema.get("required", [])

    def encode(self) -> Json:
        """The compact form of the type."""
        fields: Json = self.schema.get("properties", {})
        kinds: list[Json] = self.schema.get("x-kubernetes-group-version-kind", [])
        shape = {
            "f": {field: self.code(field, schema) for field, schema in fields.items()},
            "r": [name for name in self.required if "$ref" not in fields[name]],
            "o": go_shapes.ALWAYS_OBJECTS.get(self.name, []),
            "t": go_shapes.ALWAYS_TIMES.get(self.name, []),
            "k": go_shapes.DEFAULTED_KEYS.get(self.name, {}),
            "a": int(self.schema.get("x-kubernetes-map-type") == "atomic"),
        }
        if len(kinds) == 1:
            shape["g"] = [kinds[0]["group"], kinds[0]["version"], kinds[0]["kind"]]
        return {key: value for key, value in shape.items() if value}

    def code(self, field: str, schema: Json) -> Any:
        """The code of one field; a reference may carry options of its own."""
        if "$ref" in schema:
            return self.reference(schema)
        kind = scalar_type(schema)
        if kind == "array":
            return self.collection("[", schema["items"], field, schema)
        if kind == "object" and "additionalProperties" in schema:
            return self.collection("{", schema["additionalProperties"], field, schema)
        code = SCALARS[kind, schema.get("format", "")]
        return self.named(code, field) + ("-" if self.omits_zero(code, field) else "")

    def reference(self, schema: Json) -> Any:
        """A field of another type."""
        name = schema["$ref"].rsplit(".", 1)[-1]
        code = SPECIAL.get(name) or f"@{short(schema['$ref'])}"
        options = self.options(schema)
        return ["@", code, options] if options else code

    def collection(self, kind: str, items: Json, field: str, schema: Json) -> list[Any]:
        """A list or a map."""
        options = self.options(schema)
        if field in self.required or field in go_shapes.KEPT_EMPTY.get(self.name, []):
            options["keep"] = 1
        inner = Type(self.path, {}).code(field, items)
        inner = inner.removesuffix("-") if isinstance(inner, str) else inner
        return [kind, inner, options] if options else [kind, inner]

    def options(self, schema: Json) -> Json:
        """List and map semantics and patch strategies, under short names."""
        kind = schema.get("x-kubernetes-list-type") or schema.get("x-kubernetes-map-type")
        found = {
            "atomic": int(kind == "atomic"),
            "set": int(kind == "set"),
            "keys": schema.get("x-kubernetes-list-map-keys"),
            "merge": schema.get("x-kubernetes-patch-merge-key"),
            "strategy": schema.get("x-kubernetes-patch-strategy"),
        }
        return {key: value for key, value in found.items() if value}

    def named(self, code: str, field: str) -> str:
        """The code of a string, with the name of its type where it has one."""
        name = NAMED.get(f"{self.name}.{field}")
        return f"s:{name}" if name and code == "s" else code

    def omits_zero(self, code: str, field: str) -> bool:
        """Whether Go leaves out a zero value of the field."""
        if field in self.required:
            return False
        if code == "s":
            pointers = go_shapes.STRING_POINTERS
            return field not in pointers.get(short(self.path), pointers.get(self.name, []))
        return field in go_shapes.PLAIN_SCALARS.get(self.name, [])


def described(schema: Json) -> Json:
    """The descriptions of a type: its own under "", then those of its fields."""
    fields: Json = schema.get("properties", {})
    texts = {"": schema.get("description", "")}
    texts |= {field: value.get("description", "") for field, value in fields.items()}
    return {key: text for key, text in texts.items() if text}


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--output", type=Path, default=API)
    output: Path = parser.parse_args().output
    source = files("kubernetes_validate") / "kubernetes-json-schema" / VERSION
    definitions = json.loads((source / "_definitions.json").read_text())["$defs"]
    names = closure(definitions)
    types = {short(name): Type(name, definitions[name]).encode() for name in names}
    texts = {short(name): described(definitions[name]) for name in names}
    write(output / "schema.json", types)
    write(output / "descriptions.json", texts)


def write(path: Path, value: Json) -> None:
    """One compact line of JSON, in the order of the keys."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
