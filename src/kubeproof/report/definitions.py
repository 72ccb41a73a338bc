"""The step definitions of a run, and what of a step's words is an argument of one.

Cucumber's readers call a step undefined that refers to no definition
(https://github.com/cucumber/messages).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

KEYWORDS: Mapping[str, str] = {"Context": "given", "Action": "when", "Outcome": "then"}


@dataclass(frozen=True)
class Definition:
    """A phrase: the regular expression that its steps match whole, and where it is defined."""

    keyword: str  # given, when, then; step for one that is any of them
    pattern: str
    uri: str
    line: int

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The pattern, ready to match."""
        return re.compile(self.pattern)

    def arguments(self, step: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """What a pickle's step says at each place of the pattern; None if it does not match."""
        if self.keyword not in ("step", KEYWORDS.get(step.get("type", ""))):
            return None
        found = self.expression.fullmatch(step["text"])
        return None if found is None else [_argument(found, one) for one in _outermost(found)]


def _outermost(match: re.Match[str]) -> Iterator[int]:
    """The groups that took part and stand in no other."""
    end = -1
    for number in range(1, (match.re.groups or 0) + 1):
        if match.start(number) >= max(end, 0):
            end = match.end(number)
            yield number


def _argument(match: re.Match[str], number: int) -> dict[str, Any]:
    return {"group": {"children": [], "start": match.start(number), "value": match[number]}}


@dataclass(frozen=True)
class Definitions:
    """Every definition of a run; its id is its place."""

    known: Sequence[Definition] = field(default_factory=tuple[Definition, ...])

    def messages(self) -> Iterator[dict[str, Any]]:
        """A message for each."""
        for number, one in enumerate(self.known, 1):
            yield {
                "stepDefinition": {
                    "id": f"definition-{number}",
                    "pattern": {"source": one.pattern, "type": "REGULAR_EXPRESSION"},
                    "sourceReference": {"uri": one.uri, "location": {"line": one.line}},
                }
            }

    def test_step(self, ident: str, step: Mapping[str, Any]) -> dict[str, Any]:
        """A pickle's step as a step of a test, with the definition that it is one of."""
        told = {"id": ident, "pickleStepId": step["id"]}
        if not self.known:  # a record from before they were kept: that is not undefined
            return told
        found = [
            (f"definition-{number}", arguments)
            for number, one in enumerate(self.known, 1)
            if (arguments := one.arguments(step)) is not None
        ]
        return {
            **told,
            "stepDefinitionIds": [name for name, _ in found],
            "stepMatchArgumentsLists": [{"stepMatchArguments": given} for _, given in found],
        }


def definitions_of(raw: Iterable[Mapping[str, Any]]) -> list[Definition]:
    """Read them from plain JSON objects."""
    names = Definition.__dataclass_fields__
    return [Definition(**{k: v for k, v in one.items() if k in names}) for one in raw]
