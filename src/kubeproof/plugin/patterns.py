"""Tables of phrases: what the words of a step may be, and what each of them means.

The keys are regular expressions; the first that matches the whole text says what it stands for.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

PODS = r'Pods? "[^"]+"(?: and "[^"]+")*'


def quoted(text: str) -> tuple[str, ...]:
    """The names in a phrase such as ``Pods "pod-1" and "pod-2"``."""
    return tuple(re.findall(r'"([^"]+)"', text))


def any_of(patterns: Iterable[str]) -> str:
    """One expression for all of them, without groups: those would be in a larger one's way."""
    return "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for pattern in patterns)


def looked_up(text: str, table: Mapping[str, T]) -> tuple[re.Match[str], T]:
    """The match, and what the table has for it.

    Raises:
        StopIteration: nothing matches; a step's own expression lets no such text through.
    """
    found = ((re.fullmatch(pattern, text), meaning) for pattern, meaning in table.items())
    return next((match, meaning) for match, meaning in found if match)
