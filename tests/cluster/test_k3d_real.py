"""Clusters in a Docker that is there, with the k3d that is there; each is skipped without.

The node image is named in KUBEPROOF_TEST_K3S_IMAGE and has to be in Docker already: a test does
not download hundreds of megabytes unasked.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kubeproof.cluster.base import NoNodeAccess
from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_cluster import DockerCluster
from kubeproof.cluster.in_docker import Maker, maker_of
from kubeproof.cluster.k3s_topology import Topology
from kubeproof.cluster.nodes import all_nodes, placeable
from kubeproof.cluster.outside_container import AGNHOST, outside_container
from kubeproof.errors import ClusterUnavailable
from kubeproof.waiting import CLUSTER

IMAGE = os.environ.get("KUBEPROOF_TEST_K3S_IMAGE", "")
IMPATIENT = replace(CLUSTER, cluster_up=8.0)  # no node is up by then
pytestmark = pytest.mark.xdist_group("docker")


def docker_or_skip() -> Docker:
    if not IMAGE:
        pytest.skip("KUBEPROOF_TEST_K3S_IMAGE names no node image")
    try:
        docker = Docker()
    except ClusterUnavailable as error:
        pytest.skip(str(error))
    if not docker.has_image(IMAGE):
        pytest.skip(f"{IMAGE} is not in Docker")
    return docker


def ours(docker: Docker, name: str) -> list[str]:
    """What there is of one cluster; others may be at work beside it."""
    containers = docker.containers(f"kubeproof.dev/cluster={name}")
    networks = [one["Name"] for one in docker.networks() if name in one["Name"]]
    return [one["Id"] for one in containers] + networks + docker.volumes(f"k3d-{name}")


@pytest.fixture(scope="module", params=["k3d", "k3s"])
def maker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    docker_or_skip()
    kind: str = request.param
    if kind == "k3d" and shutil.which("k3d") is None:
        pytest.skip("there is no k3d on the PATH")
    if kind == "k3s":
        pytest.importorskip("testcontainers")
        os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    return maker_of(kind, CLUSTER, tmp_path_factory.mktemp("logs"), lambda _: None)


@pytest.fixture(scope="module")
def cluster(maker: Maker) -> Iterator[DockerCluster]:
    docker = docker_or_skip()
    topology = Topology(nodes=2, zones=1, image=IMAGE, proxy_mode="nftables", load_balancer="none")
    made = maker.cluster(topology)
    yield made
    made.close()
    assert ours(docker, made.name) == []


def test_its_nodes_are_ready_and_in_their_zones(cluster: DockerCluster) -> None:
    nodes = placeable(all_nodes(cluster.api))
    assert [node.zone for node in nodes] == ["zone-1", "zone-1"]


def test_every_node_runs_the_proxy_mode_that_was_wanted(cluster: DockerCluster) -> None:
    for node in all_nodes(cluster.api):
        assert "chain services" in cluster.rules(node.name)


def test_its_nodes_tell_which_connections_they_track(cluster: DockerCluster) -> None:
    for node in all_nodes(cluster.api):
        assert all(" src=" in line for line in cluster.connections(node.name))
    with pytest.raises(NoNodeAccess, match="node elsewhere is no container here"):
        cluster.connections("elsewhere")


def test_what_was_left_out_is_said(cluster: DockerCluster) -> None:
    balancer = cluster.findings()["load-balancer"]
    assert not balancer.present
    assert balancer.reason == "the cluster was made without a load balancer"


def test_a_client_is_outside(cluster: DockerCluster) -> None:
    assert cluster.outside is not None
    assert cluster.findings()["outside"].present


def test_a_container_can_be_that_client_by_its_port_and_by_exec(
    cluster: DockerCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = docker_or_skip()
    if not docker.has_image(AGNHOST):
        pytest.skip(f"{AGNHOST} is not in Docker")
    nodes = [node.addresses[0] for node in all_nodes(cluster.api)]
    made = outside_container(docker, cluster.name, cluster.network, {}, "")
    try:
        assert made.address in made.vantage(nodes).addresses
        monkeypatch.setattr(Docker, "address", "127.0.0.9")  # where nothing is published
        assert made.vantage(nodes).name.startswith("a client outside the cluster (172.29.")
        with pytest.raises(ClusterUnavailable, match="does not reach 172"):
            made.vantage(["172.29.255.254"])
    finally:
        made.close()


def test_a_cluster_that_is_not_up_in_time_leaves_its_logs_and_nothing_stays(maker: Maker) -> None:
    docker = docker_or_skip()
    broken = type(maker)(**{**vars(maker), "budgets": IMPATIENT})
    with pytest.raises(ClusterUnavailable, match=r"logs: .*kubeproof-broken"):
        broken.make("kubeproof-broken", Topology(nodes=1, image=IMAGE))
    assert ours(docker, "kubeproof-broken") == []
    folder: Path = vars(broken)["logs"] / "kubeproof-broken"
    states = [json.loads(file.read_text())["State"] for file in folder.glob("*.json")]
    assert states
    assert all(file.read_text() for file in folder.glob("*.log"))
