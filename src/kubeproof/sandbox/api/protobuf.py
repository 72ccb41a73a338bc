"""Bodies in Kubernetes' protobuf encoding, which kubectl's ``create`` commands and Go clients send.

Only reading: answers are JSON, which such clients accept. Field numbers are in wire.json; a field
that is not in there, being newer, makes the whole body unreadable rather than be lost.
"""

import base64
import json
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from kubeproof.sandbox.api.schema_types import FieldType, Types
from kubeproof.sandbox.objects import Object

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class ProtobufError(ValueError):
    """A body that cannot be read; the message says why."""


class _Field(NamedTuple):
    number: int
    wire_type: int
    value: Any


@cache
def _numbers() -> dict[str, dict[str, Any]]:
    return json.loads(Path(__file__).with_name("wire.json").read_bytes())


def _numbers_of(name: str) -> dict[str, Any]:
    return _numbers().get(name, {})


def read(body: bytes, types: Types) -> Object:
    """The object a body holds, as its JSON form. Raises ProtobufError."""
    if not body.startswith(_MAGIC):
        raise ProtobufError("the body does not start with the magic number of Kubernetes")
    envelope = {field.number: field.value for field in _fields(body[len(_MAGIC) :])}
    meta = {field.number: _text(field) for field in _fields(envelope.get(1, b""))}
    api_version, kind = meta.get(1, ""), meta.get(2, "")
    name = _type_name(api_version, kind, types)
    content = _object(envelope.get(2, b""), name, _numbers_of(name), types)
    return {"apiVersion": api_version, "kind": kind, **content}


def _type_name(api_version: str, kind: str, types: Types) -> str:
    group = api_version.rpartition("/")[0].partition(".")[0] or "core"
    for name in (f"{group}.{kind}", f"meta.{kind}"):
        if name in types.names:
            return name
    raise ProtobufError(f"{api_version} {kind} is not known")


def _object(body: bytes, name: str, numbers: dict[str, Any], types: Types) -> Object:
    result: Object = {}
    for field in _fields(body):
        found = numbers.get(str(field.number))
        if found is None:
            raise ProtobufError(f"field {field.number} of {name} is not known")
        if not isinstance(found, str):  # an embedded struct, whose fields are the object's own
            result |= _object(_bytes(field), name, found, types)
            continue
        kind = types[name].fields[found]
        _add(result, found, _value(field, kind, types), kind)
    return result


def _add(result: Object, key: str, value: Any, kind: FieldType) -> None:
    if kind.code == "[":
        result.setdefault(key, []).append(value)
    elif kind.code == "{":
        result.setdefault(key, {}).update(value)
    else:
        result[key] = value


def _value(field: _Field, kind: FieldType, types: Types) -> Any:
    if kind.code == "{":
        return _entry(field, kind, types)
    if kind.code == "[":
        assert kind.element is not None
        return _value(field, kind.element, types)
    if kind.code == "@":
        return _object(_bytes(field), kind.name, _numbers_of(kind.name), types)
    return _scalar(field, kind.code)


def _entry(field: _Field, kind: FieldType, types: Types) -> Object:
    """One entry of a map: its key is field 1, its value field 2."""
    assert kind.element is not None
    parts = {part.number: part for part in _fields(_bytes(field))}
    key = _text(parts[1]) if 1 in parts else ""
    value = parts.get(2, _Field(2, _BYTES, b""))
    return {key: _value(value, kind.element, types)}


def _scalar(field: _Field, code: str) -> Any:
    match code:
        case "s":
            return _text(field)
        case "i" | "l":
            return _signed(field)
        case "b":
            return bool(_signed(field))
        case "d":
            return struct.unpack("<d", _bytes(field))[0]
        case "y":
            return base64.b64encode(_bytes(field)).decode()
        case "t" | "m":
            return _time(_bytes(field), micro=code == "m")
        case "q":
            return next((_text(part) for part in _fields(_bytes(field))), "0")
        case "p":
            return _int_or_string(_bytes(field))
        case _:
            return next((json.loads(_bytes(part)) for part in _fields(_bytes(field))), None)


def _time(body: bytes, micro: bool) -> str | None:
    """A Timestamp: seconds and nanoseconds; the zero time is null."""
    parts = {part.number: _signed(part) for part in _fields(body)}
    if parts.get(1, 0) <= 0:
        return None
    moment = datetime.fromtimestamp(parts[1], UTC)
    moment = moment.replace(microsecond=parts.get(2, 0) // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _int_or_string(body: bytes) -> int | str:
    """Field 1 says which of the two it is: 0 the number in 2, 1 the text in 3."""
    parts = {part.number: part for part in _fields(body)}
    is_text = 1 in parts and _signed(parts[1]) == 1
    if is_text:
        return _text(parts[3]) if 3 in parts else ""
    return _signed(parts[2]) if 2 in parts else 0


def _bytes(field: _Field) -> bytes:
    if not isinstance(field.value, bytes):
        raise ProtobufError(f"field {field.number} has the wrong wire type")
    return field.value


def _text(field: _Field) -> str:
    return _bytes(field).decode(errors="replace")


def _signed(field: _Field) -> int:
    if not isinstance(field.value, int):
        raise ProtobufError(f"field {field.number} has the wrong wire type")
    return field.value - (1 << 64) if field.value >> 63 else field.value


def _fields(body: bytes) -> Iterator[_Field]:
    """The fields of a message, in the order they were written."""
    position = 0
    while position < len(body):
        key, position = _varint(body, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, position = _varint(body, position)
            yield _Field(number, wire_type, value)
            continue
        length = {_FIXED64: 8, _FIXED32: 4}.get(wire_type)
        if wire_type == _BYTES:
            length, position = _varint(body, position)
        if length is None or position + length > len(body):
            raise ProtobufError("the message is cut off or malformed")
        yield _Field(number, wire_type, body[position : position + length])
        position += length


def _varint(body: bytes, position: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while position < len(body) and shift < 70:
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ProtobufError("the message is cut off or malformed")
