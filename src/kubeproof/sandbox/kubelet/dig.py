"""The command dig, as far as ``dig +noall +comments +answer`` goes.

Source: dig of BIND 9.20, its output and exit statuses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kubeproof.sandbox.dns.message import Message, Rcode, Record, Soa, Srv, Type
from kubeproof.sandbox.kubelet.resolver import LookupFailed, Resolver

_USAGE = 1
_NO_REPLY = 9
_SHOWN = frozenset(("+noall", "+comments", "+answer"))


@dataclass(slots=True)
class _Wanted:
    """A command line, read."""

    queries: list[tuple[str, Type]] = field(default_factory=list[tuple[str, Type]])
    search: bool = False
    timeout: float = 5.0
    tries: int = 3
    shown: set[str] = field(default_factory=set[str])

    def read(self, words: Sequence[str]) -> str:
        """Take the words; the one that is not understood is returned, else nothing."""
        for word in words:
            if not (self._option(word) if word.startswith(("+", "-", "@")) else self._name(word)):
                return word
        return "" if self.shown >= _SHOWN else " ".join(sorted(_SHOWN - self.shown))

    def _option(self, word: str) -> bool:
        name, _, value = word.partition("=")
        if word in _SHOWN:
            self.shown.add(word)
        elif word == "+search":
            self.search = True
        elif name == "+time" and value.isdecimal():
            self.timeout = max(float(value), 1.0)
        elif name == "+tries" and value.isdecimal():
            self.tries = max(int(value), 1)
        else:
            return False
        return True

    def _name(self, word: str) -> bool:
        kind = word.upper()
        if kind in Type.__members__ and self.queries:
            name, _ = self.queries.pop()
            self.queries.append((name, Type[kind]))
        else:
            self.queries.append((word, Type.A))
        return True


async def dig(resolver: Resolver, words: Sequence[str]) -> tuple[str, int]:
    """What dig writes for its arguments, and its exit status."""
    wanted = _Wanted()
    if wrong := wanted.read(words):
        return f"Invalid option: {wrong} (the sandbox's dig takes {' '.join(_SHOWN)})\n", _USAGE
    asking = resolver.patient(wanted.timeout, wanted.tries)
    said: list[str] = []
    status = 0
    for name, kind in wanted.queries:
        try:
            said.append(shown(await asking.query(name, kind, search=wanted.search)))
        except LookupFailed as error:
            said.append(f"{_failure(error)};; no servers could be reached\n")
            status = _NO_REPLY
    return "".join(said), status


def shown(reply: Message) -> str:
    """A reply as dig prints it."""
    header = f"opcode: QUERY, status: {Rcode(reply.rcode).name}, id: {reply.id}"
    counts = f"QUERY: 1, ANSWER: {len(reply.answer)}, AUTHORITY: {len(reply.authority)}"
    flags = "qr aa" if reply.authoritative else "qr"
    lines = [
        ";; Got answer:",
        f";; ->>HEADER<<- {header}",
        f";; flags: {flags}; {counts}, ADDITIONAL: {len(reply.additional)}",
        "",
        *([";; ANSWER SECTION:", *_lines(reply.answer), ""] if reply.answer else []),
    ]
    return "".join(f"{line}\n" for line in lines)


def _lines(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        kind = Type(record.type).name
        yield f"{record.name}\t{record.ttl}\tIN\t{kind}\t{_rdata(record)}"


def _rdata(record: Record) -> str:
    data = record.data
    if isinstance(data, Srv):
        return f"{data.priority} {data.weight} {data.port} {data.target}"
    if isinstance(data, Soa):
        return " ".join(str(part) for part in data)
    return f'"{data}"' if record.type == Type.TXT else str(data)


def _failure(error: LookupFailed) -> str:
    why = "timed out" if "timeout" in error.why else error.why.rpartition(": ")[2]
    return f";; communications error to {error.server}#53: {why}\n"
