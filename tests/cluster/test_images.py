"""Images for clusters without a registry: which, into a file, and out of it again."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.images import checksum, into_k3d, into_registry, load, needed, save
from kubeproof.cluster.outside_container import AGNHOST
from kubeproof.errors import ClusterUnavailable, Misuse
from tests.cli import console
from tests.cluster.fake_docker import FakeDocker, served
from tests.cluster.fake_k3d import fake_k3d

MANIFESTS = Path(__file__).parents[2] / "manifests"
IMAGE = "registry.example.com/path/agnhost:1"


def archive(*names: str) -> bytes:
    """What Docker sends for these images, without their layers."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as made:
        manifest = json.dumps([{"RepoTags": list(names)}]).encode()
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        made.addfile(member, io.BytesIO(manifest))
    return content.getvalue()


@pytest.fixture
def fake() -> FakeDocker:
    made = FakeDocker(images={IMAGE})
    made.archive = archive(IMAGE)
    return made


@pytest.fixture
def docker(fake: FakeDocker, tmp_path: Path) -> Iterator[Docker]:
    with served(fake, tmp_path / "docker.sock") as host:
        yield Docker(host)


def test_one_image_is_all_that_the_manifests_need() -> None:
    assert needed(MANIFESTS) == [AGNHOST], "one image to mirror for an air-gapped cluster"


def test_an_image_of_the_users_stands_for_all() -> None:
    assert needed(MANIFESTS, IMAGE) == [IMAGE]


def test_images_of_workloads_count_too(tmp_path: Path) -> None:
    first, second = {"name": "a", "image": "first"}, {"name": "b", "image": "b:2"}
    spec = {"template": {"spec": {"initContainers": [first], "containers": [second]}}}
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}
    text = json.dumps(made)
    (tmp_path / "d.yaml").write_text(text)
    assert needed(tmp_path) == ["b:2", "first"]


def test_what_is_saved_can_be_loaded_and_is_told_by_its_digest(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "images.tar"
    assert [str(one) for one in save(docker, [IMAGE], file)] == [f"{IMAGE} {IMAGE}"]
    assert file.read_bytes() == fake.archive
    assert len(checksum(file)) == 64
    assert load(docker, file) == [IMAGE]
    assert fake.loaded == [fake.archive]


def test_where_docker_refuses_no_file_is_left(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    fake.archive = b""
    with pytest.raises(ClusterUnavailable, match="no such image in the store"):
        save(docker, [IMAGE], tmp_path / "images.tar")
    assert [one.name for one in tmp_path.iterdir()] == ["docker.sock"]


def test_an_image_that_cannot_be_pulled_is_told_before_anything_is_written(
    docker: Docker, tmp_path: Path
) -> None:
    with pytest.raises(ClusterUnavailable, match="image other:1 is not there and cannot be pulled"):
        save(docker, ["other:1"], tmp_path / "images.tar")
    assert not (tmp_path / "images.tar").exists()


@pytest.mark.parametrize("content", [None, b"no archive", archive()[:100]])
def test_what_is_no_file_of_images_is_not_loaded(
    content: bytes | None, fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    file = tmp_path / "images.tar"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Misuse, match="make one with kubeproof images save"):
        load(docker, file)
    assert fake.loaded == []


def k3d_node(fake: FakeDocker, images: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", fake_k3d(folder / "bin").path)
    fake.add("k3d-dev-server-0", {"k3d.cluster": "dev", "k3d.role": "server"})
    fake.add("k3d-dev-tools", {"k3d.cluster": "dev", "k3d.role": "noRole"})
    fake.execute = lambda _, __: (0, images)


def test_every_node_of_a_k3d_cluster_is_asked_whether_it_has_the_image(
    fake: FakeDocker, docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    k3d_node(fake, f"{IMAGE}\ndocker.io/library/other:1\n", monkeypatch, tmp_path)
    assert into_k3d(docker, "dev", [IMAGE, "other:1"], print) == ["k3d-dev-server-0"]
    k3d_node(fake, "other:1\n", monkeypatch, tmp_path)
    with pytest.raises(ClusterUnavailable) as caught:
        into_k3d(docker, "dev", [IMAGE], print)
    assert str(caught.value) == f"not on node k3d-dev-server-0 after k3d image import: {IMAGE}"


def test_a_k3d_cluster_that_is_not_there(docker: Docker) -> None:
    with pytest.raises(Misuse, match="there is no k3d cluster 'dev'; those there are: k3d cluster"):
        into_k3d(docker, "dev", [IMAGE], print)


DOCKER = """\
#!/bin/sh
echo "$@" >> "$0.calls"
case "$1 $2" in "push "*refuses*) echo "denied: requested access" >&2; exit 1;; esac
"""


def test_images_are_pushed_under_a_registrys_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "docker"
    command.write_text(DOCKER)
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert into_registry([IMAGE], "localhost:5000/mirror/", print) == [
        "localhost:5000/mirror/agnhost:1"
    ]
    calls = (tmp_path / "docker.calls").read_text().splitlines()
    new = "localhost:5000/mirror/agnhost:1"
    assert calls == [f"tag {IMAGE} {new}", f"push {new}"]
    with pytest.raises(ClusterUnavailable) as caught:
        into_registry([IMAGE], "refuses.example.com", print)
    assert str(caught.value) == (
        "docker push refuses.example.com/agnhost:1 failed: denied: requested access"
    )
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ClusterUnavailable, match="there is no docker on the PATH"):
        into_registry([IMAGE], "localhost:5000", print)


def test_the_command_lists_saves_and_loads(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    settings = {"DOCKER_HOST": docker.host}
    listed = console.kubeproof("images", "list", home=tmp_path, **settings)
    assert (listed.code, listed.out) == (0, f"{AGNHOST}\n")
    saved = console.kubeproof("images", "save", f"--image={IMAGE}", home=tmp_path, **settings)
    assert saved.code == 0, saved.err
    assert "written: kubeproof-images.tar sha256:" in saved.out
    loaded = console.kubeproof("images", "load", home=tmp_path, **settings)
    assert (loaded.code, loaded.out) == (0, f"in Docker: {IMAGE}\n")
    none = console.kubeproof("images", "load", "nowhere.tar", home=tmp_path, **settings)
    assert none.code == 2
    assert console.complaint(none) == (
        "kubeproof: no such file: nowhere.tar; make one with kubeproof images save"
    )
