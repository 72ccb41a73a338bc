"""Three nodes with a real dataplane: an echo Pod and a client Pod on each, one Service."""

import contextlib
import socket
from collections.abc import Generator

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.sync import ServiceProxy
from tests.sandbox.network.echo import Answer, EchoServer, ask, ask_often

# Enough connections to miss one of three Pods once in three million runs.
ENOUGH = 40
UDP = socket.SOCK_DGRAM


class World:
    """Pods ``pod1`` to ``pod3`` answer on 10.244.N.2:8080, clients are on 10.244.N.3."""

    def __init__(self) -> None:
        self.network = Network.build(3)
        self.nodes = list(self.network.nodes.values())
        self.faults = Faults()
        self.proxies = [
            ServiceProxy(node, self.faults, f"zone-{node.index}") for node in self.nodes
        ]
        self.servers = [
            EchoServer(node.attach(f"d/pod{node.index}").ns, f"pod{node.index}")
            for node in self.nodes
        ]
        for node in self.nodes:
            node.attach(f"d/client{node.index}")

    def place(self, name: str) -> NetNs:
        """``outside``, ``node1``, ``pod1``, ``client1`` …"""
        if name.startswith("node"):
            return self.nodes[int(name[4:]) - 1].ns
        return self.network.namespace(name if name == "outside" else f"pod/d/{name}")

    def serve(self, service: Object | None, *slices: Object, key: str = "d/web") -> None:
        """Have the Service programmed on every node."""
        for proxy in self.proxies:
            proxy.update(key, service, slices)
            proxy.flush()

    def suffer(self, *faults: str) -> None:
        """Switch to these faults on every node."""
        self.faults.replace(faults)
        for proxy in self.proxies:
            proxy.flush()

    def ask(self, place: str, destination: str, kind: int = socket.SOCK_STREAM) -> Answer:
        """One connection; the destination is ``address:port``."""
        address, _, port = destination.partition(":")
        return ask(self.place(place), address, int(port), kind)

    def said(self, place: str, destination: str, kind: int = socket.SOCK_STREAM) -> str:
        """Who answered and whom it saw, or how it failed."""
        answer = self.ask(place, destination, kind)
        return f"{answer.who} {answer.seen}".strip()

    def who(self, place: str, destination: str, times: int = ENOUGH) -> str:
        """Everybody who answered in many connections."""
        address, _, port = destination.partition(":")
        return " ".join(sorted(ask_often(self.place(place), address, int(port), times)))

    @property
    def reloads(self) -> int:
        """How often a table had to be loaded anew, which no test here may cause by itself."""
        return sum(proxy.reloads for proxy in self.proxies)

    def close(self) -> None:
        for server in self.servers:
            server.close()
        for proxy in self.proxies:
            proxy.close()
        self.network.close()


@contextlib.contextmanager
def world() -> Generator[World]:
    """A world which has to end without a table having been reloaded."""
    made = World()
    try:
        yield made
        assert made.reloads == 0, "a table had to be reloaded"
    finally:
        made.close()
