"""Pods, names and the ways into Pods on a whole sandbox, with real packets."""

import socket
import struct
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from kubeproof.sandbox.client import Sandbox
from kubeproof.sandbox.dns.decoding import decode
from kubeproof.sandbox.dns.encoding import encode
from kubeproof.sandbox.dns.message import Edns, Message, Question, Rcode, Srv, Type
from kubeproof.sandbox.objects import Object
from tests.sandbox.kubelet.cluster import AGNHOST, is_ready
from tests.sandbox.rest import Rest

_SPACE = "kubelets"
_ROOT = f"/api/v1/namespaces/{_SPACE}"
_DNS = "10.96.0.10"


class Space:
    """A namespace of the cluster for these tests."""

    def __init__(self, sandbox: Sandbox, rest: Rest) -> None:
        self.sandbox = sandbox
        self.rest = rest

    def run(
        self, name: str, node: str = "k8s-node1", app: str = "", spec: Object | None = None
    ) -> Object:
        """A Pod with netexec, once it is ready."""
        labels = {"app": app or name}
        container = {"name": "web", "image": AGNHOST, "args": ["netexec"]}
        body = {
            "metadata": {"name": name, "labels": labels},
            "spec": {
                "nodeName": node,
                "terminationGracePeriodSeconds": 1,
                "containers": [container],
                **(spec or {}),
            },
        }
        self.rest.post(f"{_ROOT}/pods", body)
        return self.rest.wait(f"{_ROOT}/pods/{name}", is_ready)

    def serve(self, name: str, app: str, **spec: object) -> Object:
        """A Service of the Pods with that label."""
        ports = [{"name": "web", "port": 80, "targetPort": 8080}]
        body = {
            "metadata": {"name": name},
            "spec": {"selector": {"app": app}, "ports": ports, **spec},
        }
        return self.rest.post(f"{_ROOT}/services", body)

    def get(self, path: str) -> str:
        """What a Pod answers through the Pod proxy: ``pod/path``."""
        pod, _, rest = path.partition("/")
        return str(self.rest.ask("GET", f"{_ROOT}/pods/{pod}:8080/proxy/{rest}").body)

    def ask(self, name: str, kind: Type = Type.A, vantage: str = "k8s-node1") -> Message:
        """The cluster DNS's answer over UDP, asked from a namespace."""
        with self.sandbox.socket(vantage, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.connect((_DNS, 53))
            sock.send(_query(name, kind))
            return decode(sock.recv(4096))

    def addresses(self, name: str) -> list[str]:
        return sorted(str(record.data) for record in self.ask(name).answer)


def _query(name: str, kind: Type) -> bytes:
    return encode(Message(7, Question(name, kind), recursion_desired=True, edns=Edns(4096)))


def _eventually(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"


@pytest.fixture(scope="module")
def space(fresh_sandbox: Sandbox, fresh_rest: Rest) -> Space:
    """The tests' namespace, with the cluster's DNS at work."""
    fresh_rest.post("/api/v1/namespaces", {"metadata": {"name": _SPACE}})
    fresh_rest.wait(f"{_ROOT}/serviceaccounts/default", lambda account: account)
    pods = "/api/v1/namespaces/kube-system/pods"
    fresh_rest.wait(pods, lambda found: found["items"] and all(map(is_ready, found["items"])))
    return Space(fresh_sandbox, fresh_rest)


@pytest.fixture(autouse=True)
def clean(space: Space) -> Generator[None]:
    """Leave no Pod, Service or fault behind."""
    yield
    space.sandbox.set_faults([])
    for service in space.rest.get(f"{_ROOT}/services")["items"]:
        space.rest.delete(f"{_ROOT}/services/{service['metadata']['name']}")
    space.rest.delete(f"{_ROOT}/pods")
    space.rest.wait(f"{_ROOT}/pods", lambda found: not found["items"])


@contextmanager
def _fault(space: Space, name: str) -> Generator[None]:
    space.sandbox.set_faults([name])
    try:
        yield
    finally:
        space.sandbox.set_faults([])


class TestNames:
    def test_a_service_has_a_name_an_address_and_a_port(self, space: Space) -> None:
        address = space.serve("shop", "shop")["spec"]["clusterIP"]
        full = f"shop.{_SPACE}.svc.cluster.local."
        assert space.addresses(full) == [address]
        assert space.ask(f"_web._tcp.{full}", Type.SRV).answer[0].data == Srv(0, 100, 80, full)
        reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa."
        assert space.ask(reverse, Type.PTR).answer[0].data == full

    def test_pods_and_nodes_ask_over_udp_and_tcp(self, space: Space) -> None:
        space.run("asking", "k8s-node2")
        address = space.serve("shop", "shop")["spec"]["clusterIP"]
        full = f"shop.{_SPACE}.svc.cluster.local."
        for vantage in ("k8s-node3", f"pod/{_SPACE}/asking"):
            assert space.ask(full, vantage=vantage).answer[0].data == address
            with space.sandbox.socket(vantage) as sock:
                sock.settimeout(5)
                sock.connect((_DNS, 53))
                sock.sendall(struct.pack(">H", len(_query(full, Type.A))) + _query(full, Type.A))
                raw = sock.recv(4096)
            assert decode(raw[2:]).answer[0].data == address

    def test_a_headless_service_follows_its_pods(self, space: Space) -> None:
        space.serve("hl", "hl", clusterIP="None")
        name = f"hl.{_SPACE}.svc.cluster.local."
        assert space.ask(name).rcode == Rcode.NXDOMAIN
        first = space.run("one", app="hl")["status"]["podIP"]
        second = space.run("two", "k8s-node2", app="hl")["status"]["podIP"]
        _eventually(lambda: space.addresses(name) == sorted([first, second]))
        space.rest.delete(f"{_ROOT}/pods/one")
        _eventually(lambda: space.addresses(name) == [second])

    def test_a_stale_dns_answers_what_was(self, space: Space) -> None:
        full = f"shop.{_SPACE}.svc.cluster.local."
        space.serve("shop", "shop")
        with _fault(space, "dns-stale"):
            space.rest.delete(f"{_ROOT}/services/shop")
            assert space.ask(full).rcode == Rcode.NOERROR
        assert space.ask(full).rcode == Rcode.NXDOMAIN

    def test_a_stopped_dns_refuses_and_comes_back(self, space: Space) -> None:
        full = f"shop.{_SPACE}.svc.cluster.local."
        space.serve("shop", "shop")
        with _fault(space, "dns-stopped"), pytest.raises(ConnectionRefusedError):
            space.ask(full)
        assert space.ask(full).rcode == Rcode.NOERROR


class TestPods:
    def test_the_pod_proxy_comes_from_the_pods_node(self, space: Space) -> None:
        space.run("web", "k8s-node2")
        assert space.get("web/clientip").startswith("10.244.2.1:")

    def test_a_recreated_pod_has_another_address(self, space: Space) -> None:
        before = space.run("web")["status"]["podIP"]
        space.rest.delete(f"{_ROOT}/pods/web")
        space.rest.wait(f"{_ROOT}/pods", lambda found: not found["items"])
        assert space.run("web")["status"]["podIP"] != before

    def test_a_deleted_pod_is_off_the_network(self, space: Space) -> None:
        address = space.run("web")["status"]["podIP"]
        space.rest.delete(f"{_ROOT}/pods/web")
        space.rest.wait(f"{_ROOT}/pods", lambda found: not found["items"])
        with space.sandbox.socket("k8s-node1") as sock:
            sock.settimeout(5)
            with pytest.raises(OSError, match="route"):
                sock.connect((address, 8080))

    def test_host_network_shares_the_nodes_address_name_and_ports(self, space: Space) -> None:
        policy = {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
        first = space.run("first", spec=policy)
        assert first["status"]["podIP"] == first["status"]["hostIP"] == "172.30.0.11"
        assert space.get("first/hostname") == "k8s-node1"
        space.serve("shop", "first")
        dial = f"dial?host=shop.{_SPACE}&port=80&request=hostname"
        assert space.get(f"first/{dial}") == '{"responses":["k8s-node1"]}'
        space.run("elsewhere", "k8s-node2", spec=policy)
        body = {
            "metadata": {"name": "second"},
            "spec": {
                "nodeName": "k8s-node1",
                "hostNetwork": True,
                "containers": [{"name": "web", "image": AGNHOST, "args": ["netexec"]}],
            },
        }
        space.rest.post(f"{_ROOT}/pods", body)
        space.rest.wait(
            f"{_ROOT}/pods/second", lambda pod: "CrashLoopBackOff" in str(pod["status"])
        )
        log = space.rest.ask("GET", f"{_ROOT}/pods/second/log").body
        assert log.endswith("listen tcp :8080: bind: address already in use\n")

    def test_probes_reach_the_pod_from_its_node(self, space: Space) -> None:
        probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1}
        container = {"name": "web", "image": AGNHOST, "args": ["netexec"], "readinessProbe": probe}
        space.run("web", spec={"containers": [container]})
        log = space.rest.ask("GET", f"{_ROOT}/pods/web/log").body
        assert "GET /healthz" in log

    def test_ports_of_a_pod_are_its_own(self, space: Space) -> None:
        """Two Pods of one node listen on the same port."""
        space.run("one")
        space.run("two")
        assert [space.get(f"{name}/hostname") for name in ("one", "two")] == ["one", "two"]
