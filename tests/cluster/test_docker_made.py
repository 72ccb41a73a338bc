"""What is left in Docker is found by its labels, and only what is ours is taken away."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_made import OWNER, client_of, clusters_made, labels_for, sweep
from tests.cluster.fake_docker import FakeDocker, served


@pytest.fixture
def fake() -> FakeDocker:
    return FakeDocker()


@pytest.fixture
def docker(fake: FakeDocker, tmp_path: Path) -> Iterator[Docker]:
    with served(fake, tmp_path / "docker.sock") as host:
        yield Docker(host)


def of_a_run_that_was_killed(name: str) -> dict[str, str]:
    code = (
        "from kubeproof.cluster.docker_made import OWNER, labels_for\n"
        "print(labels_for('k3d', 'x', '', kept=False)[OWNER])"
    )
    owner = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    return labels_for("k3d", name, "nodes=1", kept=False) | {OWNER: owner.strip()}


def test_a_cluster_is_told_by_the_labels_of_its_nodes(fake: FakeDocker, docker: Docker) -> None:
    for node in ("k3d-kubeproof-1-server-0", "k3d-kubeproof-1-agent-0"):
        fake.add(node, labels_for("k3d", "kubeproof-1", "nodes=2", kept=True))
    fake.add("somebody-elses", {"app": "k3d"})
    (made,) = clusters_made(docker)
    assert (made.kind, made.name, made.run, made.kept) == ("k3d", "kubeproof-1", "1", True)
    assert made.topology == "nodes=2"
    assert made.containers == ("k3d-kubeproof-1-agent-0", "k3d-kubeproof-1-server-0")


def test_a_run_that_was_killed_has_abandoned_its_cluster(fake: FakeDocker, docker: Docker) -> None:
    fake.add("dead", of_a_run_that_was_killed("kubeproof-1"))
    fake.add("alive", labels_for("k3d", "kubeproof-2", "", kept=False))
    kept = of_a_run_that_was_killed("kubeproof-3") | {"kubeproof.dev/kept": "true"}
    fake.add("kept", kept)
    other = of_a_run_that_was_killed("kubeproof-4") | {OWNER: f"another-machine/{os.getpid()}/1"}
    fake.add("elsewhere", other)
    assert [made.name for made in clusters_made(docker) if made.abandoned] == ["kubeproof-1"]


def test_everything_of_a_cluster_goes_and_nothing_else(fake: FakeDocker, docker: Docker) -> None:
    fake.add("node", labels_for("k3d", "kubeproof-1", "", kept=False))
    fake.add("client", labels_for("k3d", client_of("kubeproof-1"), "", kept=False))
    fake.add("tools", {"k3d.cluster": "kubeproof-1"})
    fake.add("other", labels_for("k3d", "kubeproof-2", "", kept=False))
    fake.networks[:] = [{"Name": "k3d-kubeproof-1"}, {"Name": "k3d-kubeproof-2"}]
    fake.volumes[:] = ["k3d-kubeproof-1-images", "k3d-kubeproof-11-images"]
    gone = sweep(docker, "kubeproof-1")
    assert gone == ["node", "client", "tools", "k3d-kubeproof-1", "k3d-kubeproof-1-images"]
    assert fake.names() == ["other"]
    assert [one["Name"] for one in fake.networks] == ["k3d-kubeproof-2"]
    assert fake.volumes == ["k3d-kubeproof-11-images"]
