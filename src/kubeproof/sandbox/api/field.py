"""Field errors: what is wrong with one field, worded as Kubernetes words it.

Meanings and wording follow k8s.io/apimachinery's ``util/validation/field`` package.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kubeproof.sandbox.api import gotext


@dataclass(frozen=True, slots=True)
class FieldError:
    """One cause of a 422 answer: a machine's reason, the field's path, and a message."""

    reason: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"

    @classmethod
    def invalid(cls, field: str, value: Any, detail: str) -> "FieldError":
        """A value that is malformed or out of bounds."""
        return cls("FieldValueInvalid", field, _body("Invalid value", value, detail))

    @classmethod
    def type_invalid(cls, field: str, value: Any, detail: str) -> "FieldError":
        """A value whose type the schema does not allow."""
        return cls("FieldValueTypeInvalid", field, _body("Invalid value", value, detail))

    @classmethod
    def required(cls, field: str, detail: str = "") -> "FieldError":
        """A value that is missing."""
        return cls("FieldValueRequired", field, _joined("Required value", detail))

    @classmethod
    def duplicate(cls, field: str, value: Any) -> "FieldError":
        """A value that must be unique and is not."""
        return cls("FieldValueDuplicate", field, _body("Duplicate value", value, ""))

    @classmethod
    def not_supported(cls, field: str, value: Any, supported: Iterable[str]) -> "FieldError":
        """A value outside an enumeration; ``supported`` is shown in the order given."""
        names = ", ".join(gotext.quote(name) for name in supported)
        detail = f"supported values: {names}" if names else ""
        return cls("FieldValueNotSupported", field, _body("Unsupported value", value, detail))

    @classmethod
    def not_found(cls, field: str, value: Any) -> "FieldError":
        """A value that refers to something which does not exist."""
        return cls("FieldValueNotFound", field, _body("Not found", value, ""))

    @classmethod
    def forbidden(cls, field: str, detail: str) -> "FieldError":
        """A value that other conditions would allow."""
        return cls("FieldValueForbidden", field, _joined("Forbidden", detail))

    @classmethod
    def too_long(cls, field: str, value: Any, maximum: int) -> "FieldError":
        """A value of more than ``maximum`` bytes; the value itself is not shown."""
        detail = f"may not be more than {maximum} byte{'' if maximum == 1 else 's'}"
        return cls("FieldValueTooLong", field, _joined("Too long", detail))

    @classmethod
    def too_many(cls, field: str, count: int, maximum: int) -> "FieldError":
        """A list of more than ``maximum`` items."""
        detail = f"must have at most {maximum} item{'' if maximum == 1 else 's'}"
        return cls("FieldValueTooMany", field, _body("Too many", count, detail))

    @classmethod
    def internal(cls, field: str, detail: str) -> "FieldError":
        """Something that is not the client's fault."""
        return cls("InternalError", field, _joined("Internal error", detail))


def aggregate(errors: Sequence[FieldError]) -> str:
    """Several errors as one message: repeated ones once, brackets where more than one is left."""
    texts = list(dict.fromkeys(str(error) for error in errors))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _body(prefix: str, value: Any, detail: str) -> str:
    return _joined(f"{prefix}: {_shown(value)}", detail)


def _joined(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return gotext.quote(value)
    if isinstance(value, bool | int | float):
        return gotext.plain(value)
    return gotext.marshal(value)
