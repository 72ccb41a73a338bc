"""A new cluster is used only once it can be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from kubeproof.cluster.deadline import Deadline
from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.node_gate import NodeGate
from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import ClusterUnavailable
from tests.clocks import FakeClock
from tests.cluster.fake_docker import FakeDocker, served

NODE, ADDRESS = "k3d-one-server-0", "172.29.1.3"
READY = [{"type": "Ready", "status": "True"}]


class FakeApi:
    """Nodes and Pods of which the test says in which state they are."""

    def __init__(self) -> None:
        self.conditions = READY
        self.address = ADDRESS
        self.dns = READY
        self.busy = 0

    def list(self, kind: str, namespace: str = "", labels: str = "") -> list[dict[str, Any]]:
        if self.busy:
            self.busy -= 1
            raise Rejected(429, "TooManyRequests", "storage is (re)initializing")
        if kind == "Pod":
            return [{"status": {"conditions": self.dns}}]
        addresses = [{"type": "InternalIP", "address": self.address}]
        status = {"conditions": self.conditions, "addresses": addresses}
        return [{"metadata": {"name": NODE}, "spec": {}, "status": status}]

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any]:
        return {"spec": {"clusterIP": "10.43.0.10"}}


@pytest.fixture
def fake() -> FakeDocker:
    return FakeDocker()


@pytest.fixture
def docker(fake: FakeDocker, tmp_path: Path) -> Iterator[Docker]:
    with served(fake, tmp_path / "docker.sock") as host:
        yield Docker(host)


def opened(api: FakeApi, docker: Docker, addresses: dict[str, str] | None = None) -> None:
    gate = NodeGate(cast(Any, api), docker, addresses or {NODE: ADDRESS})
    gate.open(Deadline(30, FakeClock()))


def test_a_cluster_that_is_ready_is_let_through(fake: FakeDocker, docker: Docker) -> None:
    opened(FakeApi(), docker)
    name = "kubernetes.default.svc.cluster.local"
    assert fake.commands == [(NODE, ["nslookup", name, "10.43.0.10"])]


def test_an_api_server_that_is_busy_is_waited_for(docker: Docker) -> None:
    api = FakeApi()
    api.busy = 3
    opened(api, docker)
    assert api.busy == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"conditions": []}, f"every node is Ready: not so within .*{NODE} is not Ready"),
        ({"address": "10.0.0.1"}, f"{NODE} has address 10.0.0.1, its container {ADDRESS}"),
        ({"dns": []}, "CoreDNS is Ready: not so within .*none of 1 CoreDNS Pods is Ready"),
        ({"busy": 10_000}, r"storage is \(re\)initializing"),
    ],
)
def test_what_is_missing_at_the_deadline_is_said(
    docker: Docker, change: dict[str, Any], said: str
) -> None:
    api = FakeApi()
    for name, value in change.items():
        setattr(api, name, value)
    with pytest.raises(ClusterUnavailable, match=f"not usable within 30 s: .*{said}"):
        opened(api, docker)


def test_a_node_that_never_joined_is_named(docker: Docker) -> None:
    with pytest.raises(ClusterUnavailable, match="node k3d-one-agent-0 is not there"):
        opened(FakeApi(), docker, {NODE: ADDRESS, "k3d-one-agent-0": "172.29.1.4"})


def test_a_node_that_does_not_route_is_named(fake: FakeDocker, docker: Docker) -> None:
    fake.execute = lambda _, __: (1, ";; connection timed out; no servers could be reached\n")
    with pytest.raises(ClusterUnavailable) as caught:
        opened(FakeApi(), docker)
    assert "every node reaches the cluster's DNS Service: not so within" in str(caught.value)
    assert f"{NODE}: ;; connection timed out; no servers could be reached" in str(caught.value)
