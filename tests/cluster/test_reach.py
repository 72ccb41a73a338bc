"""Whether this host is outside the cluster and reaches its nodes: only a node's word counts."""

import socket
import ssl
import time
from pathlib import Path

import pytest

from kubeproof.cluster import reach
from kubeproof.errors import ClusterUnavailable
from kubeproof.model import Object
from kubeproof.probing.direct import DirectVantage
from tests.probing import servers
from tests.probing.servers import Handler, closed_port, serving

CERTIFICATE = Path(__file__).with_name("kubelet.pem")
NODE = "node-of-tests"


def node(name: str, address: str = "127.0.0.1") -> Object:
    ready = [{"type": "Ready", "status": "True"}]
    addresses = [{"type": "InternalIP", "address": address}]
    return {"metadata": {"name": name}, "status": {"conditions": ready, "addresses": addresses}}


class Nodes:
    """An API that knows nodes and nothing else."""

    def __init__(self, *objects: Object) -> None:
        self._objects = list(objects)

    def list(self, kind: str) -> list[Object]:
        assert kind == "Node"
        return self._objects


def kubelet(connection: socket.socket, server: servers.Server) -> None:
    """What listens on every node, with the certificate of this one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with context.wrap_socket(connection, server_side=True) as answered:
        answered.recv(1)


def found(port: int, *nodes: Object, monkeypatch: pytest.MonkeyPatch) -> DirectVantage | None:
    monkeypatch.setattr(reach, "KUBELET_PORT", port)
    api = Nodes(*nodes)
    return reach.outside_of(api, 0.3)  # pyright: ignore[reportArgumentType] - all it asks for


def test_a_host_to_which_every_node_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(kubelet) as server:
        vantage = found(server.port, node(NODE), node(NODE), monkeypatch=monkeypatch)
    assert vantage is not None
    assert vantage.name == "a client outside the cluster (127.0.0.1)"
    assert vantage.addresses == {"127.0.0.1"}
    assert len(server.asked) == 2, "every node is tried"


def test_one_node_that_is_not_reached_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(kubelet) as server:
        others = (node(NODE), node("another-node"))
        assert found(server.port, *others, monkeypatch=monkeypatch) is None


NOT_THE_NODE: dict[str, Handler] = {
    "accepts and closes": servers.saying(),
    "resets": servers.reset,
    "says nothing": servers.silent,
    "speaks something else": servers.saying(servers.response("It works!")),
}


@pytest.mark.parametrize("handler", NOT_THE_NODE.values(), ids=NOT_THE_NODE.keys())
def test_what_only_accepts_is_no_node(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with serving(handler) as server:
        assert found(server.port, node(NODE), monkeypatch=monkeypatch) is None
    assert time.monotonic() - began < 5


def test_what_refuses_may_be_a_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(closed_port(), node(NODE), monkeypatch=monkeypatch) is None


def test_the_certificate_may_name_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a cluster signs its kubelets' certificates."""
    address = ".".join(str(byte) for byte in NODE[:4].encode())  # bytes that stand in it
    connect = socket.create_connection

    def redirected(_: object, timeout: float) -> socket.socket:
        return connect(("127.0.0.1", server.port), timeout)

    with serving(kubelet) as server:
        monkeypatch.setattr(socket, "create_connection", redirected)
        assert found(1, node("unnamed", address), monkeypatch=monkeypatch) is not None


def test_a_cluster_without_nodes() -> None:
    with pytest.raises(ClusterUnavailable, match="none of the cluster's 0 nodes is Ready"):
        reach.outside_of(Nodes(), 0.3)  # pyright: ignore[reportArgumentType] - all it asks for
