"""Docker and k3d that will not do, at the command line: one line, an exit code, nothing left."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kubeproof.cluster.k3s_topology import K3S_IMAGE
from tests.cli import console
from tests.cli.console import KUBEPROOF, complaint
from tests.cluster.fake_docker import FakeDocker, served
from tests.cluster.fake_k3d import fake_k3d
from tests.sandbox.identities import PROGRAMS

FEATURES = str(Path(__file__).parents[2] / "features")
CONFINED = (sys.executable, str(PROGRAMS / "confine.py"), "no-capabilities")
NEW = "k3d version v5.9.0"
MAKES = "if 'create' in sys.argv: {}"


@dataclass(frozen=True)
class Trouble:
    """What is wrong, and how it is told."""

    told: str
    docker: bool = True
    k3d: str = NEW
    body: str = ""
    images: frozenset[str] = field(default_factory=lambda: frozenset({K3S_IMAGE}))
    closed: bool = False
    progress: bool = False  # lines of progress come before the complaint


TROUBLES: dict[str, Trouble] = {
    "no Docker": Trouble(
        "no Docker here: {socket} does not exist; start Docker, or name it in DOCKER_HOST",
        docker=False,
    ),
    "Docker without permission": Trouble(
        "Docker's socket {socket} is closed to user ", closed=True
    ),
    "no k3d": Trouble(
        "there is no k3d on the PATH; install k3d 5.8 or newer (https://k3d.io), or use "
        "--cluster k3s, which does without",
        k3d="",
    ),
    "an old k3d": Trouble("k3d 5.6.3 is too old", k3d="k3d version v5.6.3"),
    "an image that cannot be pulled": Trouble(
        f"image {K3S_IMAGE} is not there and cannot be pulled: pull access denied; try: "
        f"docker pull {K3S_IMAGE} (or load it from a file with docker load)",
        images=frozenset(),
    ),
    "a cluster that never comes up": Trouble(
        "k3d was not done within ",
        body=MAKES.format("import time; time.sleep(60)"),
        progress=True,
    ),
    "a cluster that fails": Trouble(
        "k3d cluster create failed: no space left on device; no node was created",
        body=MAKES.format(
            "print('FATA[0001] no space left on device', file=sys.stderr); sys.exit(1)"
        ),
        progress=True,
    ),
}


@pytest.fixture(params=TROUBLES)
def trouble(request: pytest.FixtureRequest) -> Trouble:
    return TROUBLES[request.param]


@pytest.fixture
def docker(trouble: Trouble, tmp_path: Path) -> Iterator[FakeDocker]:
    made = FakeDocker(images=set(trouble.images))
    if not trouble.docker:
        yield made
        return
    with served(made, tmp_path / "docker.sock"):
        (tmp_path / "docker.sock").chmod(0 if trouble.closed else 0o600)
        yield made


@pytest.mark.parametrize("command", ["run", "up"])
def test_one_line_says_what_is_wrong_and_what_to_do(
    command: str, trouble: Trouble, docker: FakeDocker, tmp_path: Path
) -> None:
    fake = fake_k3d(tmp_path / "bin", trouble.body, trouble.k3d)
    if not trouble.k3d:
        (fake.folder / "k3d").unlink()
    socket = tmp_path / "docker.sock"
    given = [FEATURES, "--tags=@cip-01"] if command == "run" else ["mine"]
    own = [*KUBEPROOF, command, *given, "--cluster=k3d", "--budget=cluster_up=2"]
    ended = console.ended(
        [*(CONFINED if trouble.closed else ()), *own],
        folder=tmp_path,
        home=tmp_path,
        PATH=fake.path,
        DOCKER_HOST=f"unix://{socket}",
        XDG_STATE_HOME=str(tmp_path / "state"),
    )
    assert ended.code == 3, ended.text
    last = ended.err.splitlines()[-1] if trouble.progress else complaint(ended)
    assert last.startswith(f"kubeproof: {trouble.told.format(socket=socket)}"), ended.err
    assert "Traceback" not in ended.text
    assert docker.names() == []
    assert not (tmp_path / "state").exists(), "no kubeconfig of a cluster that is none"
    if trouble.body:
        assert any(one.startswith("cluster delete") for one in fake.commands())


def test_what_was_begun_goes_where_creation_fails(tmp_path: Path) -> None:
    """A node that k3d made before it failed, as the labels on it say."""
    trouble = TROUBLES["a cluster that fails"]
    docker = FakeDocker(images={K3S_IMAGE})
    fake = fake_k3d(tmp_path / "bin", trouble.body)
    with served(docker, tmp_path / "docker.sock") as host:
        docker.volumes.append("k3d-kubeproof-mine-images")
        ended = console.kubeproof(
            "up", "--cluster=k3d", "mine", home=tmp_path, PATH=fake.path, DOCKER_HOST=host
        )
    assert ended.code == 3
    assert docker.volumes == []
