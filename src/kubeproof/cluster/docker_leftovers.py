"""What killed runs left in Docker: clusters nobody uses any more, and what is left of others."""

import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kubeproof.cluster.clean import worded
from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_made import PREFIX, Made, clusters_made, sweep
from kubeproof.cluster.k3d_command import K3d, K3dFailed
from kubeproof.cluster.progress import Progress
from kubeproof.model import Object

_OURS = re.compile(rf"(?:k3d-)?({PREFIX}[a-z0-9][-a-z0-9]*?)(?:-images)?")


@dataclass(frozen=True, slots=True)
class DockerLeftover:
    """A cluster in Docker that a run made for itself and did not take away, or a rest of one."""

    name: str
    kind: str  # empty where no container is left that would tell
    what: str
    age: timedelta

    def __str__(self) -> str:
        return f"{self.what}, {worded(self.age)} old"


def docker_leftovers(docker: Docker, older_than: timedelta = timedelta(0)) -> list[DockerLeftover]:
    """What is at least that old, the oldest first.

    A cluster that stays on purpose is none, nor is one whose run still lives on this machine.
    """
    made, now = clusters_made(docker), datetime.now(UTC)
    known = {one.name for one in made}
    found = [_cluster(one, now) for one in made if not one.kept and not one.in_use]
    found += [one for one in _rests(docker, now) if one.name not in known]
    old = [one for one in found if one.age >= older_than]
    return sorted(old, key=lambda one: one.age, reverse=True)


def remove_from_docker(docker: Docker, found: Iterable[DockerLeftover], say: Progress) -> None:
    """Remove these, and say of each what it was.

    Raises:
        ClusterUnavailable: Docker refuses, or does not answer.
    """
    for one in found:
        say(f"removing {one}")
        if one.kind == "k3d" and (path := shutil.which("k3d")):
            with suppress(K3dFailed):  # what it cannot, is removed all the same
                K3d(path, say).delete(one.name)
        sweep(docker, one.name)


def remove_abandoned(docker: Docker, say: Progress) -> None:
    """Remove the clusters of runs that were killed on this machine."""
    now = datetime.now(UTC)
    abandoned = [_cluster(one, now) for one in clusters_made(docker) if one.abandoned]
    remove_from_docker(docker, abandoned, say)


def _cluster(made: Made, now: datetime) -> DockerLeftover:
    age = now - datetime.fromtimestamp(made.created, UTC)
    what = f"{made.kind} cluster {made.name} ({', '.join(made.containers)})"
    return DockerLeftover(made.name, made.kind, what, age)


def _rests(docker: Docker, now: datetime) -> list[DockerLeftover]:
    """Networks and volumes by their names, which are made of a cluster's.

    A network of k3d's own says nothing else of whose it is; one that is in use is none of them.
    """
    networks = [one for one in docker.networks() if not one.get("Containers")]
    return [
        *_named("network", networks, "Created", now),
        *_named("volume", docker.volume_objects(), "CreatedAt", now),
    ]


def _named(
    what: str, objects: Sequence[Object], created: str, now: datetime
) -> list[DockerLeftover]:
    return [
        DockerLeftover(match[1], "", f"{what} {one['Name']}", now - _time(str(one[created])))
        for one in objects
        if (match := _OURS.fullmatch(str(one["Name"])))
    ]


def _time(text: str) -> datetime:
    """A time as Docker writes it, with nanoseconds or without."""
    return datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
