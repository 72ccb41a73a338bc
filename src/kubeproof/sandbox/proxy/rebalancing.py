"""A fault of its own kind: while it is on, a node keeps forgetting where connections lead.

The next packet of such a connection looks new, and may be handed to another endpoint, which knows
nothing of it. Short connections are spared: what is forgotten was there a look ago.
"""

import asyncio
import logging

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.netlink import NetlinkError
from kubeproof.sandbox.network.node import NodeNetwork
from kubeproof.sandbox.proxy.conntrack import TCP, Conntrack

FAULT = "connections-rebalanced"
_EVERY = 0.2  # seconds
_log = logging.getLogger(__name__)


class Rebalancing:
    """The connections of one node."""

    def __init__(self, node: NodeNetwork, faults: Faults) -> None:
        self._name = node.name
        self._faults = faults
        self._conntrack = Conntrack(node.ns)
        self._seen: frozenset[bytes] = frozenset()
        self._turn: asyncio.TimerHandle | None = None

    def sync(self) -> None:
        """Begin, if the fault is on; it ends by itself with the fault."""
        if self._turn is None and self._faults.active(FAULT, self._name):
            self._turn = asyncio.get_running_loop().call_later(_EVERY, self._look)

    def close(self) -> None:
        """Touch nothing any more."""
        if self._turn is not None:
            self._turn.cancel()
        self._conntrack.close()

    def _look(self) -> None:
        self._turn = None
        try:
            self._forget()
        except NetlinkError as error:
            _log.warning("%s: connections stay where they are: %s", self._name, error)
        self.sync()

    def _forget(self) -> None:
        there = [one for one in self._conntrack.entries() if one.protocol == TCP and one.translated]
        for entry in there:
            if entry.identity in self._seen:
                self._conntrack.delete(entry)
        self._seen = frozenset(entry.identity for entry in there)
