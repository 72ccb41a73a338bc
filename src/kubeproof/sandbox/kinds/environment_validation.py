"""What is wrong with a container's environment. Source: core validation of 1.36."""

import re
from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import part, parts, text
from kubeproof.sandbox.objects import Object

FIELD_PATHS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
RESOURCES = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_SUBSCRIPT = re.compile(r"(?P<path>.*)\['(?P<key>.*)'\]")


def validate_environment(container: Object, field: str) -> Iterable[FieldError]:
    """env and envFrom."""
    for index, variable in enumerate(parts(container, "env")):
        where = f"{field}.env[{index}]"
        if text(variable, "name"):
            yield from complaints(f"{where}.name", variable["name"], names.environment_name)
        else:
            yield FieldError.required(f"{where}.name")
        if variable.get("valueFrom") is not None:
            yield from _validate_source(variable, f"{where}.valueFrom")
    for index, source in enumerate(parts(container, "envFrom")):
        yield from _validate_from(source, f"{field}.envFrom", index)


def _validate_source(variable: Object, field: str) -> Iterable[FieldError]:
    source = part(variable, "valueFrom")
    given = [name for name in _SOURCES if source.get(name) is not None]
    for name in given:
        yield from _validate_reference(name, source[name], f"{field}.{name}")
    detail = ""
    if not given:
        detail = (
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
            "`secretKeyRef` or `fileKeyRef`"
        )
    elif text(variable, "value"):
        detail = "may not be specified when `value` is not empty"
    elif len(given) > 1:
        detail = "may not have more than one field specified at a time"
    if detail:
        yield FieldError.invalid(field, "", detail)


def _validate_reference(name: str, reference: Object, field: str) -> Iterable[FieldError]:
    if name == "fieldRef":
        yield from validate_field_reference(reference, field, FIELD_PATHS)
    elif name == "resourceFieldRef":
        yield from _validate_resource(reference, field)
    elif name in ("configMapKeyRef", "secretKeyRef"):
        yield from complaints(f"{field}.name", text(reference, "name"), names.dns_subdomain)
        if not text(reference, "key"):
            yield FieldError.required(f"{field}.key")
        else:
            yield from complaints(f"{field}.key", reference["key"], names.config_key)


def validate_field_reference(
    reference: Object, field: str, known: tuple[str, ...]
) -> Iterable[FieldError]:
    """A reference of the downward API to a field of the Pod."""
    path = text(reference, "fieldPath")
    if not path:
        yield FieldError.required(f"{field}.fieldPath")
        return
    subscript = _SUBSCRIPT.fullmatch(path)
    if subscript is None:
        yield from _validate_path(path, field, known)
    elif subscript["path"] == "metadata.annotations":
        yield from complaints(field, subscript["key"].lower(), names.label_key)
    elif subscript["path"] == "metadata.labels":
        yield from complaints(field, subscript["key"], names.label_key)
    else:
        yield FieldError.invalid(f"{field}.fieldPath", path, _unknown(path))


def _validate_path(path: str, field: str, known: tuple[str, ...]) -> Iterable[FieldError]:
    if path in known:
        return
    if path in ("metadata.annotations", "metadata.labels", *FIELD_PATHS):
        yield FieldError.not_supported(f"{field}.fieldPath", path, known)
    else:
        yield FieldError.invalid(f"{field}.fieldPath", path, _unknown(path))


def _unknown(path: str) -> str:
    return f"error converting fieldPath: field label not supported: {path}"


def _validate_resource(reference: Object, field: str) -> Iterable[FieldError]:
    resource = text(reference, "resource")
    if not resource:
        yield FieldError.required(f"{field}.resource")
    elif resource not in RESOURCES and not re.match(r"(limits|requests)\.hugepages-", resource):
        yield FieldError.not_supported(f"{field}.resource", resource, RESOURCES)


def _validate_from(source: Object, field: str, index: int) -> Iterable[FieldError]:
    where = f"{field}[{index}]"
    if text(source, "prefix"):
        yield from complaints(f"{where}.prefix", source["prefix"], names.environment_name)
    given = [name for name in ("configMapRef", "secretRef") if source.get(name) is not None]
    for name in given:
        if text(source[name], "name"):
            yield from complaints(f"{where}.{name}.name", source[name]["name"], names.dns_subdomain)
        else:
            yield FieldError.required(f"{where}.{name}.name")
    if not given:
        yield FieldError.invalid(field, "", "must specify one of: `configMapRef` or `secretRef`")
    elif len(given) > 1:
        detail = "may not have more than one field specified at a time"
        yield FieldError.invalid(field, "", detail)
