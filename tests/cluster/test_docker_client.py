"""Docker's API: how it is found, what it refuses, and what is said where it is not to be had."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeproof.cluster.docker_client import Docker, DockerRefused
from kubeproof.cluster.docker_host import docker_host
from kubeproof.cluster.docker_stream import plain
from kubeproof.errors import ClusterUnavailable
from tests.cluster.fake_docker import FakeDocker, framed, served

NOBODY = 65534


@pytest.fixture
def fake() -> FakeDocker:
    return FakeDocker()


@pytest.fixture
def docker(fake: FakeDocker, tmp_path: Path) -> Iterator[Docker]:
    with served(fake, tmp_path / "docker.sock") as host:
        client = Docker(host)
        yield client
        client.close()


def test_no_socket_is_said_with_its_path_and_a_remedy(tmp_path: Path) -> None:
    missing = tmp_path / "docker.sock"
    with pytest.raises(ClusterUnavailable) as caught:
        Docker(f"unix://{missing}")
    assert str(caught.value) == (
        f"no Docker here: {missing} does not exist; start Docker, or name it in DOCKER_HOST"
    )


def test_a_socket_on_which_nobody_listens_is_told_from_none(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
    with pytest.raises(ClusterUnavailable, match=r"no Docker listens on .*docker\.sock"):
        Docker(f"unix://{path}")


def test_a_socket_that_is_closed_to_the_user_is_said_with_the_remedy() -> None:
    """As an ordinary user, because nothing is closed to root."""
    code = """
import os, socket, tempfile
from kubeproof.cluster.docker_client import Docker
from kubeproof.errors import ClusterUnavailable
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
with tempfile.TemporaryDirectory() as folder:
    path = folder + "/docker.sock"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path); bound.listen(); os.chmod(path, 0)
        try:
            Docker("unix://" + path)
        except ClusterUnavailable as error:
            print(error)
"""
    environment = {**os.environ, "TMPDIR": "/tmp"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert "docker.sock is closed to user " in done.stdout, done.stderr
    assert "sudo usermod -aG docker " in done.stdout


def test_a_way_to_docker_that_is_not_spoken_is_said() -> None:
    with pytest.raises(ClusterUnavailable, match="cannot speak to Docker at ssh://host"):
        Docker("ssh://host")


@pytest.mark.parametrize(("oldest", "spoken"), [("1.12", "v1.41"), ("1.44", "v1.44")])
def test_every_engine_is_asked_in_a_version_it_speaks(
    fake: FakeDocker, tmp_path: Path, oldest: str, spoken: str
) -> None:
    fake.oldest_api = oldest
    with served(fake, tmp_path / "docker.sock") as host:
        Docker(host).networks()
    assert fake.asked == ["GET /version", f"GET /{spoken}/networks"]


def test_a_refusal_keeps_dockers_words(docker: Docker) -> None:
    with pytest.raises(DockerRefused, match="page not found") as caught:
        docker.ask("GET", "/nowhere")
    assert caught.value.code == 404


def test_containers_are_found_by_all_of_their_labels(fake: FakeDocker, docker: Docker) -> None:
    fake.add("one", {"a": "1", "b": "2"})
    fake.add("two", {"a": "1"})
    assert [one["Names"] for one in docker.containers("a=1", "b")] == [["/one"]]


def test_what_is_gone_already_is_as_good_as_removed(fake: FakeDocker, docker: Docker) -> None:
    fake.add("one", {})
    docker.remove("containers", "one")
    docker.remove("containers", "one")
    assert fake.names() == []


def test_a_command_in_a_container_gives_its_code_and_output(
    fake: FakeDocker, docker: Docker
) -> None:
    fake.execute = lambda name, command: (7, f"{name} ran {' '.join(command)}")
    ran = docker.execute("one", ["echo", "hello"])
    assert (ran.code, ran.output) == (7, "one ran echo hello")


def test_an_image_that_cannot_be_pulled_is_named_with_dockers_reason(docker: Docker) -> None:
    with pytest.raises(ClusterUnavailable) as caught:
        docker.need_image("registry.example/k3s:v1")
    assert str(caught.value) == (
        "image registry.example/k3s:v1 is not there and cannot be pulled: pull access denied; "
        "try: docker pull registry.example/k3s:v1 (or load it from a file with docker load)"
    )


def test_an_image_that_is_there_is_not_pulled(fake: FakeDocker, docker: Docker) -> None:
    fake.images.add("k3s:v1")
    docker.need_image("k3s:v1")
    assert not any("create" in one for one in fake.asked)


def test_a_docker_that_goes_away_is_unavailable(fake: FakeDocker, tmp_path: Path) -> None:
    with served(fake, tmp_path / "docker.sock") as host:
        docker = Docker(host)
    (tmp_path / "docker.sock").unlink()
    docker.close()
    with pytest.raises(ClusterUnavailable, match="does not exist"):
        Docker(host)


def test_two_streams_become_one_text() -> None:
    assert plain(framed("one\n") + framed("two\n")) == "one\ntwo\n"


def test_a_terminals_output_has_no_headers() -> None:
    assert plain(b"plain words of a terminal") == "plain words of a terminal"


def test_docker_host_comes_first() -> None:
    assert docker_host({"DOCKER_HOST": "tcp://host:2375", "HOME": "/nowhere"}) == "tcp://host:2375"


def test_the_context_in_use_comes_next(tmp_path: Path) -> None:
    """The folder of a context is named after the digest of its name."""
    import hashlib

    meta = tmp_path / ".docker" / "contexts" / "meta" / hashlib.sha256(b"colima").hexdigest()
    meta.mkdir(parents=True)
    (tmp_path / ".docker" / "config.json").write_text('{"currentContext": "colima"}')
    endpoint = '{"Endpoints": {"docker": {"Host": "unix:///colima.sock"}}}'
    (meta / "meta.json").write_text(endpoint)
    assert docker_host({"HOME": str(tmp_path)}) == "unix:///colima.sock"


def test_a_configuration_that_is_none_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text("{")
    assert docker_host({"HOME": str(tmp_path)}).startswith("unix://")
