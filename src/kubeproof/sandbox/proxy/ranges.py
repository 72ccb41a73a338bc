"""Prefixes as the ranges of numbers a kernel set of intervals holds: apart and in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, summarize_address_range


@dataclass(frozen=True, slots=True)
class Range:
    """All addresses from ``first`` to ``last``, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        ends = IPv4Address(self.first), IPv4Address(self.last)
        prefixes = list(summarize_address_range(*ends))
        if self.first == self.last:
            return str(ends[0])
        return str(prefixes[0]) if len(prefixes) == 1 else f"{ends[0]}-{ends[1]}"


def ranges(prefixes: Iterable[str]) -> list[Range]:
    """The addresses of all prefixes together; neighbours and overlaps become one range."""
    networks = [IPv4Network(prefix) for prefix in prefixes]
    found: list[Range] = []
    for network in sorted(networks):
        first, last = int(network[0]), int(network[-1])
        if found and first <= found[-1].last + 1:
            found[-1] = Range(found[-1].first, max(found[-1].last, last))
        else:
            found.append(Range(first, last))
    return found
