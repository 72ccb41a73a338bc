"""Clients that always use one source port, as old DNS resolvers and many devices do.

To connection tracking all their datagrams are one flow, however long they go on, so that they show
what becomes of a flow when the Pods behind a Service change.
"""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kubeproof.errors import CheckBroken
from kubeproof.probing.answer import Unanswered
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.observation import Observation, Outcome, Sample, Target
from kubeproof.probing.page import HOSTNAME, Page
from kubeproof.probing.shell import Shell
from kubeproof.probing.transport import SocketSource
from kubeproof.probing.vantage import Vantage

PORTS = range(40000, 50000)  # of those that nobody listens on

_PATIENCE = 1  # seconds that an answer is waited for; nc counts whole ones


def from_port(vantage: Vantage, port: int) -> Vantage:
    """The same client, which dials over UDP and from this port alone.

    Raises:
        CheckBroken: this client's source port cannot be chosen.
    """
    if isinstance(vantage, DirectVantage):
        sockets = _bound(vantage.sockets, port)
        return replace(vantage, sockets=sockets, timeout=min(vantage.timeout, float(_PATIENCE)))
    if isinstance(vantage, DialVantage):
        return NetcatVantage(vantage.name, vantage.addresses, vantage.shell, lambda: port)
    raise CheckBroken(f"{vantage.name} cannot choose the port that it dials from")


def _bound(sockets: SocketSource, port: int) -> SocketSource:
    def source(kind: int) -> socket.socket:
        sock = sockets(kind)
        sock.bind(("0.0.0.0", port))
        return sock

    return source


@dataclass(frozen=True)
class NetcatVantage:
    """Sends datagrams with ``nc`` from inside a Pod, those of one try from one port."""

    name: str
    addresses: frozenset[str]
    shell: Shell = field(repr=False)
    port: Callable[[], int] = field(repr=False)  # of the next try
    page: Page = field(default=HOSTNAME, repr=False)

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        """Send a datagram and wait for the answer, that many times; ``source`` adds nothing."""
        return Sample(self._ask_once(target) for _ in range(tries))

    def _ask_once(self, target: Target) -> Observation:
        started = time.monotonic()
        outcome, pod, detail = self._answer(target)
        return Observation(
            self.name, target, outcome, time.monotonic() - started, pod, detail=detail
        )

    def _answer(self, target: Target) -> tuple[Outcome, str, str]:
        words = "-u", "-w", str(_PATIENCE), "-W", "1", "-p", str(self.port())

        def ask(command: str) -> str:
            where = target.host, str(target.port)
            said = self.shell.run("echo", command, "|", "nc", *words, *where).output
            if not said.strip():
                raise TimeoutError(f"nc heard nothing for {_PATIENCE} s")
            return said

        try:
            return Outcome.ANSWERED, self.page.talk(ask), ""
        except TimeoutError as silence:
            return Outcome.TIMED_OUT, "", str(silence)
        except (CheckBroken, Unanswered) as error:
            return Outcome.BROKEN, "", str(error)
