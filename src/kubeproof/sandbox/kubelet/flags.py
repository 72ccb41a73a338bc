"""Command lines as Go's cobra and pflag read them.

Source: pflag's syntax: ``--name=value``, ``--name value``, ``--name`` for booleans, ``--`` ends.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from kubeproof.sandbox.api.gotext import quote

Value: TypeAlias = "str | int | bool"

_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))


class UsageError(ValueError):
    """A command line that the program does not take, in cobra's words."""


class Flags:
    """The flags a program knows, with their defaults; a default's type is the flag's."""

    def __init__(self, defaults: Mapping[str, Value]) -> None:
        self._values = dict(defaults)

    def parse(self, arguments: Sequence[str]) -> "Flags":
        """Take the flags from a command line that has nothing else. Raises UsageError."""
        rest = list(arguments)
        while rest:
            word = rest.pop(0)
            if not word.startswith("--") or word == "--":
                raise UsageError(_unexpected(word))
            name, equals, text = word.removeprefix("--").partition("=")
            if name not in self._values:
                raise UsageError(f"unknown flag: --{name}")
            if not equals:
                text = self._next(name, rest)
            self._values[name] = self._converted(name, text)
        return self

    def text(self, name: str) -> str:
        """A flag that holds text."""
        return str(self._values[name])

    def number(self, name: str) -> int:
        """A flag that holds an integer."""
        return int(self._values[name])

    def on(self, name: str) -> bool:
        """A flag that is set or not."""
        return bool(self._values[name])

    def _next(self, name: str, rest: list[str]) -> str:
        if isinstance(self._values[name], bool):
            return "true"
        if not rest:
            raise UsageError(f"flag needs an argument: --{name}")
        return rest.pop(0)

    def _converted(self, name: str, text: str) -> Value:
        default = self._values[name]
        if isinstance(default, bool):
            if text not in _TRUE | _FALSE:
                raise UsageError(_invalid(name, text, "strconv.ParseBool"))
            return text in _TRUE
        if isinstance(default, int):
            try:
                return int(text, 0)
            except ValueError as error:
                raise UsageError(_invalid(name, text, "strconv.ParseInt")) from error
        return text


def _invalid(name: str, text: str, parser: str) -> str:
    value = quote(text)
    why = f"{parser}: parsing {value}: invalid syntax"
    return f'invalid argument {value} for "--{name}" flag: {why}'


def _unexpected(word: str) -> str:
    if word.startswith("-") and len(word) > 1:
        return f"unknown shorthand flag: {quote(word[1]).replace(chr(34), chr(39))} in {word}"
    return f"accepts at most 0 arg(s), received {word}"
