"""DNS messages: questions, records and their sections, as much as a cluster's DNS needs.

Sources: RFC 1035 (messages), RFC 2782 (SRV), RFC 3596 (AAAA), RFC 6891 (EDNS0).
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, TypeAlias

IN = 1
"""The Internet class."""


class Type(IntEnum):
    """Record types that are spoken of here; a question may hold any other number."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    MX = 15
    TXT = 16
    AAAA = 28
    SRV = 33
    OPT = 41
    ANY = 255


class Rcode(IntEnum):
    """How a query went."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


class Soa(NamedTuple):
    """Where a zone comes from; times in seconds."""

    mname: str
    rname: str
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int


class Srv(NamedTuple):
    """Where a named port is found."""

    priority: int
    weight: int
    port: int
    target: str


Rdata: TypeAlias = "str | Soa | Srv | bytes"
"""An address, a name or a text as a string; of types unknown here the raw bytes."""


class Record(NamedTuple):
    """One resource record of class IN; ``ttl`` in seconds."""

    name: str
    type: int
    ttl: int
    data: Rdata


class Question(NamedTuple):
    """What is asked; ``name`` as the client wrote it, ending in a dot."""

    name: str
    type: int
    klass: int = IN


class Edns(NamedTuple):
    """The OPT pseudo-record: the UDP size a side can take, the DO bit, and options."""

    size: int
    do: bool = False
    options: tuple[tuple[int, bytes], ...] = ()


@dataclass(slots=True)
class Message:
    """A query or an answer."""

    id: int
    question: Question | None = None
    response: bool = False
    opcode: int = 0
    authoritative: bool = False
    truncated: bool = False
    recursion_desired: bool = False
    rcode: int = Rcode.NOERROR
    answer: list[Record] = field(default_factory=list[Record])
    authority: list[Record] = field(default_factory=list[Record])
    additional: list[Record] = field(default_factory=list[Record])
    edns: Edns | None = None
