"""Bodies made into objects as a Go API server makes them.

Types are checked with the wording of Go's decoder; null and zero values that Go leaves out are
left out, and what Go writes unasked is written, so that objects look like a real server's.
"""

from typing import Any, cast

from kubeproof.sandbox.api import scalars
from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.scalars import WrongTypeError, WrongValueError
from kubeproof.sandbox.api.schema_types import FieldType, ObjectType, Types
from kubeproof.sandbox.objects import Object

_ZEROES: dict[str, Any] = {"b": False, "d": 0, "i": 0, "l": 0, "s": ""}


class Decoder:
    """One body on its way; ``unknown`` collects the fields which its types do not have."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._path: list[str | int] = []
        self._struct = ""
        self.unknown: list[str] = []

    def decode(self, body: Object, kind: ObjectType) -> Object:
        """The body as an object of the kind, sharing nothing with it.

        Raises WrongTypeError or WrongValueError with the message Go's decoder gives.
        """
        return self._object(body, kind)

    def _object(self, value: Any, kind: ObjectType) -> Object:
        result: Object = {}
        fields, path = kind.fields, self._path
        for key, item in value.items():
            field = fields.get(key)
            if field is None:
                self.unknown.append(_shown([*path, key], indexes=True))
                continue
            if item is None:
                continue
            path.append(key)
            try:
                decoded = self._value(item, field)
            except WrongTypeError as error:
                raise self._placed(error, kind) from None
            if decoded or not field.omits_zero:
                result[key] = decoded
            path.pop()
        if kind.required or kind.objects or kind.times:
            self._complete(result, kind)
        return result

    def _value(self, value: Any, field: FieldType) -> Any:
        code = field.code
        if code == "@":
            if type(value) is not dict:
                raise scalars.wrong_type(value, field)
            return self._object(cast("Object", value), self._types[field.name])
        if code == "[":
            return self._list(value, field)
        if code == "{":
            return self._map(value, field)
        if code == "x":
            return copied(value)
        return scalars.decode(value, field)

    def _list(self, value: Any, field: FieldType) -> list[Any]:
        if type(value) is not list:
            raise scalars.wrong_type(value, field)
        element = field.element
        assert element is not None
        result: list[Any] = []
        for index, item in enumerate(cast("list[Any]", value)):
            self._path.append(index)
            result.append(self._zero(element) if item is None else self._value(item, element))
            self._path.pop()
        return result

    def _map(self, value: Any, field: FieldType) -> Object:
        if type(value) is not dict:
            raise scalars.wrong_type(value, field)
        element = field.element
        assert element is not None
        return {
            key: self._zero(element) if item is None else self._value(item, element)
            for key, item in cast("Object", value).items()
        }

    def _zero(self, field: FieldType) -> Any:
        """What null means as an item of a list or a map."""
        if field.code == "@":
            return self._object({}, self._types[field.name])
        return _ZEROES.get(field.code)

    def _complete(self, obj: Object, kind: ObjectType) -> None:
        """Add what Go writes although nobody set it; lists it writes as null are left out."""
        for key in kind.required:
            if key not in obj and (zero := _ZEROES.get(kind.fields[key].code)) is not None:
                obj[key] = zero
        for key in kind.objects:
            if key not in obj:
                obj[key] = self._zero(kind.fields[key])
        for key in kind.times:
            obj.setdefault(key, None)

    def _placed(self, error: WrongTypeError, kind: ObjectType) -> WrongValueError:
        """The error with the place where it happened: the struct and the path of the field."""
        where = f"{kind.go_name}.{_shown(self._path, indexes=False)}"
        return WrongValueError(
            f"json: cannot unmarshal {error.found} into Go struct field {where} "
            f"of type {error.wanted}",
            error.found,
            error.wanted,
        )


def unset(types: Types, kind: ObjectType) -> Object:
    """What Go writes of an object of which nothing is set, lists that are null included."""
    result: Object = {}
    for key in kind.required:
        result[key] = _ZEROES.get(kind.fields[key].code)
    for key in kind.objects:
        result[key] = unset(types, types[kind.fields[key].name])
    return result | dict.fromkeys(kind.times)


def _shown(path: list[str | int], indexes: bool) -> str:
    text = ""
    for step in path:
        if isinstance(step, str):
            text += f".{step}" if text else step
        elif indexes:
            text += f"[{step}]"
    return text
