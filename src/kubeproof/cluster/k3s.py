"""The same k3s cluster without k3d: testcontainers starts its nodes."""

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from docker.errors import DockerException
from docker.types import EndpointConfig, IPAMConfig, IPAMPool
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.exceptions import ContainerStartException
from testcontainers.core.network import Network
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from kubeproof.cluster.creation_logs import keep_logs
from kubeproof.cluster.deadline import Deadline
from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_cluster import (
    DockerCluster,
    NodesInDocker,
    container_addresses,
    kept_cluster,
    refuse_leftover,
)
from kubeproof.cluster.docker_made import PREFIX, labels_for, sweep
from kubeproof.cluster.k3s_topology import ZONE, Topology
from kubeproof.cluster.progress import Progress
from kubeproof.cluster.subnet import free_subnet
from kubeproof.errors import ClusterUnavailable
from kubeproof.waiting import Budgets

KIND = "k3s"
API = 6443
SERVER_UP, AGENT_UP = "k3s is up and running", "Successfully registered node"
_KUBECONFIG = "/etc/rancher/k3s/k3s.yaml"
_FIRST = 11  # the last number of the first node's address


@dataclass(frozen=True)
class K3sMaker:
    """Makes clusters with testcontainers, finds those that were kept, and ends them."""

    docker: Docker
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
        refuse_leftover(self.docker, name, name)
        self.docker.need_image(topology.image)
        if kept:  # its reaper would end the cluster with this process
            testcontainers_config.ryuk_disabled = True
        deadline = Deadline(self.budgets.cluster_up)
        token = secrets.token_hex(16)
        labels = labels_for(KIND, name, str(topology), kept=kept)
        subnet = free_subnet(self.docker.networks())
        plan = _Plan(name, topology, subnet, token, labels, self.docker.address)
        try:
            plan.start(deadline, self.progress)
            return self._usable(name, topology, deadline, kept=kept)
        except (
            ClusterUnavailable,
            DockerException,
            ContainerStartException,
            TimeoutError,
        ) as error:
            nodes = list(container_addresses(self.docker, name, name))
            told = keep_logs(self.docker, nodes, self.logs / name, [token])
            self.end(name)
            raise ClusterUnavailable(f"{_first_line(error)}; {told}") from error
        except BaseException:
            self.end(name)
            raise

    def _usable(
        self, name: str, topology: Topology, deadline: Deadline, *, kept: bool = False
    ) -> DockerCluster:
        self.progress("waiting until every node is Ready and routes")
        end = _nothing if kept else lambda: self.end(name)
        nodes = NodesInDocker(KIND, name, name, topology, self._kubeconfig(name), end, kept)
        return DockerCluster(nodes, self.docker, self.budgets, deadline, self.image)

    def _kubeconfig(self, name: str) -> str:
        server = node_name(name, 0)
        ran = self.docker.execute(server, ["cat", _KUBECONFIG])
        if ran.code:
            raise ClusterUnavailable(f"{server} has no kubeconfig: {ran.output.strip()[:200]}")
        ports = self.docker.inspect(server)["NetworkSettings"]["Ports"]
        port = ports[f"{API}/tcp"][0]["HostPort"]
        return ran.output.replace(f"127.0.0.1:{API}", f"{self.docker.address}:{port}")

    def end(self, name: str) -> None:
        """Remove a cluster with everything that belongs to it."""
        sweep(self.docker, name)


@dataclass(frozen=True)
class _Plan:
    """The containers of one cluster."""

    name: str
    topology: Topology
    subnet: IPv4Network
    token: str
    labels: dict[str, str]
    host: str  # where the API server is reached from here

    def start(self, deadline: Deadline, progress: Progress) -> None:
        pool = IPAMPool(subnet=str(self.subnet), gateway=str(self.subnet[1]))
        settings = {"ipam": IPAMConfig(pool_configs=[pool]), "labels": self.labels}
        network = Network(docker_network_kw=settings)
        network.name = self.name
        network.create()
        servers, nodes = self.topology.servers, self.topology.nodes
        progress(f"k3s: starting {node_name(self.name, 0)}")
        self._node(0, network, deadline).start()
        later = [self._node(number, network, deadline) for number in range(1, servers)]
        for server in later:  # one after the other: each joins those that are there
            server.start()
        agents = [self._node(number, network, deadline) for number in range(servers, nodes)]
        progress(f"k3s: starting {len(agents)} agents")
        with ThreadPoolExecutor(max(1, len(agents))) as several:
            for started in [several.submit(agent.start) for agent in agents]:
                started.result()

    def _node(self, number: int, network: Network, deadline: Deadline) -> DockerContainer:
        name, address = node_name(self.name, number), str(self.subnet[_FIRST + number])
        server = number < self.topology.servers
        ready = LogMessageWaitStrategy(SERVER_UP if server else AGENT_UP)
        container = (
            DockerContainer(self.topology.image)
            .with_name(name)
            .with_network(network)
            .with_command(list(self._command(number, address)))
            .with_tmpfs_mount("/run")
            .with_tmpfs_mount("/var/run")
            .with_env("K3S_TOKEN", self.token)
            .waiting_for(ready.with_startup_timeout(max(1, int(deadline.left))))
            .with_kwargs(
                privileged=True,
                hostname=name,
                cgroupns="private",
                labels=self.labels,
                networking_config={
                    network.name: EndpointConfig("1.41", ipv4_address=address, aliases=[name])
                },
            )
        )
        if number:
            container.with_env("K3S_URL", f"https://{node_name(self.name, 0)}:{API}")
        else:
            here: Any = ("127.0.0.1", None)  # docker takes an address too, its types do not
            container.ports[f"{API}/tcp"] = here if self.host == "127.0.0.1" else None
        return container

    def _command(self, number: int, address: str) -> Sequence[str]:
        topology = self.topology
        zone = topology.zone(number)
        common = [
            *topology.node_arguments(),
            f"--node-ip={address}",
            *([f"--node-label={ZONE}={zone}"] if zone else []),
        ]
        if number >= topology.servers:
            return ["agent", *common]
        several = ["--cluster-init"] if topology.servers > 1 and number == 0 else []
        return ["server", *topology.server_arguments(), f"--tls-san={self.host}", *several, *common]


def node_name(cluster: str, number: int) -> str:
    """The name of a node, which is its container's too."""
    return f"{cluster}-node-{number}"


def _nothing() -> None:
    """A cluster that is kept stays when a run ends."""


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
