"""Messages that no single packet holds, in both directions.

An overlay whose MTU is set too large, or a network that loses fragments, lets connections come
about and small answers through; what is larger than a packet then never arrives. Kubernetes' own
tests send some 2,000 bytes there and back (test/e2e/network/networking.go, "large requests").
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import cast
from urllib.parse import quote

from kubeproof.errors import CheckBroken
from kubeproof.probing.answer import Unanswered, pod_named
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.fixed_port import PORTS, NetcatVantage
from kubeproof.probing.observation import UDP, Sample, Target
from kubeproof.probing.page import Ask, Page
from kubeproof.probing.vantage import Vantage

_REQUEST = 4_000  # bytes that a request is padded with: three packets of an Ethernet
_NUMBERS = 10_000  # lines of an answer: 49 kB, or 34 packets of an Ethernet
_LINES = "".join(f"{number}\n" for number in range(1, _NUMBERS + 1))
_DATAGRAM = "42" * 1_000  # agnhost reads 2,048 bytes of a datagram, and an Ethernet carries 1,472


def _read(text: str) -> str:
    """The Pod that wrote its name, and after it every number that was asked for."""
    try:
        said: object = json.loads(text)
    except ValueError:
        raise Unanswered(f"a large answer that is no whole one: {text[:160]!r}") from None
    told = cast(dict[str, object], said).get("output") if isinstance(said, dict) else None
    name, _, rest = str(told or text).partition("\n")
    if rest != _LINES:
        raise Unanswered(f"a large answer with something missing: {str(told or text)[:160]!r}")
    return pod_named(name)


def _talk(ask: Ask) -> str:
    """A flow stays with its Pod, so what it calls itself holds for what it echoes, too."""
    pod = pod_named(ask("hostname"))
    try:
        echoed = ask(f"echo {_DATAGRAM}").rstrip("\n")
    except TimeoutError as silence:
        why = f"{pod} answered a small datagram, and nobody one of {len(_DATAGRAM)} bytes"
        raise TimeoutError(why) from silence
    if echoed != _DATAGRAM:
        raise Unanswered(f"{len(echoed)} of {len(_DATAGRAM)} bytes came back: {echoed[:80]!r}")
    return pod


_COMMAND = quote(f"hostname && seq 1 {_NUMBERS}", safe="")
LARGE = Page(f"shell?shellCommand={_COMMAND}&padding={'4' * _REQUEST}", _read, _talk)
"""A Pod's name and a long answer, asked for at length."""


def with_large_messages(vantage: Vantage) -> Vantage:
    """The same client, whose requests and answers are larger than a packet.

    Raises:
        CheckBroken: this client cannot choose what it asks.
    """
    if isinstance(vantage, DirectVantage):
        return replace(vantage, page=LARGE)
    if isinstance(vantage, DialVantage):
        return _FromPod(vantage.name, vantage.addresses, vantage)
    raise CheckBroken(f"{vantage.name} cannot choose what it asks")


def _ports() -> Iterator[int]:
    """Source ports, each of which starts a flow of its own."""
    first = secrets.choice(PORTS)
    return (PORTS[(first + step) % len(PORTS)] for step in count())


@dataclass(frozen=True)
class _FromPod:
    """A Pod that dials over HTTP with agnhost's dial, and over UDP with nc."""

    name: str
    addresses: frozenset[str]
    dials: DialVantage

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        """Exchange messages that many times; ``source`` adds nothing."""
        if target.protocol != UDP:
            return replace(self.dials, page=LARGE).ask(target, tries)
        flows = NetcatVantage(self.name, self.addresses, self.dials.shell, _ports().__next__, LARGE)
        return flows.ask(target, tries)
