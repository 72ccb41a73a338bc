"""Single values as Go's decoder takes them: numbers in range, times, quantities, base64."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from kubeproof.sandbox.api import gotext, quantities
from kubeproof.sandbox.api.schema_types import FieldType

_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_QUANTITY_WRONG = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_RANGES = {"i": 31, "l": 63, "p": 31}


class WrongTypeError(Exception):
    """A value whose JSON type is not the field's; ``found`` names it as Go does."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(f"json: cannot unmarshal {found} into Go value of type {wanted}")
        self.found = found
        self.wanted = wanted


class WrongValueError(Exception):
    """A value that its field cannot take; the message is Go's.

    ``found`` and ``wanted`` name the types where they are what is wrong.
    """

    def __init__(self, message: str, found: str = "", wanted: str = "") -> None:
        super().__init__(message)
        self.found = found
        self.wanted = wanted


def wrong_type(value: Any, kind: FieldType) -> WrongTypeError:
    """The error for a value which the field's type does not take."""
    return WrongTypeError(_json_type(value, kind), kind.go_name)


def decode(value: Any, kind: FieldType) -> Any:
    """The value in the form it is stored. Raises WrongTypeError or WrongValueError."""
    return _DECODERS[kind.code](value, kind)


def _json_type(value: Any, kind: FieldType) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number" if kind.code not in _RANGES else f"number {value}"
    names: dict[type, str] = {str: "string", dict: "object", list: "array"}
    return names[type(value)]


def _string(value: Any, kind: FieldType) -> str:
    if type(value) is not str:
        raise wrong_type(value, kind)
    return value


def _integer(value: Any, kind: FieldType) -> int:
    if type(value) is not int or not -1 << _RANGES[kind.code] <= value < 1 << _RANGES[kind.code]:
        raise wrong_type(value, kind)
    return value


def _boolean(value: Any, kind: FieldType) -> bool:
    if type(value) is not bool:
        raise wrong_type(value, kind)
    return value


def _number(value: Any, kind: FieldType) -> float:
    if type(value) is not float and type(value) is not int:
        raise wrong_type(value, kind)
    return value


def _integer_or_string(value: Any, kind: FieldType) -> int | str:
    return value if type(value) is str else _integer(value, kind)


def _quantity(value: Any, kind: FieldType) -> str:
    text = gotext.plain(value) if type(value) in (int, float) else _string(value, kind)
    found = quantities.canonical(text)
    if found is None:
        raise WrongValueError(_QUANTITY_WRONG)
    return found


def _bytes(value: Any, kind: FieldType) -> str:
    text = _string(value, kind)
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        bad = re.search(r"[^A-Za-z0-9+/]", text)
        position = bad.start() if bad else len(text)
        raise WrongValueError(f"illegal base64 data at input byte {position}") from None
    return text


def _time(value: Any, kind: FieldType) -> str:
    text = _string(value, kind)
    if _PLAIN_TIME.fullmatch(text):
        return text
    return _moment(text, "2006-01-02T15:04:05Z07:00").strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(value: Any, kind: FieldType) -> str:
    moment = _moment(_string(value, kind), "2006-01-02T15:04:05.000000Z07:00")
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _moment(text: str, layout: str) -> datetime:
    shown = gotext.quote(text)
    wrong = f'parsing time {shown} as "{layout}": cannot parse {shown} as "2006"'
    if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", text):
        raise WrongValueError(wrong)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise WrongValueError(wrong) from None


_DECODERS: dict[str, Callable[[Any, FieldType], Any]] = {
    "b": _boolean,
    "d": _number,
    "i": _integer,
    "l": _integer,
    "m": _micro_time,
    "p": _integer_or_string,
    "q": _quantity,
    "s": _string,
    "t": _time,
    "y": _bytes,
}
