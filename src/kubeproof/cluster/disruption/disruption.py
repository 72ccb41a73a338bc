"""The faults of a cluster's nodes: which nodes, how long, and what must not be cut."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Lock, Thread

from kubeproof.cluster.disruption.shell import NodeShell
from kubeproof.cluster.disruption.switch import LEASE_SECONDS, CannotBreak, Switch
from kubeproof.errors import CheckBroken, KubeproofError

RENEW_SECONDS = LEASE_SECONDS / 5
EVERY, SECOND = "every", "second"


class Disruption:
    """Breaks nodes on request, and renews the leases as long as this process lives."""

    def __init__(self, shell: NodeShell, peers: Mapping[str, Sequence[str]], run: str) -> None:
        """With the nodes in their order, and for each what a cut link keeps it from."""
        self._shell = shell
        self._peers = peers
        self._namespaces = f"kubeproof-{run}-"
        self._switches = [Switch(shell, node) for node in peers]
        self._on: list[Switch] = []
        self._lost: list[str] = []
        self._turn = Lock()
        self._ended = Event()
        self._renewing = Thread(target=self._renew, daemon=True)
        self._renewing.start()

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes, the first first."""
        return [switch.node for switch in self._switches]

    def set_faults(self, names: Iterable[str]) -> None:
        """Break the cluster in these ways, and in no other; returns when it is so.

        A name has its place behind it: ``node-link-cut@second``, ``dns-stopped@every``.

        Raises:
            CannotBreak: what a fault acts upon is not there.
            CheckBroken: a fault ended before it was told to, so that what was seen means nothing.
        """
        self._mend()
        for name in names:
            fault, _, place = name.partition("@")
            self._break(fault, self._at(place))

    def strike(self) -> None:
        """Let faults in the rules act, now that the Services whose rules they touch are there.

        Raises:
            CheckBroken: no node has anything for a fault to act upon.
        """
        with self._turn, ThreadPoolExecutor(max(1, len(self._on))) as several:
            told = list(several.map(Switch.strike, self._on))
        if told and all(told):
            raise CheckBroken(f"the fault found nothing: {told[0]}")

    def _at(self, place: str) -> Sequence[Switch]:
        if place == EVERY:
            return self._switches
        if len(self._switches) < 2:
            raise CannotBreak("it takes a second node")
        return self._switches[1:2]

    def _break(self, fault: str, switches: Sequence[Switch]) -> None:
        cannot: list[CannotBreak] = []
        for switch in switches:
            try:
                with self._turn:
                    switch.on(fault, self._namespaces, " ".join(self._peers[switch.node]))
                    self._on.append(switch)
            except CannotBreak as error:
                cannot.append(error)
            except BaseException:
                self._mend()
                raise
        if len(cannot) == len(switches):
            raise cannot[0]

    def _mend(self) -> None:
        with self._turn:
            on, lost = self._on, self._lost
            self._on, self._lost = [], []
            with ThreadPoolExecutor(max(1, len(on))) as several:
                list(several.map(Switch.off, on))
        if lost:
            raise CheckBroken(f"the fault on {', '.join(lost)} ended before the scenario did")

    def _renew(self) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            with self._turn:
                for switch in self._on:
                    if not _renewed(switch) and switch.node not in self._lost:
                        self._lost.append(switch.node)

    def close(self) -> None:
        """Mend everything, and leave the nodes."""
        self._ended.set()
        try:
            with suppress(CheckBroken):
                self._mend()
        finally:
            self._shell.close()


def _renewed(switch: Switch) -> bool:
    try:
        return switch.renew()
    except KubeproofError:  # once is no harm: the lease is longer
        return True
