"""ConfigMaps, Secrets and ServiceAccounts. Source: core validation of Kubernetes 1.36."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import complaints, unchanged
from kubeproof.sandbox.kinds.parts import annotations_of, pairs, text
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.kinds.service_defaults import set_default
from kubeproof.sandbox.objects import Object

LARGEST = 1024 * 1024
"""Bytes that all values of a ConfigMap or Secret may take."""

_ACCOUNT = "kubernetes.io/service-account.name"
_NEEDED = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_LOCKED = "field is immutable when `immutable` is set"


class ServiceAccountRules(Rules):
    """The rules of ServiceAccounts: only their metadata."""

    whole_on_update = True


class ConfigMapRules(Rules):
    """The rules of ConfigMaps."""

    whole_on_update = True

    def check(self, obj: Object) -> list[FieldError]:
        """Keys are names of files; no key is in both maps; all together is not too large."""
        data, binary = pairs(obj, "data"), pairs(obj, "binaryData")
        errors = _validate_keys(data, "data", binary)
        errors += _validate_keys(binary, "binaryData", {})
        size = sum(len(value.encode()) for value in data.values())
        size += sum(len(_decoded(value)) for value in binary.values())
        return [*errors, *([FieldError.too_long("", "", LARGEST)] if size > LARGEST else [])]

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """A locked ConfigMap stays as it is."""
        return [*_validate_lock(obj, old, ("data", "binaryData")), *self.check(obj)]


def _validate_keys(
    data: Mapping[str, str], field: str, other: Mapping[str, str]
) -> list[FieldError]:
    errors: list[FieldError] = []
    for key in sorted(data):
        errors += complaints(f"{field}[{key}]", key, names.config_key)
        if key in other:
            detail = "duplicate of key present in binaryData"
            errors.append(FieldError.invalid(f"{field}[{key}]", key, detail))
    return errors


def _decoded(value: str) -> bytes:
    """The bytes that base64 text stands for; text that is none was refused when it was read."""
    try:
        return base64.b64decode(value)
    except binascii.Error:
        return b""


def _validate_lock(obj: Object, old: Object, fields: Iterable[str]) -> Iterable[FieldError]:
    if not old.get("immutable"):
        return
    if not obj.get("immutable"):
        yield FieldError.forbidden("immutable", _LOCKED)
    for field in fields:
        if pairs(obj, field) != pairs(old, field):
            yield FieldError.forbidden(field, _LOCKED)


class SecretRules(Rules):
    """The rules of Secrets."""

    whole_on_update = True

    def default(self, obj: Object) -> None:
        """stringData is a way to write data and never read back."""
        plain: dict[str, str] = obj.pop("stringData", None) or {}
        if plain:
            encoded = {
                key: base64.b64encode(value.encode()).decode() for key, value in plain.items()
            }
            obj["data"] = {**pairs(obj, "data"), **encoded}
        set_default(obj, "type", "Opaque")

    def check(self, obj: Object) -> list[FieldError]:
        """Keys are names of files, and some types need certain ones."""
        data = pairs(obj, "data")
        errors = _validate_keys(data, "data", {})
        if sum(len(_decoded(value)) for value in data.values()) > LARGEST:
            errors.append(FieldError.too_long("data", "", LARGEST))
        return [*errors, *_validate_type(obj)]

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """The type stays; a locked Secret stays as it is."""
        return [
            *unchanged("type", text(obj, "type"), text(old, "type")),
            *_validate_lock(obj, old, ("data",)),
            *self.check(obj),
        ]

    def selectable(self, obj: Object) -> dict[str, str]:
        """Fields that a field selector may name."""
        return {"type": text(obj, "type")}


def _validate_type(secret: Object) -> Iterable[FieldError]:
    kind, data = text(secret, "type"), pairs(secret, "data")
    for key in _NEEDED.get(kind, ()):
        if key not in data or (kind == "kubernetes.io/ssh-auth" and not data[key]):
            yield FieldError.required(f"data[{key}]")
        elif key.startswith(".dockerc"):
            yield from _validate_json(data[key], f"data[{key}]")
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & data.keys():
        yield FieldError.required("data[username]")
        yield FieldError.required("data[password]")
    if kind == "kubernetes.io/service-account-token" and not annotations_of(secret).get(_ACCOUNT):
        yield FieldError.required(f"metadata.annotations[{_ACCOUNT}]")


def _validate_json(value: str, field: str) -> Iterable[FieldError]:
    try:
        json.loads(_decoded(value))
    except ValueError as error:
        yield FieldError.invalid(field, "<secret contents redacted>", str(error))
