"""Field selectors: ``metadata.name=web,status.phase!=Running``.

Follows k8s.io/apimachinery's ``fields`` package; which fields a kind offers is its own affair.
"""

from typing import NamedTuple

from kubeproof.sandbox.api.label_selector import SelectorError

_OPERATORS = ("!=", "==", "=")


class Term(NamedTuple):
    """One condition on one field."""

    field: str
    value: str
    equal: bool

    def matches(self, found: dict[str, str]) -> bool:
        """Whether an object with these fields fulfils the condition."""
        return (found.get(self.field, "") == self.value) is self.equal


def parse(text: str) -> list[Term]:
    """The conditions of a selector, all of which must hold. Raises SelectorError."""
    return [_term(part, text) for part in sorted(_split(text)) if part]


def _split(text: str) -> list[str]:
    """The terms between commas which no backslash escapes."""
    parts, start, escaped = list[str](), 0, False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == ",":
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _term(part: str, whole: str) -> Term:
    for index in range(len(part)):
        for operator in _OPERATORS:
            if part.startswith(operator, index):
                value = _unescaped(part[index + len(operator) :])
                return Term(part[:index], value, operator != "!=")
    raise SelectorError(f"invalid selector: '{whole}'; can't understand '{part}'")


def _unescaped(text: str) -> str:
    value, escaped = "", False
    for char in text:
        if escaped and char not in "\\,=":
            raise SelectorError(f"invalid field selector: invalid escape sequence: \\{char}")
        if not escaped and char in ",=":
            raise SelectorError(
                f"invalid field selector: unescaped character in value: {ord(char)}"
            )
        if not escaped and char == "\\":
            escaped = True
            continue
        value, escaped = value + char, False
    if escaped:
        raise SelectorError("invalid field selector: invalid escape sequence: \\")
    return value
