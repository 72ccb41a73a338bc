"""What the cluster's DNS answers: a function of a question and of a directory.

The rules are those of CoreDNS's kubernetes plugin with ``pods insecure``. Names outside the
cluster cannot be resolved: there is nobody to forward to, which CoreDNS answers with SERVFAIL.
"""

import ipaddress
from typing import NamedTuple

from kubeproof.sandbox.dns.directory import Directory
from kubeproof.sandbox.dns.message import IN, Question, Rcode, Record, Soa, Srv, Type
from kubeproof.sandbox.dns.targets import NoSuchName, Target, Targets, is_address

TTL = 5
"""Seconds that answers may be kept: CoreDNS's default for the kubernetes plugin."""

_VERSION = "1.1.0"
_VERSION_TTL = 28800
_REVERSE = (".in-addr.arpa", ".ip6.arpa")
_MOST_ALIASES = 8


class Answer(NamedTuple):
    """The sections of an answer and how the query went."""

    rcode: Rcode = Rcode.NOERROR
    authoritative: bool = True
    answer: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()


class Zone:
    """The cluster's domain, and the reverse domains of addresses."""

    def __init__(self, directory: Directory, domain: str = "cluster.local") -> None:
        self._directory = directory
        self._domain = domain
        self._targets = Targets(directory, domain)

    def answer(self, question: Question) -> Answer:
        """Answer one question."""
        if question.klass != IN:
            return Answer(Rcode.REFUSED, authoritative=False)
        name = question.name.lower().rstrip(".")
        try:
            if name == self._domain or name.endswith("." + self._domain):
                return self._forward(name, question)
            if name.endswith(_REVERSE):
                return self._reverse(name, question)
        except NoSuchName:
            return Answer(Rcode.NXDOMAIN, authority=(self._soa(),))
        return Answer(Rcode.SERVFAIL, authoritative=False)

    def _forward(self, name: str, question: Question) -> Answer:
        if question.type == Type.SRV:
            return self._srv(name, question.name)
        records = self._records(name, question)
        if records:
            return Answer(answer=tuple(records))
        return self._no_data()

    def _records(self, name: str, question: Question) -> list[Record]:
        """The answer section for anything but SRV. Raises NoSuchName."""
        if name == self._domain and question.type in (Type.SOA, Type.NS):
            return [self._soa() if question.type == Type.SOA else self._ns()]
        if question.type == Type.TXT:
            return self._text(name, question.name)
        if question.type in (Type.A, Type.AAAA):
            return self._addresses(name, question.name, question.type, _MOST_ALIASES)
        targets = self._targets.of(name)
        if question.type == Type.CNAME:
            return [_cname(question.name, target) for target in targets if target.alias][:1]
        return []

    def _addresses(self, name: str, asked: str, kind: int, aliases: int) -> list[Record]:
        records: list[Record] = []
        seen: set[str] = set()
        for target in self._targets.of(name):
            if target.alias:
                records += self._alias(target, asked, kind, aliases)
            elif _is_of(target.host, kind) and target.host not in seen:
                seen.add(target.host)
                records.append(Record(asked, kind, TTL, target.host))
        return records

    def _alias(self, target: Target, asked: str, kind: int, aliases: int) -> list[Record]:
        """An alias, and what it leads to if that is in this zone; CoreDNS shows no dead ends."""
        record = _cname(asked, target)
        host = target.host.lower()
        if not host.endswith("." + self._domain):
            return [record]
        if not aliases:
            return []
        try:
            found = self._addresses(host, f"{target.host}.", kind, aliases - 1)
        except NoSuchName:
            return []
        return [record, *found] if found else []

    def _srv(self, name: str, asked: str) -> Answer:
        """SRV records, each once, and the addresses of their targets. Raises NoSuchName."""
        targets = self._targets.of(name)
        records: dict[Srv, Record] = {}
        glue: dict[Record, None] = {}
        for target in targets:
            if target.port < 0 and not target.alias:
                continue  # an endpoint that declares no port
            data = _srv_data(target, max(100 // len(targets), 1))
            records[data] = Record(asked, Type.SRV, TTL, data)
            if not target.alias:
                kind = Type.AAAA if ":" in target.host else Type.A
                glue[Record(data.target, kind, TTL, target.host)] = None
        if not records:
            return self._no_data()
        return Answer(answer=tuple(records.values()), additional=tuple(glue))

    def _reverse(self, name: str, question: Question) -> Answer:
        address = reverse_address(name)
        names = self._targets.at(address) if address and question.type == Type.PTR else []
        if not names:  # falls through to the forwarder, which has nobody to ask
            return Answer(Rcode.SERVFAIL, authoritative=False)
        records = (Record(question.name, Type.PTR, TTL, f"{found}.") for found in names)
        return Answer(answer=tuple(records))

    def _text(self, name: str, asked: str) -> list[Record]:
        if name == f"dns-version.{self._domain}":
            return [Record(asked, Type.TXT, _VERSION_TTL, _VERSION)]
        return []

    def _no_data(self) -> Answer:
        return Answer(authority=(self._soa(),))

    def _ns(self) -> Record:
        return Record(f"{self._domain}.", Type.NS, TTL, f"ns.dns.{self._domain}.")

    def _soa(self) -> Record:
        zone = f"{self._domain}."
        serial = self._directory.serial
        data = Soa(f"ns.dns.{zone}", f"hostmaster.{zone}", serial, 7200, 1800, 86400, TTL)
        return Record(zone, Type.SOA, TTL, data)


def reverse_address(name: str) -> str:
    """The address that a name below in-addr.arpa or ip6.arpa stands for; empty if it is none."""
    labels = name.split(".")[:-2][::-1]
    if name.endswith(".in-addr.arpa"):
        text = ".".join(labels)
    else:
        nibbles = "".join(labels)
        text = ":".join(nibbles[start : start + 4] for start in range(0, len(nibbles), 4))
    return str(ipaddress.ip_address(text)) if is_address(text) else ""


def _srv_data(target: Target, weight: int) -> Srv:
    if target.alias:
        return Srv(0, weight, 0, f"{target.host}.")
    return Srv(0, weight, target.port, f"{target.name}.")


def _cname(asked: str, target: Target) -> Record:
    return Record(asked, Type.CNAME, TTL, f"{target.host}.")


def _is_of(host: str, kind: int) -> bool:
    return (":" in host) == (kind == Type.AAAA)
