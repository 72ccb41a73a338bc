"""The images that a run needs in a cluster: which they are, and how they get into one.

For clusters without a way to a registry (docs/any-cluster.md, "Without a registry").
"""

import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.k3d_command import find_k3d
from kubeproof.cluster.progress import Progress
from kubeproof.errors import ClusterUnavailable, Misuse
from kubeproof.manifest import Manifest
from kubeproof.model import Object

_LOADED = "Loaded image: "


@dataclass(frozen=True, slots=True)
class Saved:
    """An image in a file, and by what it can be recognised."""

    name: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name} {self.digest}"


def needed(manifests: Path, image: str = "") -> list[str]:
    """The images of all Pods in a folder of manifests; ``image`` stands for all if it is given.

    Raises:
        Misuse: a manifest cannot be read.
    """
    if image:
        return [image]
    found: set[str] = set()
    for path in sorted(manifests.glob("**/*.yaml")):
        for obj in Manifest.load(path).objects:
            found |= set(_images_in(obj))
    return sorted(found)


def _images_in(value: object) -> Iterable[str]:
    """Every container's image, wherever in an object a Pod's spec stands."""
    if isinstance(value, list):
        for one in cast(list[object], value):
            yield from _images_in(one)
    if isinstance(value, dict):
        for key, one in cast(Object, value).items():
            if key in ("containers", "initContainers") and isinstance(one, list):
                yield from (str(each["image"]) for each in cast(list[Any], one))
            else:
                yield from _images_in(one)


def save(docker: Docker, images: Sequence[str], file: Path) -> list[Saved]:
    """Put images into one file, as ``docker save`` does; those that are not here are pulled.

    Raises:
        ClusterUnavailable: one cannot be had.
        Misuse: the file cannot be written.
    """
    for image in images:
        docker.need_image(image)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        docker.download("/images/get", {"names": list(images)}, file)
    except OSError as error:
        raise Misuse(f"cannot write {file}: {error.strerror}") from error
    return [Saved(image, str(docker.ask("GET", f"/images/{image}/json")["Id"])) for image in images]


def checksum(file: Path) -> str:
    """SHA-256 of a file, as ``sha256sum`` prints it."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def load(docker: Docker, file: Path) -> list[str]:
    """Take the images of a file into this machine's Docker; their names.

    Raises:
        Misuse: there is no such file, or it is none of images.
        ClusterUnavailable: Docker refuses it.
    """
    if not file.is_file():
        raise Misuse(f"no such file: {file}; make one with kubeproof images save")
    try:
        with tarfile.open(file) as opened:
            opened.getmember("manifest.json")
    except (tarfile.TarError, KeyError, OSError) as error:
        raise Misuse(f"{file} holds no images; make one with kubeproof images save") from error
    told = docker.upload("/images/load", file)
    return [
        line.partition(_LOADED)[2].split("\\n")[0].strip()
        for line in told.splitlines()
        if _LOADED in line
    ]


def into_k3d(docker: Docker, cluster: str, images: Sequence[str], say: Progress) -> list[str]:
    """Bring images of this machine's Docker to every node of a k3d cluster; the nodes.

    k3d only warns where one did not arrive, so that each node is asked afterwards.

    Raises:
        Misuse: there is no such cluster.
        ClusterUnavailable: there is no k3d, or an image did not arrive.
    """
    nodes = [
        str(one["Names"][0]).lstrip("/")
        for one in docker.containers(f"k3d.cluster={cluster}")
        if one["Labels"].get("k3d.role") in ("server", "agent")
    ]
    if not nodes:
        raise Misuse(f"there is no k3d cluster {cluster!r}; those there are: k3d cluster list")
    find_k3d(say).load(cluster, images)
    for node in nodes:
        there = docker.execute(node, ["ctr", "images", "list", "--quiet"])  # k3s' own namespace
        lacking = [one for one in images if not _listed(one, there.output.split())]
        if there.code or lacking:
            why = ", ".join(lacking) or there.output.strip()[-200:]
            raise ClusterUnavailable(f"not on node {node} after k3d image import: {why}")
    return sorted(nodes)


def _listed(image: str, names: Iterable[str]) -> bool:
    """Whether containerd, which writes names in full, has an image (docker.io/library/NAME)."""
    return any(name == image or name.endswith(f"/{image}") for name in names)


def into_registry(images: Sequence[str], registry: str, say: Progress) -> list[str]:
    """Push images to a registry, with the credentials of the docker command; their names there.

    Raises:
        ClusterUnavailable: there is no docker command, or the registry refuses.
    """
    if (docker := shutil.which("docker")) is None:
        raise ClusterUnavailable("there is no docker on the PATH; it knows the way to registries")
    names = [f"{registry.rstrip('/')}/{image.rpartition('/')[2]}" for image in images]
    for image, name in zip(images, names, strict=True):
        for command in (["tag", image, name], ["push", name]):
            say(f"docker {' '.join(command)}")
            done = subprocess.run([docker, *command], capture_output=True, text=True)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
                with suppress(OSError):
                    subprocess.run([docker, "rmi", name], capture_output=True)
                raise ClusterUnavailable(f"docker {' '.join(command)} failed: {last}")
    return names
