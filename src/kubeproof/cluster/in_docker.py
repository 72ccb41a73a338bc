"""From options to a cluster in Docker, kept or for one run."""

import os
import re
from pathlib import Path
from typing import Protocol

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_cluster import DockerCluster
from kubeproof.cluster.docker_leftovers import remove_abandoned
from kubeproof.cluster.docker_made import PREFIX, clusters_made
from kubeproof.cluster.k3d_command import find_k3d
from kubeproof.cluster.k3s_topology import Topology
from kubeproof.cluster.progress import Progress
from kubeproof.errors import ClusterUnavailable, Misuse
from kubeproof.waiting import Budgets

# With our prefix at most 32 characters, as k3d wants it.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?")


class Maker(Protocol):
    """Makes and ends the clusters of one kind."""

    def cluster(self, topology: Topology) -> DockerCluster:
        """One that was kept and is as wanted, else a new one for this run alone."""
        ...

    def make(self, name: str, topology: Topology, *, kept: bool = False) -> DockerCluster:
        """A new cluster."""
        ...

    def end(self, name: str) -> None:
        """Delete a cluster with everything that belongs to it."""
        ...


def maker_of(kind: str, budgets: Budgets, logs: Path, progress: Progress, image: str = "") -> Maker:
    """Who makes clusters of this kind; what killed runs left of theirs is removed first.

    Raises:
        ClusterUnavailable: Docker or what else it takes is not there.
    """
    docker = Docker()
    remove_abandoned(docker, progress)
    if kind == "k3d":
        from kubeproof.cluster.k3d import K3dMaker

        return K3dMaker(docker, find_k3d(progress), budgets, logs, progress, image)
    try:
        from kubeproof.cluster.k3s import K3sMaker
    except ImportError as error:
        raise ClusterUnavailable(
            f"--cluster k3s needs testcontainers ({error}); install it with: "
            "pip install 'kubeproof[k3s]'"
        ) from error
    return K3sMaker(docker, budgets, logs, progress, image)


def keep(maker: Maker, kind: str, name: str, topology: Topology) -> Path:
    """Make a cluster that stays; the file with its kubeconfig.

    Raises:
        Misuse: there can be no cluster of that name.
        ClusterUnavailable: it cannot be made, or there is one of that name.
    """
    if not _NAME.fullmatch(name):
        raise Misuse(
            f"{name!r} cannot name a cluster: use lower case letters, digits and hyphens, "
            "22 at most"
        )
    cluster = maker.make(PREFIX + name, topology, kept=True)
    path = kubeconfig_path(kind, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(cluster.kubeconfig, encoding="utf-8")
    cluster.close()
    return path


def drop(maker: Maker, kind: str, name: str) -> None:
    """End a cluster that was kept.

    Raises:
        Misuse: there is none of that name.
    """
    kept = [made for made in clusters_made(Docker()) if made.kept and made.kind == kind]
    if PREFIX + name not in [made.name for made in kept]:
        names = ", ".join(made.name.removeprefix(PREFIX) for made in kept) or "none"
        raise Misuse(f"no {kind} cluster {name!r} stays here; those that do: {names}")
    maker.end(PREFIX + name)
    kubeconfig_path(kind, name).unlink(missing_ok=True)


def kubeconfig_path(kind: str, name: str) -> Path:
    """Where the kubeconfig of a cluster that stays is written."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "kubeproof" / kind / f"{name}.kubeconfig"
