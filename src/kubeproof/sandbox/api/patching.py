"""Patches: JSON patch, merge patch and strategic merge patch made into the object they ask for.

Codes and wording follow ``endpoints/handlers/patch.go`` of k8s.io/apiserver; server-side apply is
in server_side_apply.
"""

from typing import Any, cast

from kubeproof.sandbox.api import gotext, json_patch, merge_patch, status, strategic_merge_patch
from kubeproof.sandbox.api.body import MalformedError, read_json, read_yaml
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.json_patch import PatchError
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.scalars import WrongValueError
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.strategic_merge_patch import StrategicPatchError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object

JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
TYPES = (JSON, MERGE, STRATEGIC, APPLY)


def patched(
    schema: Schema, kind: ResourceType, live: Object, patch: bytes, media_type: str, writer: Writer
) -> Object:
    """The object which a patch makes of the live one.

    Raises ApiError: 400 where the patch does not parse, 422 where it does not fit the object.
    """
    value, duplicates = _read(patch)
    if media_type == JSON:
        duplicates = [f"json patch {text}" for text in duplicates]
    body = _applied(schema, kind, live, value, media_type)
    shown = gotext.structure(value) if media_type == STRATEGIC else gotext.marshal(body)
    return _decoded(schema, kind, body, shown, [*writer.duplicates, *duplicates], writer)


def configuration(patch: bytes, writer: Writer) -> Object:
    """The configuration which a server-side apply brings. Raises ApiError (400)."""
    try:
        value, duplicates = read_yaml(patch)
    except MalformedError as error:
        raise status.bad_request(f"error decoding YAML: {error}") from None
    if not isinstance(value, dict):
        wrong = f"json: cannot unmarshal {gotext.plain(type(value).__name__)} into Go value"
        raise status.bad_request(f"error decoding YAML: error unmarshaling JSON: {wrong}")
    if duplicates and writer.field_validation == "Strict":
        raise status.bad_request(f"error strict decoding YAML: {', '.join(duplicates)}")
    if writer.field_validation == "Warn":
        writer.warnings += duplicates
    return cast("Object", value)


def _read(patch: bytes) -> tuple[Any, list[str]]:
    try:
        return read_json(patch)
    except MalformedError as error:
        raise status.bad_request(f"error decoding patch: {error}") from None


def _applied(
    schema: Schema, kind: ResourceType, live: Object, patch: Any, media_type: str
) -> Object:
    if media_type == JSON:
        return _json_patched(live, patch)
    if not isinstance(patch, dict):
        raise status.bad_request("Invalid JSON Patch")
    members = cast("Object", patch)
    if media_type == MERGE:
        return merge_patch.apply(live, members)
    try:
        return strategic_merge_patch.apply(schema.types, live, members, schema.field_type(kind))
    except StrategicPatchError as error:
        raise status.ApiError(500, "", str(error)) from None


def _json_patched(live: Object, patch: Any) -> Object:
    if not isinstance(patch, list):
        what = "object" if isinstance(patch, dict) else "value"
        raise status.bad_request(
            f"error decoding patch: json: cannot unmarshal {what} into Go value of type "
            "[]handlers.jsonPatchOp"
        )
    operations = cast("list[Object]", patch)
    if len(operations) > json_patch.LIMIT:
        raise status.too_large(
            f"The allowed maximum operations in a JSON patch is {json_patch.LIMIT}, "
            f"got {len(operations)}"
        )
    try:
        result = json_patch.apply(live, operations)
    except PatchError:
        raise _unprocessable() from None
    if not isinstance(result, dict):
        raise _unprocessable()
    return cast("Object", result)


def _unprocessable() -> status.ApiError:
    message = "the server rejected our request due to an error in our request"
    return status.ApiError(422, "Invalid", message, {})


def _decoded(
    schema: Schema,
    kind: ResourceType,
    body: Object,
    shown: str,
    duplicates: list[str],
    writer: Writer,
) -> Object:
    try:
        obj, strict = schema.read(kind, body)
    except WrongValueError as error:
        raise _invalid(shown, _converter_text(error) if shown[:1] != "{" else str(error)) from None
    strict = [*duplicates, *strict]
    if strict and writer.field_validation == "Strict":
        raise _invalid(shown, f"strict decoding error: {', '.join(strict)}")
    if writer.field_validation == "Warn":
        writer.warnings += strict
    return obj


def _converter_text(error: WrongValueError) -> str:
    """A wrong type as the converter words it, which strategic merge patches go through."""
    if not error.wanted:
        return str(error)
    found = error.found.partition(" ")[0].replace("object", "map")
    if error.wanted.startswith("[]"):
        return f"cannot restore slice from {found}"
    if error.wanted.startswith("map["):
        return f"cannot restore map from {found}"
    return f"unrecognized type: {error.wanted.rpartition('.')[2]}"


def _invalid(shown: str, why: str) -> status.ApiError:
    return status.invalid("", "", [FieldError.invalid("patch", shown, why)])
