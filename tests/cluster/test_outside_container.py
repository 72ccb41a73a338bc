"""The client container: at a fixed high address, asked by a way that works, proven before use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.outside_container import AGNHOST, outside_container
from kubeproof.errors import ClusterUnavailable
from kubeproof.probing.observation import Outcome, Target
from tests.cluster.fake_docker import FakeDocker, served

NETWORK = {"Name": "k3d-one", "IPAM": {"Config": [{"Subnet": "172.29.7.0/24"}]}}


@pytest.fixture
def fake() -> FakeDocker:
    return FakeDocker(networks=[NETWORK], images={AGNHOST})


@pytest.fixture
def docker(fake: FakeDocker, tmp_path: Path) -> Iterator[Docker]:
    with served(fake, tmp_path / "docker.sock") as host:
        yield Docker(host)


def curl(dialled: str, status: int = 200) -> object:
    """A container in which curl gets this from agnhost's /dial."""

    def execute(_: str, command: list[str]) -> tuple[int, str]:
        page = "outside" if "/hostname" in command[-1] else dialled
        return 0, f"{page}\n<status>{status}"

    return execute


def test_it_stands_on_the_clusters_network_at_a_high_address(
    fake: FakeDocker, docker: Docker
) -> None:
    made = outside_container(docker, "one", "k3d-one", {"a": "b"}, "")
    settings = fake.created[made.name]
    endpoint = settings["NetworkingConfig"]["EndpointsConfig"]["k3d-one"]
    assert endpoint == {"IPAMConfig": {"IPv4Address": "172.29.7.250"}}
    assert (settings["Image"], settings["Labels"]) == (AGNHOST, {"a": "b"})
    assert settings["HostConfig"]["PortBindings"]["8080/tcp"][0]["HostIp"] == "127.0.0.1"


@pytest.mark.parametrize(
    "dialled",
    [
        '{"responses": ["Client sent an HTTP request to an HTTPS server.\\n"]}',
        '{"errors": ["Get \\"http://172.29.7.3:10250/healthz\\": connection refused"]}',
    ],
)
def test_where_its_port_cannot_be_reached_it_is_asked_by_exec(
    fake: FakeDocker, docker: Docker, dialled: str
) -> None:
    fake.execute = curl(dialled)  # pyright: ignore[reportAttributeAccessIssue] - a fake's fake
    made = outside_container(docker, "one", "k3d-one", {}, "")
    vantage = made.vantage(["172.29.7.3"])
    assert vantage.name == "a client outside the cluster (172.29.7.250)"
    assert vantage.addresses == {"172.29.7.250"}


def test_one_that_does_not_reach_a_node_is_not_used(fake: FakeDocker, docker: Docker) -> None:
    dialled = '{"errors": ["context deadline exceeded"]}'
    fake.execute = curl(dialled)  # pyright: ignore[reportAttributeAccessIssue] - a fake's fake
    made = outside_container(docker, "one", "k3d-one", {}, "")
    with pytest.raises(ClusterUnavailable, match=r"does not reach 172\.29\.7\.4$"):
        made.vantage(["172.29.7.4"])


def test_one_that_is_lost_later_breaks_the_check_and_no_promise(
    fake: FakeDocker, docker: Docker
) -> None:
    dialled = '{"responses": ["hello"]}'
    fake.execute = curl(dialled)  # pyright: ignore[reportAttributeAccessIssue] - a fake's fake
    made = outside_container(docker, "one", "k3d-one", {}, "")
    vantage = made.vantage(["172.29.7.3"])
    fake.execute = lambda _, __: (127, "curl: not found")
    seen = next(iter(vantage.ask(Target("the node port", "172.29.7.3", 30080))))
    assert seen.outcome is Outcome.BROKEN
    assert seen.detail.startswith(f"container {made.name}: curl ended with 127")


def test_without_its_image_it_is_said(fake: FakeDocker, docker: Docker) -> None:
    fake.images.clear()
    with pytest.raises(ClusterUnavailable, match=f"image {AGNHOST} is not there"):
        outside_container(docker, "one", "k3d-one", {}, "")


def test_a_network_without_addresses_will_not_do(fake: FakeDocker, docker: Docker) -> None:
    fake.networks[:] = [{"Name": "k3d-one", "IPAM": {"Config": None}}]
    with pytest.raises(ClusterUnavailable, match="network k3d-one has no IPv4 subnet"):
        outside_container(docker, "one", "k3d-one", {}, "")


def test_it_is_gone_when_it_is_closed(fake: FakeDocker, docker: Docker) -> None:
    made = outside_container(docker, "one", "k3d-one", {}, "")
    made.close()
    assert fake.names() == []
