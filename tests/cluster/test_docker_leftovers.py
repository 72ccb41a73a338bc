"""What killed runs left in Docker: found, told, removed; and nothing that somebody still uses."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_leftovers import (
    docker_leftovers,
    remove_abandoned,
    remove_from_docker,
)
from kubeproof.cluster.docker_made import OWNER, client_of, labels_for
from tests.cli import console
from tests.cluster.fake_docker import FakeDocker, served
from tests.cluster.fake_k3d import fake_k3d
from tests.cluster.test_docker_made import of_a_run_that_was_killed

ELSEWHERE = {OWNER: "another-boot/1/1"}


@pytest.fixture
def fake() -> FakeDocker:
    made = FakeDocker()
    made.add("dead-server-0", of_a_run_that_was_killed("kubeproof-dead"))
    made.add("alive-server-0", labels_for("k3d", "kubeproof-alive", "", kept=False))
    kept = of_a_run_that_was_killed("kubeproof-kept") | {"kubeproof.dev/kept": "true"}
    made.add("kept-server-0", kept)
    made.add("kept-client", of_a_run_that_was_killed(client_of("kubeproof-kept")))
    made.add("before-boot", labels_for("k3s", "kubeproof-old", "", kept=False) | ELSEWHERE)
    created = "2026-11-22T10:00:00.123456789Z"
    made.networks[:] = [
        {"Name": "k3d-kubeproof-rest", "Created": created, "Containers": {}},
        {"Name": "kubeproof-used", "Created": created, "Containers": {"1": {}}},
        {"Name": "bridge", "Created": created, "Containers": {}},
    ]
    made.volumes[:] = ["k3d-kubeproof-rest-images", "k3d-kubeproof-alive-images", "mine"]
    return made


@pytest.fixture
def docker(fake: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Docker]:
    monkeypatch.setenv("PATH", fake_k3d(tmp_path / "bin").path)
    with served(fake, tmp_path / "docker.sock") as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        yield Docker(host)


def test_only_what_nobody_uses_or_keeps_is_left_over(docker: Docker) -> None:
    found = docker_leftovers(docker)
    assert sorted({one.name for one in found}) == [
        "kubeproof-dead",
        "kubeproof-kept.client",
        "kubeproof-old",
        "kubeproof-rest",
    ]
    told = {str(one).rpartition(",")[0] for one in found}
    assert "k3d cluster kubeproof-dead (dead-server-0)" in told
    assert {"network k3d-kubeproof-rest", "volume k3d-kubeproof-rest-images"} <= told


def test_younger_ones_are_left_alone(docker: Docker) -> None:
    assert docker_leftovers(docker, timedelta(days=365 * 100)) == []


def test_each_goes_with_all_that_belongs_to_it_and_is_told(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    said: list[str] = []
    remove_from_docker(docker, docker_leftovers(docker), said.append)
    assert fake.names() == ["alive-server-0", "kept-server-0"]
    assert [one["Name"] for one in fake.networks] == ["kubeproof-used", "bridge"]
    assert fake.volumes == ["k3d-kubeproof-alive-images", "mine"]
    assert all(line.startswith("removing ") for line in said)
    assert len(said) == 5
    calls = (tmp_path / "bin" / "calls").read_text()
    assert "kubeproof-dead" in calls
    assert "kubeproof-old" not in calls, "k3d knows nothing of that kind"


def test_the_next_run_removes_what_a_killed_one_left_on_this_machine(
    fake: FakeDocker, docker: Docker
) -> None:
    said: list[str] = []
    remove_abandoned(docker, said.append)
    assert fake.names() == ["alive-server-0", "kept-server-0", "before-boot"]
    assert len(said) == 2


def test_clean_says_what_it_would_remove_and_then_removes_it(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    settings = {"DOCKER_HOST": docker.host, "PATH": fake_k3d(tmp_path / "bin").path}
    dry = console.kubeproof("clean", "--dry-run", home=tmp_path, **settings)
    assert dry.code == 0, dry.err
    lines = dry.out.splitlines()
    assert sum(line.startswith("would remove ") for line in lines) == 5
    assert lines[-1].startswith("no cluster is looked at: there is no kubeconfig ")
    assert len(fake.names()) == 5
    wet = console.kubeproof("clean", home=tmp_path, **settings)
    assert wet.code == 0, wet.err
    assert fake.names() == ["alive-server-0", "kept-server-0"]
    assert "removing k3d cluster kubeproof-dead (dead-server-0), " in wet.out
    again = console.kubeproof("clean", home=tmp_path, **settings)
    assert again.out.endswith("nothing is left that is older than 1h\n")


def test_without_docker_clean_says_so_and_goes_on(tmp_path: Path) -> None:
    ended = console.kubeproof("clean", home=tmp_path, DOCKER_HOST=f"unix://{tmp_path}/none")
    assert ended.code == 0
    assert ended.out.startswith(f"Docker is left out: no Docker here: {tmp_path}/none does not")
    assert ended.out.endswith("nothing is left that is older than 1h\n")
