"""Label selectors: the grammar, its errors, and what they match.

Follows k8s.io/apimachinery's ``labels`` package: ``key=value``, ``key in (a,b)``, ``!key`` …
"""

import re
from typing import NamedTuple

from kubeproof.sandbox.api import labels
from kubeproof.sandbox.api.field import FieldError, aggregate

_SYMBOLS = ("==", "!=", "=", "!", "(", ")", ",", ">", "<")
_TOKEN = re.compile(r"[ \t\r\n]*([=!(),><]+|[^=!(),>< \t\r\n]+|$)")
_OPERATORS = {"in", "notin", "=", "==", "!=", ">", "<"}
_OPERATORS_SHOWN = "in, notin, =, ==, !=, gt, lt"
_END = ""


class SelectorError(ValueError):
    """A selector that does not parse; the message is what the API server answers."""


class Requirement(NamedTuple):
    """One condition on one label."""

    key: str
    operator: str
    values: frozenset[str]

    def matches(self, found: dict[str, str]) -> bool:
        """Whether an object with these labels fulfils the condition."""
        value = found.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "!":
                return value is None
            case "in" | "=" | "==":
                return value in self.values
            case "notin" | "!=":
                return value is None or value not in self.values
            case _:
                return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        limit = int(next(iter(self.values)))
        if not _is_integer(value):
            return False
        return int(value) > limit if self.operator == ">" else int(value) < limit


def parse(text: str) -> list[Requirement]:
    """The conditions of a selector, all of which must hold. Raises SelectorError."""
    return _Parser(_tokens(text)).parse()


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            break
        position = found.end()
        word = found.group(1)
        tokens += _symbols(word) if word[:1] in ("=", "!", "(", ")", ",", ">", "<") else [word]
    return [token for token in tokens if token] + [_END]


def _symbols(run: str) -> list[str]:
    """A run of special characters as operators, the longest first."""
    tokens: list[str] = []
    while run:
        symbol = next(symbol for symbol in _SYMBOLS if run.startswith(symbol))
        tokens.append(symbol)
        run = run[len(symbol) :]
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0

    def parse(self) -> list[Requirement]:
        requirements: list[Requirement] = []
        while self._next() != _END:
            if self._next() != "!" and not _is_word(self._next()):
                raise SelectorError(
                    f"found '{self._next()}', expected: !, identifier, or 'end of string'"
                )
            requirements.append(self._requirement_or_error())
            self._separator()
        return requirements

    def _next(self) -> str:
        return self._tokens[min(self._position, len(self._tokens) - 1)]

    def _take(self) -> str:
        token = self._next()
        self._position += 1
        return token

    def _separator(self) -> None:
        token = self._take()
        if token == _END:
            self._position -= 1
        elif token != ",":
            raise SelectorError(f"found '{token}', expected: ',' or 'end of string'")
        elif self._next() != "!" and not _is_word(self._next()):
            raise SelectorError(f"found '{self._next()}', expected: identifier after ','")

    def _requirement_or_error(self) -> Requirement:
        try:
            return self._requirement()
        except SelectorError as error:
            raise SelectorError(f"unable to parse requirement: {error}") from None

    def _requirement(self) -> Requirement:
        absent = self._next() == "!"
        if absent:
            self._take()
        key = self._take()
        if not _is_word(key):
            raise SelectorError(f"found '{key}', expected: identifier")
        if errors := labels.key_errors(key):
            raise SelectorError(str(FieldError.invalid("<nil>", key, "; ".join(errors))))
        if absent or self._next() in (_END, ","):
            return Requirement(key, "!" if absent else "exists", frozenset())
        operator = self._take()
        if operator not in _OPERATORS:
            raise SelectorError(f"found '{operator}', expected: {_OPERATORS_SHOWN}")
        values = self._set() if operator in ("in", "notin") else [self._value()]
        return _checked(key, operator, values)

    def _value(self) -> str:
        if self._next() in (_END, ","):
            return ""
        token = self._take()
        if not _is_word(token):
            raise SelectorError(f"found '{token}', expected: identifier")
        return token

    def _set(self) -> list[str]:
        token = self._take()
        if token != "(":
            raise SelectorError(f"found '{token}' expected: '('")
        if self._next() != ")" and self._next() != "," and not _is_word(self._next()):
            raise SelectorError(f"found '{self._next()}', expected: ',', ')' or identifier")
        values: list[str] = []
        while True:
            values.append(self._take() if _is_word(self._next()) else "")
            token = self._take()
            if token == ")":
                return values
            if token != ",":
                raise SelectorError(f"found '{token}', expected: ',' or ')'")


def _is_word(token: str) -> bool:
    return token != _END and token not in _SYMBOLS


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+", text) is not None


def _checked(key: str, operator: str, values: list[str]) -> Requirement:
    values = sorted(set(values))
    errors: list[FieldError] = []
    if operator in (">", "<") and not _is_integer(values[0]):
        detail = "for 'Gt', 'Lt' operators, the value must be an integer"
        errors.append(FieldError.invalid("values[0]", values[0], detail))
    for index, value in enumerate(values):
        if wrong := labels.value_errors(value):
            field = f"values[{index}][{key}]"
            errors.append(FieldError.invalid(field, value, "; ".join(wrong)))
    if errors:
        raise SelectorError(aggregate(errors))
    return Requirement(key, operator, frozenset(values))
