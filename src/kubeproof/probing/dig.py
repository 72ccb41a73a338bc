"""The command dig: what it is asked, and what its text says.

Records are printed as in a zone file (RFC 1035, section 5), replies after their header
(dig(1), ``+comments``). ``+search`` uses the Pod's own search list and ndots.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = re.compile(r"^;; ->>HEADER<<- .*?status: (\w+)", re.MULTILINE)
_RECORD = re.compile(r"^([^;\s]\S*)\s+(\d+)\s+IN\s+([A-Z]+)\s+(.+)$", re.MULTILINE)
_FAILED = re.compile(r"no servers could be reached")
_WHY = re.compile(r"(?:communications error to \S+|connection): ?(.*)|connection (timed out)")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an answer; names in ``value`` are without the dot at their end."""

    name: str
    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.type} {self.value}"


@dataclass(frozen=True, slots=True)
class Said:
    """One reply: its status (``NOERROR``), empty where none came, and then the reason."""

    status: str
    records: tuple[Record, ...] = ()
    why: str = ""


def command(name: str, kind: str, times: int, timeout: float) -> list[str]:
    """The words that look a name up so many times, waiting so many seconds for each reply."""
    limits = [f"+time={math.ceil(timeout)}", "+tries=1"]
    return ["dig", "+search", "+noall", "+comments", "+answer", *limits, *([name, kind] * times)]


def replies(text: str) -> Iterator[Said]:
    """Every reply in dig's output, then what failed."""
    headers = list(_HEADER.finditer(text))
    ends = [*(header.start() for header in headers[1:]), len(text)]
    for header, end in zip(headers, ends, strict=False):
        yield Said(header[1], tuple(_records(text[header.end() : end])))
    found = _WHY.search(text)
    why = next(filter(None, found.groups()), "") if found else ""
    for _ in _FAILED.finditer(text):
        yield Said("", why=why or "no server could be reached")


def _records(text: str) -> Iterator[Record]:
    for name, _, kind, value in _RECORD.findall(text):
        words = [word.rstrip(".") for word in value.split()]
        yield Record(name.rstrip("."), kind, " ".join(words))
