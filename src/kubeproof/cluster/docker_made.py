"""What kubeproof makes in Docker carries labels, by which it is found again and taken away."""

import contextlib
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubeproof.cluster.docker_client import Docker, DockerRefused
from kubeproof.cluster.marks import MANAGED_BY, RUN
from kubeproof.model import Object

KIND = "kubeproof.dev/cluster-kind"
NAME = "kubeproof.dev/cluster"
KEPT = "kubeproof.dev/kept"
OWNER = "kubeproof.dev/owner"
TOPOLOGY = "kubeproof.dev/topology"
PREFIX = "kubeproof-"


@dataclass(frozen=True, slots=True)
class Made:
    """A cluster in containers, as its labels tell."""

    kind: str
    name: str
    run: str
    kept: bool
    topology: str
    owner: str
    created: int  # seconds since the epoch
    containers: tuple[str, ...]
    running: bool

    @property
    def in_use(self) -> bool:
        """Whether the run that it was made for goes on, on this machine."""
        return self.owner.startswith(f"{_machine()}/") and _lives(self.owner)

    @property
    def abandoned(self) -> bool:
        """Whether the run that it was made for ended on this machine without taking it away."""
        return not self.kept and self.owner.startswith(f"{_machine()}/") and not _lives(self.owner)


def labels_for(kind: str, name: str, topology: str, *, kept: bool) -> dict[str, str]:
    """The labels of everything that belongs to a cluster."""
    return {
        MANAGED_BY: "kubeproof",
        RUN: name.removeprefix(PREFIX),
        KIND: kind,
        NAME: name,
        KEPT: str(kept).lower(),
        OWNER: _owner(os.getpid()),
        TOPOLOGY: topology,
    }


def clusters_made(docker: Docker) -> list[Made]:
    """Every cluster that kubeproof made in this Docker, by name."""
    by_name: dict[str, list[Object]] = {}
    for container in docker.containers(f"{MANAGED_BY}=kubeproof", NAME):
        by_name.setdefault(container["Labels"][NAME], []).append(container)
    return [_made(name, there) for name, there in sorted(by_name.items())]


def _made(name: str, containers: Sequence[Object]) -> Made:
    labels: Mapping[str, str] = containers[0]["Labels"]
    return Made(
        kind=labels.get(KIND, ""),
        name=name,
        run=labels.get(RUN, ""),
        kept=labels.get(KEPT) == "true",
        topology=labels.get(TOPOLOGY, ""),
        owner=labels.get(OWNER, ""),
        created=min(int(one["Created"]) for one in containers),
        containers=tuple(sorted(str(one["Names"][0]).lstrip("/") for one in containers)),
        running=all(one["State"] == "running" for one in containers),
    )


def client_of(name: str) -> str:
    """What a run's client container on a cluster's network goes by: it ends with the run."""
    return f"{name}.client"


def sweep(docker: Docker, name: str) -> list[str]:
    """Remove every container, network and volume of a cluster; says what was removed."""
    ours = (f"{NAME}={name}", f"{NAME}={client_of(name)}", f"k3d.cluster={name}")
    found = [one for label in ours for one in docker.containers(label)]
    containers = {one["Id"]: str(one["Names"][0]).lstrip("/") for one in found}
    for container in containers:
        docker.remove("containers", container)
    networks = [one for one in (name, f"k3d-{name}") if docker.network(one)]
    volumes = docker.volumes(f"k3d-{name}-")
    for what, names in (("networks", networks), ("volumes", volumes)):
        for one in names:
            with contextlib.suppress(DockerRefused):  # still in use by what is not ours
                docker.remove(what, one)
    return [*containers.values(), *networks, *volumes]


def _owner(pid: int) -> str:
    return f"{_machine()}/{pid}/{_started(pid)}"


def _lives(owner: str) -> bool:
    pid, _, started = owner.removeprefix(f"{_machine()}/").partition("/")
    return _started(int(pid)) == started != ""


def _machine() -> str:
    """This boot of this machine: process ids mean nothing beyond it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return platform.node()


def _started(pid: int) -> str:
    """When a process began, in clock ticks after the boot (proc_pid_stat(5)); empty if gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
