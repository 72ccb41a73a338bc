"""Looking names up from inside a Pod: what is asked, and what was told."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kubeproof.errors import CheckBroken, PromiseBroken
from kubeproof.probing import dig
from kubeproof.probing.dig import Record, Said
from kubeproof.probing.observation import Observation, Outcome, Sample, Target
from kubeproof.probing.question import Witness
from kubeproof.probing.shell import Shell

ADDRESS, ADDRESS6, ALIAS, SERVICE, NAME = "A", "AAAA", "CNAME", "SRV", "PTR"
WHAT = {
    ADDRESS: "address",
    ADDRESS6: "IPv6 address",
    ALIAS: "alias",
    SERVICE: "port",
    NAME: "reverse name",
}

# NXDOMAIN and an answer without records are alike: servers differ in which they give.
_BY_STATUS = {
    "NOERROR": Outcome.NAME_NOT_FOUND,
    "NXDOMAIN": Outcome.NAME_NOT_FOUND,
    "SERVFAIL": Outcome.UNREACHABLE,  # the server tells that it found no way
    "REFUSED": Outcome.REFUSED,
}
_BY_WORDS = {"refused": Outcome.REFUSED, "timed out": Outcome.TIMED_OUT}


@dataclass(frozen=True, slots=True)
class Reply:
    """How one lookup ended, and what it told."""

    observation: Observation
    records: tuple[Record, ...] = ()
    status: str = ""  # what the server said of it ("NXDOMAIN"); empty where none said anything

    def values(self, kind: str) -> frozenset[str]:
        """What the records of a type say."""
        return frozenset(record.value for record in self.records if record.type == kind)

    def __str__(self) -> str:
        told = ", ".join(sorted(map(str, self.records)))
        return f"{self.observation}: {told}" if told else str(self.observation)


class Told(Sample):
    """Many lookups of one name."""

    def __init__(self, replies: Iterable[Reply]) -> None:
        self.replies = tuple(replies)
        super().__init__(reply.observation for reply in self.replies)

    def __str__(self) -> str:
        lines = Counter(map(str, self.replies))
        return "; ".join(f"{line}" if n == 1 else f"{line} (×{n})" for line, n in lines.items())


class Lookup(Protocol):
    """A name that a Pod looks up somewhere."""

    @property
    def kind(self) -> str:
        """The type of record that is asked for."""
        ...

    @property
    def shell(self) -> Shell:
        """The Pod that looks it up."""
        ...

    def ask(self, tries: int) -> Told:
        """Look it up so many times."""
        ...

    @property
    def control(self) -> "Lookup | None":
        """A name that every cluster has, looked up in the same way; None where there is none."""
        ...


@dataclass(frozen=True)
class DnsLookup:
    """A name that a Pod asks its DNS server for, with its own search list."""

    shell: Shell
    name: str
    kind: str
    timeout: float
    witness: Witness = field(repr=False)

    def __str__(self) -> str:
        return f"{self.shell.name} → {self._target}"

    @property
    def _target(self) -> Target:
        return Target(f'the {WHAT[self.kind]} of "{self.name}"', "cluster DNS", 53)

    @property
    def control(self) -> "DnsLookup":
        """The API server's own Service, which every cluster has."""
        name = f"kubernetes.default.svc.{zone_of(self.shell)}"
        return DnsLookup(self.shell, name, ADDRESS, self.timeout, self.witness)

    def ask(self, tries: int) -> Told:
        """Have the Pod ask so many times; a reply that is not told of breaks the check."""
        started = time.monotonic()
        ended = self.shell.run(*dig.command(self.name, self.kind, tries, self.timeout))
        each = (time.monotonic() - started) / tries
        told = list(dig.replies(ended.output))
        if len(told) != tries:
            why = f"{len(told)} replies in {ended.output.strip()[:160]!r}, {ended.error}"
            raise CheckBroken(f"{self}: {tries} lookups were made, and dig tells of {why}")
        replies = [self._reply(said, each) for said in told]
        for reply in replies:
            self.witness(reply.observation)
        return Told(replies)

    def _reply(self, said: Said, seconds: float) -> Reply:
        detail = ", ".join(sorted(map(str, said.records))) or said.why or said.status
        outcome = _outcome(said, self.kind)
        seen = Observation(self.shell.name, self._target, outcome, seconds, detail=detail)
        return Reply(seen, said.records, said.status)


@dataclass(frozen=True)
class HostsLookup:
    """A name that a Pod finds in its /etc/hosts."""

    shell: Shell
    name: str
    witness: Witness = field(repr=False)
    kind: str = ADDRESS
    control: None = None

    def __str__(self) -> str:
        return f"{self.shell.name} → {self._target}"

    @property
    def _target(self) -> Target:
        return Target(f'the address of "{self.name}"', "/etc/hosts", 0)

    def ask(self, tries: int) -> Told:
        """Read the file once; it does not change while the Pod runs."""
        found = tuple(
            Record(self.name, ADDRESS, address)
            for address, *names in _lines(self.shell.read("cat", "/etc/hosts"))
            if self.name in names
        )
        outcome = Outcome.ANSWERED if found else Outcome.NAME_NOT_FOUND
        seen = Observation(self.shell.name, self._target, outcome, 0.0)
        self.witness(seen)
        return Told([Reply(seen, found, outcome.value)])


def _outcome(said: Said, kind: str) -> Outcome:
    if any(record.type == kind for record in said.records):
        return Outcome.ANSWERED
    if said.status:
        return _BY_STATUS.get(said.status, Outcome.UNREACHABLE)
    known = (outcome for words, outcome in _BY_WORDS.items() if words in said.why)
    return next(known, Outcome.UNREACHABLE)


def resolv_conf(shell: Shell) -> list[list[str]]:
    """The words of each line of a Pod's /etc/resolv.conf (resolv.conf(5))."""
    return _lines(shell.read("cat", "/etc/resolv.conf"))


def zone_of(shell: Shell) -> str:
    """The cluster's domain, from the search list that Pods are given.

    Raises:
        PromiseBroken: it is not in there.
    """
    for keyword, *words in resolv_conf(shell):
        for domain in words if keyword == "search" else ():
            if domain.startswith("svc."):
                return domain.removeprefix("svc.")
    raise PromiseBroken(f"the resolv.conf of {shell.name} tells the cluster's domain; it does not")


def _lines(text: str) -> list[list[str]]:
    lines: Sequence[str] = [line.partition("#")[0] for line in text.splitlines()]
    return [line.split() for line in lines if line.split()]
