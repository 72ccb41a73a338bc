"""A k3s cluster made by k3d: nodes are containers, kube-proxy and the kernel are real."""

import secrets
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from kubeproof.cluster.creation_logs import keep_logs
from kubeproof.cluster.deadline import Deadline
from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_cluster import (
    DockerCluster,
    NodesInDocker,
    kept_cluster,
    refuse_leftover,
)
from kubeproof.cluster.docker_made import PREFIX, labels_for, sweep
from kubeproof.cluster.k3d_command import K3d, K3dFailed
from kubeproof.cluster.k3s_topology import ZONE, Topology
from kubeproof.cluster.progress import Progress
from kubeproof.cluster.subnet import free_subnet
from kubeproof.errors import ClusterUnavailable
from kubeproof.model import Object
from kubeproof.waiting import Budgets

KIND = "k3d"
# Somebody else took the port or the addresses between the choice and the use: choose again, once.
_TRANSIENT = ("port is already allocated", "address already in use", "Pool overlaps")


@dataclass(frozen=True)
class K3dMaker:
    """Makes clusters with k3d, finds those that were kept, and ends them."""

    docker: Docker
    k3d: K3d
    budgets: Budgets
    logs: Path
    progress: Progress
    image: str = ""

    def cluster(self, topology: Topology) -> DockerCluster:
        """One that was kept and is as wanted, else a new one for this run alone."""
        if name := kept_cluster(self.docker, KIND, topology, self.progress):
            return self._usable(name, topology, Deadline(self.budgets.cluster_up), kept=True)
        return self.make(PREFIX + secrets.token_hex(4), topology)

    def make(self, name: str, topology: Topology, *, kept: bool = False) -> DockerCluster:
        """A new cluster.

        Raises:
            ClusterUnavailable: it cannot be made; the nodes' logs are kept, nothing else.
        """
        refuse_leftover(self.docker, f"k3d-{name}", name)
        self.docker.need_image(topology.image)
        deadline = Deadline(self.budgets.cluster_up)
        token = secrets.token_hex(16)
        try:
            self._create(name, topology, token, deadline, kept=kept)
            return self._usable(name, topology, deadline, kept=kept, new=True)
        except ClusterUnavailable as error:
            told = self._keep_logs(name, token)
            self.end(name)
            raise ClusterUnavailable(f"{error}; {told}") from error
        except BaseException:
            self.end(name)
            raise

    def _create(
        self, name: str, topology: Topology, token: str, deadline: Deadline, *, kept: bool
    ) -> None:
        for attempt in (1, 2):
            subnet = free_subnet(self.docker.networks())
            labels = labels_for(KIND, name, str(topology), kept=kept)
            host = "127.0.0.1" if self.docker.local else "0.0.0.0"
            config = configuration(name, topology, subnet, token, labels, host, deadline.left)
            try:
                self.k3d.create(config, deadline.left, [token])
                return
            except K3dFailed as error:
                if attempt == 2 or not any(one in str(error) for one in _TRANSIENT):
                    raise
                self.progress(f"once more: {error}")
                self.end(name)

    def _usable(
        self,
        name: str,
        topology: Topology,
        deadline: Deadline,
        *,
        kept: bool = False,
        new: bool = False,
    ) -> DockerCluster:
        text = self.k3d.kubeconfig(name)
        end = _nothing if kept else lambda: self.end(name)
        nodes = NodesInDocker(KIND, name, f"k3d-{name}", topology, text, end, kept)
        if new:
            self.progress("waiting until every node is Ready and routes")
        return DockerCluster(nodes, self.docker, self.budgets, deadline, self.image)

    def _keep_logs(self, name: str, token: str) -> str:
        found = self.docker.containers(f"k3d.cluster={name}")
        names = [str(one["Names"][0]).lstrip("/") for one in found]
        return keep_logs(self.docker, names, self.logs / name, [token])

    def end(self, name: str) -> None:
        """Delete a cluster with everything that belongs to it."""
        # A client container on its network would keep k3d from removing that.
        for container in self.docker.containers(f"kubeproof.dev/cluster={name}"):
            if "k3d.cluster" not in container["Labels"]:
                self.docker.remove("containers", container["Id"])
        try:
            self.k3d.delete(name)
        finally:
            sweep(self.docker, name)


def _nothing() -> None:
    """A cluster that is kept stays when a run ends."""


def configuration(
    name: str,
    topology: Topology,
    subnet: IPv4Network,
    token: str,
    labels: dict[str, str],
    host: str,
    timeout: float,
) -> Object:
    """What k3d is told (k3d.io/v1alpha5, kind Simple).

    The load balancer in front of the API server is left out: it would cost seven seconds and
    nothing of a test goes through it. Nodes stay when creation fails, for their logs.
    """
    servers, everywhere = ["server:*"], ["server:*", *(["agent:*"] if topology.agents else [])]
    arguments = [(one, everywhere) for one in topology.node_arguments()]
    arguments += [(one, servers) for one in topology.server_arguments()]
    zones = [(f"{ZONE}={zone}", [node]) for node, zone in _zones(topology) if zone]
    own = [(f"{key}={value}", everywhere) for key, value in labels.items()]
    return {
        "apiVersion": "k3d.io/v1alpha5",
        "kind": "Simple",
        "metadata": {"name": name},
        "servers": topology.servers,
        "agents": topology.agents,
        "image": topology.image,
        "subnet": str(subnet),
        "token": token,
        "kubeAPI": {"hostIP": host},
        "options": {
            "k3d": {
                "wait": True,
                "timeout": f"{max(1, int(timeout))}s",
                "disableLoadbalancer": True,
                "disableRollback": True,
            },
            "kubeconfig": {"updateDefaultKubeconfig": False, "switchCurrentContext": False},
            "k3s": {
                "extraArgs": [{"arg": arg, "nodeFilters": at} for arg, at in arguments],
                "nodeLabels": [{"label": label, "nodeFilters": at} for label, at in zones],
            },
            "runtime": {"labels": [{"label": label, "nodeFilters": at} for label, at in own]},
        },
    }


def _zones(topology: Topology) -> list[tuple[str, str]]:
    servers = [f"server:{n}" for n in range(topology.servers)]
    agents = [f"agent:{n}" for n in range(topology.agents)]
    return [(node, topology.zone(n)) for n, node in enumerate([*servers, *agents])]
