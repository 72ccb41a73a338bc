"""Bodies of requests: JSON or YAML text made into values, with Go's wording where it is neither."""

import json
import re
from collections.abc import Sequence
from functools import cache
from json import JSONDecodeError
from typing import Any, cast

from kubeproof.sandbox.api import gotext, status
from kubeproof.sandbox.objects import Object

LIMIT = 3 * 1024 * 1024
"""The largest body which is read, in bytes; a real API server has the same limit."""

JSON_TYPE = "application/json"
YAML_TYPE = "application/yaml"
ACCEPTED = (JSON_TYPE, YAML_TYPE, "application/vnd.kubernetes.protobuf")


class MalformedError(ValueError):
    """Text that is not what it should be; the message is Go's."""


def read_object(text: bytes, media_type: str, kind: str) -> tuple[Object, list[str]]:
    """The object which a body holds, and the fields it gives twice.

    Raises ApiError: 415 where the media type is neither JSON nor YAML, 400 where the text is
    not an object.
    """
    try:
        value, duplicates = read(text, media_type or JSON_TYPE)
    except MalformedError as error:
        wrong = f"couldn't get version/kind; json parse error: {error}"
        raise _unrecognized(kind, wrong, text) from None
    if not isinstance(value, dict):
        what = "array" if isinstance(value, list) else type(value).__name__
        wrong = (
            f"couldn't get version/kind; json parse error: json: cannot unmarshal {what} into "
            'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
            'Kind string "json:\\"kind,omitempty\\"" }'
        )
        raise _unrecognized(kind, wrong, text)
    return cast("Object", value), duplicates


def read(text: bytes, media_type: str) -> tuple[Any, list[str]]:
    """The value of a JSON or YAML text, and the fields it gives twice.

    Raises ApiError (415) for other media types, MalformedError for text that does not parse.
    """
    if media_type == JSON_TYPE:
        return read_json(text)
    if media_type == YAML_TYPE:
        return read_yaml(text)
    raise status.unsupported_media_type(ACCEPTED)


def read_json(text: bytes) -> tuple[Any, list[str]]:
    """The value of a JSON text, and the fields it gives twice. Raises MalformedError."""
    seen = _Duplicates()
    try:
        value = json.loads(text, object_pairs_hook=seen.object)
    except JSONDecodeError as error:
        raise MalformedError(_go_message(error)) from None
    except UnicodeDecodeError:
        raise MalformedError("invalid character in string literal") from None
    return value, _paths(value, seen.found) if seen.found else []


def read_yaml(text: bytes) -> tuple[Any, list[str]]:
    """The value of a YAML text; JSON, which is YAML too, is read as JSON. Raises MalformedError."""
    if text.lstrip()[:1] in (b"{", b"["):
        try:
            return read_json(text)
        except MalformedError:
            pass  # flow style, which only looks like JSON
    import yaml  # needed for few requests, and it costs every start

    try:
        value = yaml.load(text, Loader=_yaml_loader())
    except yaml.YAMLError as error:
        shown = " ".join(str(error).split())
        raise MalformedError(f"error converting YAML to JSON: yaml: {shown}") from None
    return _as_json(value), []


def _as_json(value: Any) -> Any:
    """A YAML value as JSON has it: keys are texts, whatever they look like."""
    if isinstance(value, dict):
        members = cast("dict[Any, Any]", value)
        return {_key(key): _as_json(item) for key, item in members.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in cast("list[Any]", value)]
    return value


def _key(key: Any) -> str:
    return key if isinstance(key, str) else gotext.plain(key)


@cache
def _yaml_loader() -> Any:
    """A safe loader that leaves dates and sexagesimal numbers alone, as Go's does."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag not in _GO_DIFFERS]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    integer = re.compile(r"^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]*|[1-9][0-9_]*)$")
    number = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
    add: Any = cast("Any", Loader).add_implicit_resolver
    add("tag:yaml.org,2002:int", integer, list("-+0123456789"))
    add("tag:yaml.org,2002:float", number, list("-+.0123456789"))
    return Loader


_GO_DIFFERS = (
    "tag:yaml.org,2002:timestamp",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
)


class _Duplicates:
    """Notices objects that give a field twice while they are read."""

    def __init__(self) -> None:
        self.found: dict[int, list[str]] = {}

    def object(self, pairs: Sequence[tuple[str, Any]]) -> Object:
        value = dict(pairs)
        if len(value) != len(pairs):
            keys = [key for key, _ in pairs]
            self.found[id(value)] = sorted({key for key in keys if keys.count(key) > 1})
        return value


def _paths(value: Any, found: dict[int, list[str]], path: str = "") -> list[str]:
    """The full paths of the duplicates, in the order of the text."""
    texts: list[str] = []
    if isinstance(value, dict):
        members = cast("Object", value)
        for key in found.get(id(members), []):
            texts.append(f"duplicate field {gotext.quote(_joined(path, key))}")
        for key, item in members.items():
            texts += _paths(item, found, _joined(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            texts += _paths(item, found, f"{path}[{index}]")
    return texts


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _go_message(error: JSONDecodeError) -> str:
    """A syntax error as Go's decoder words it."""
    rest = error.doc[error.pos :]
    if not rest.strip() or "Unterminated" in error.msg:
        return "unexpected end of JSON input"
    char = rest.lstrip()[0]
    shown = "'\\''" if char == "'" else f"'{char}'"
    before = error.doc[: error.pos].rstrip()[-1:]
    places = {
        "Expecting value": "looking for beginning of value",
        "Expecting property name enclosed in double quotes": (
            "looking for beginning of object key string"
        ),
        "Expecting ':' delimiter": "after object key",
        "Extra data": "after top-level value",
        "Invalid control character at": "in string literal",
        "Invalid \\escape": "in string escape code",
    }
    place = places.get(error.msg)
    if place is None:
        place = "after array element" if before == "]" else "after object key:value pair"
    return f"invalid character {shown} {place}"


def _unrecognized(kind: str, why: str, text: bytes) -> status.ApiError:
    return status.bad_request(
        f"the object provided is unrecognized (must be of type {kind}): {why} ({_summary(text)})"
    )


def _summary(text: bytes) -> str:
    if not text:
        return "<empty>"
    more = " ..." if len(text) > 30 else ""
    shown = text[:30].decode(errors="replace") if text[:1] == b"{" else text[:30].hex()
    return shown + more
