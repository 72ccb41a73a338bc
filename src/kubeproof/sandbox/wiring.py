"""The whole cluster, put together: network, API, controllers, proxies, kubelets, DNS."""

import socket
from collections.abc import Iterable
from typing import Protocol

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.options import Options


class Phases(Protocol):
    """Where the time of a boot went."""

    def done(self, phase: str) -> None:
        """Note that a phase ended now."""
        ...


class Cluster:
    """One cluster: built by ``start``, then asked by the broker."""

    def __init__(self, options: Options, token: str, api: socket.socket, phases: Phases) -> None:
        self._options = options
        self._token = token
        self._api = api
        self._phases = phases
        self._faults = Faults(options.faults)
        self._network: Network

    async def start(self) -> None:
        """Build everything; the API answers and every node is Ready when this returns."""
        self._network = Network.build(self._options.nodes)
        self._phases.done("network")

    def facts(self) -> Object:
        """What users of the sandbox have to know of it."""
        nodes = self._network.nodes.values()
        return {
            "name": self._options.name,
            "api_url": f"http://127.0.0.1:{self._api.getsockname()[1]}",
            "nodes": [{"name": node.name, "address": node.address} for node in nodes],
        }

    def namespace(self, name: str) -> NetNs:
        """The network namespace of that name; LookupError when there is none."""
        return self._network.namespace(name)

    async def set_faults(self, names: Iterable[str]) -> None:
        """Switch to exactly these faults; returns when every node is programmed."""
        self._faults.replace(names)

    def rules(self, node: str) -> str:
        """The Service rules of a node as text."""
        raise LookupError(f"no node called {node}")

    def conntrack(self, node: str) -> list[str]:
        """What the node's connection tracking holds."""
        raise LookupError(f"no node called {node}")

    async def settled(self, timeout: float) -> list[str]:
        """Wait until nothing has work to do; who still has when ``timeout`` seconds are over."""
        return []
