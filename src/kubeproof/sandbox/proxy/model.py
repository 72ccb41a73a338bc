"""Service rules as values: statements, rules, chains, sets, and what one Service adds of them.

Only what kube-proxy's nftables mode uses is here. The same values are printed (text), sent to
the kernel (encoding) and walked through by a packet (trace), so the three cannot drift apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

from kubeproof.sandbox.proxy.datatypes import DataType, Key


class Field(Enum):
    """What a rule can look at; the value is nft's word for it."""

    SOURCE = "ip saddr"
    DESTINATION = "ip daddr"
    PROTOCOL = "meta l4proto"
    PORT = "th dport"
    ORIGINAL_PORT = "ct original proto-dst"
    SOURCE_TYPE = "fib saddr type"
    CT_STATE = "ct state"
    CT_STATUS = "ct status"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a packet: on to another chain, back from this one, or the end of it."""

    kind: Literal["jump", "goto", "drop", "return"]
    chain: str = ""


DROP = Verdict("drop")
RETURN = Verdict("return")


@dataclass(frozen=True, slots=True)
class Match:
    """Go on if a field has this value (a name, an address or a prefix), or has not."""

    field: Field
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Outside:
    """Go on if an address is in none of these prefixes."""

    field: Field
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InSet:
    """Go on if the fields together are an element of a set."""

    fields: tuple[Field, ...]
    set: str


@dataclass(frozen=True, slots=True)
class HasMark:
    """Go on if the packet's mark has one of these bits."""

    bits: int


@dataclass(frozen=True, slots=True)
class Longer:
    """Go on if the packet, with its IP header, has more bytes than this."""

    than: int


@dataclass(frozen=True, slots=True)
class Fragment:
    """Go on if the packet is one of several which together are a datagram."""


@dataclass(frozen=True, slots=True)
class SetMark:
    """Set bits of the packet's mark (``|``) or flip them (``^``)."""

    operator: Literal["|", "^"]
    bits: int


@dataclass(frozen=True, slots=True)
class LookUp:
    """The verdict a map has for the fields together; without one, go on."""

    fields: tuple[Field, ...]
    map: str


@dataclass(frozen=True, slots=True)
class RandomVerdict:
    """One of the verdicts, each as likely as the others."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a connection is sent: an endpoint's address and port."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Translate:
    """Destination translation to one of the targets, each as likely as the others.

    ``spread`` tells the two forms nft has apart: a map of numbers, or a single target.
    """

    targets: tuple[Target, ...]
    spread: bool = True


@dataclass(frozen=True, slots=True)
class Remember:
    """Put the source into a set, or renew its time there (session affinity)."""

    set: str


@dataclass(frozen=True, slots=True)
class Masquerade:
    """Source translation to the address of the interface the packet leaves by."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Answer with ICMP port unreachable: the client sees its connection refused."""


Statement: TypeAlias = (
    Match
    | Outside
    | InSet
    | HasMark
    | Longer
    | Fragment
    | SetMark
    | LookUp
    | RandomVerdict
    | Translate
    | Remember
    | Masquerade
    | Reject
    | Verdict
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Statements carried out in order for as long as they match."""

    statements: tuple[Statement, ...]
    comment: str = ""


def rule(*statements: Statement, comment: str = "") -> Rule:
    """A rule of these statements."""
    return Rule(statements, comment)


HookPoint: TypeAlias = Literal["prerouting", "input", "forward", "output", "postrouting"]


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a base chain is called from, and in which order."""

    kind: Literal["filter", "nat"]
    point: HookPoint
    priority: int
    priority_name: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Rules under a name; with a hook the kernel calls it, without one other rules do."""

    rules: tuple[Rule, ...] = ()
    hook: Hook | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A set's or verdict map's definition, without its elements.

    A ``timeout`` in seconds makes a set which rules fill: elements leave it by themselves. It
    has its own ``size`` then, for the kernel wants a limit.
    """

    types: tuple[DataType, ...]
    verdicts: bool = False
    timeout: int = 0
    dynamic: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """What stands beside an element's key: a verdict in maps, and a comment."""

    verdict: Verdict | None = None
    comment: str = ""


Elements: TypeAlias = Mapping[str, Mapping[Key, Element]]


@dataclass(frozen=True, slots=True)
class Rules:
    """One owner's part of a table: its chains and sets, and its elements of anybody's sets."""

    chains: Mapping[str, Chain] = field(default_factory=dict[str, Chain])
    sets: Mapping[str, NamedSet] = field(default_factory=dict[str, NamedSet])
    elements: Elements = field(default_factory=dict[str, dict[Key, Element]])


NOTHING = Rules()


def merged(parts: Mapping[str, Rules]) -> Rules:
    """The whole table of its owners' parts.

    Where two owners have the same element the first in alphabetical order is right.
    """
    chains: dict[str, Chain] = {}
    sets: dict[str, NamedSet] = {}
    elements: dict[str, dict[Key, Element]] = {}
    for owner in sorted(parts):
        part = parts[owner]
        chains.update(part.chains)
        sets.update(part.sets)
        for name, content in part.elements.items():
            whole = elements.setdefault(name, {})
            for key, element in content.items():
                whole.setdefault(key, element)
    return Rules(chains, sets, elements)
