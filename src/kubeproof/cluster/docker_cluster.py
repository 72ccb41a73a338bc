"""A cluster whose nodes are Docker containers: what k3d and k3s have in common."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import cast

from kubeproof.capability import Finding
from kubeproof.cluster.admission import host_network
from kubeproof.cluster.balancers import balancer_findings
from kubeproof.cluster.base import NoNodeAccess
from kubeproof.cluster.deadline import Deadline
from kubeproof.cluster.disruption.shell import DockerShell
from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_made import NAME, client_of, clusters_made, labels_for
from kubeproof.cluster.findings import node_access, shown_findings
from kubeproof.cluster.k3s_topology import Topology
from kubeproof.cluster.node_gate import NodeGate
from kubeproof.cluster.nodes import all_nodes, general_findings, merged, placeable
from kubeproof.cluster.outside_container import outside_container
from kubeproof.cluster.progress import Progress
from kubeproof.cluster.reach import outside_of
from kubeproof.errors import ClusterUnavailable
from kubeproof.probing.vantage import Vantage
from kubeproof.waiting import Budgets

_IPTABLES = ("iptables-save", "-t", "nat")
_RULES = {
    "nftables": ("nft", "list", "table", "ip", "kube-proxy"),
    "ipvs": ("ipvsadm", "--list", "--numeric"),
}
# Not every node image has the tool; the kernel's own list is there if it was built with it.
_CONNECTIONS = ("sh", "-c", "conntrack -L 2>/dev/null || cat /proc/net/nf_conntrack")


@dataclass(frozen=True)
class NodesInDocker:
    """Nodes that run: where they are, and how they are ended."""

    kind: str
    name: str
    network: str
    topology: Topology
    kubeconfig: str = field(repr=False)
    end: Callable[[], None] = field(repr=False)
    kept: bool = False


class DockerCluster:
    """A cluster under test. What was made for the run is gone when it is closed.

    Raises:
        ClusterUnavailable: it is not usable before the deadline.
    """

    def __init__(
        self,
        nodes: NodesInDocker,
        docker: Docker,
        budgets: Budgets,
        deadline: Deadline,
        image: str = "",
    ) -> None:
        from kubeproof.cluster.api import Api, configuration_of

        self.kind = nodes.kind
        self.name, self.network = nodes.name, nodes.network
        self.disposable = not nodes.kept
        self.kubeconfig = nodes.kubeconfig
        self.budgets = budgets
        self._nodes = nodes
        self._docker = docker
        self._ends = ExitStack()
        self.api = Api(configuration_of(text=nodes.kubeconfig))
        self._ends.callback(self.api.close)
        self._containers = container_addresses(docker, nodes.name, nodes.network)
        NodeGate(self.api, docker, self._containers).open(deadline)
        self.outside: Vantage | None = outside_of(self.api, budgets.connect_timeout)
        self.another_outside: Vantage | None = None
        self._no_outside = ""
        if self.outside is None:
            self._bring_client(image)

    def _bring_client(self, image: str) -> None:
        """Not being able to is no reason to give up: scenarios that need it are skipped."""
        nodes, docker = self._nodes, self._docker
        # It lives as long as this run, also where the cluster stays.
        labels = labels_for(nodes.kind, client_of(nodes.name), "", kept=False)
        try:
            made = outside_container(docker, nodes.name, nodes.network, labels, image)
            self._ends.callback(made.close)
            addresses = [node.address for node in placeable(all_nodes(self.api))]
            self.outside = made.vantage(addresses)
        except ClusterUnavailable as error:
            self._no_outside = str(error)

    def findings(self) -> Mapping[str, Finding]:
        """What it was made with, and what its nodes show."""
        general = general_findings(all_nodes(self.api), self.outside)
        if self._no_outside:
            general["outside"] = Finding(False, self._no_outside)
        known = node_access("the nodes are containers on this machine")
        known["host-network"] = host_network(self.api)
        return merged(general, self._shown(), known)

    def _shown(self) -> dict[str, Finding]:
        found = shown_findings(self.api)
        if self._nodes.topology.load_balancer == "none" and not found["load-balancer"].present:
            found |= balancer_findings(None, "the cluster was made without a load balancer")
        return found

    def shell(self) -> DockerShell:
        """A way into the nodes."""
        return DockerShell(self._docker)

    def rules(self, node: str) -> str:
        """The NAT rules of a node, as its own tools print them."""
        return self._looked_into(node, _RULES.get(self._nodes.topology.proxy_mode, _IPTABLES))

    def connections(self, node: str) -> Sequence[str]:
        """The connections that a node tracks."""
        return self._looked_into(node, _CONNECTIONS).splitlines()

    def _looked_into(self, node: str, command: Sequence[str]) -> str:
        if node not in self._containers:
            raise NoNodeAccess(f"node {node} is no container here")
        ran = self._docker.execute(node, list(command))
        if ran.code != 0:
            raise NoNodeAccess(f"{' '.join(command)} ended with {ran.code}: {ran.output.strip()}")
        return ran.output

    def close(self) -> None:
        """Remove the client container and, unless the cluster stays, the cluster."""
        self._ends.close()
        self._nodes.end()
        self._docker.close()


def container_addresses(docker: Docker, name: str, network: str) -> dict[str, str]:
    """The nodes of a cluster and the address that Docker gave each, by name."""
    found: dict[str, str] = {}
    for container in docker.containers(f"{NAME}={name}"):
        networks = container["NetworkSettings"]["Networks"]
        found[str(container["Names"][0]).lstrip("/")] = str(
            networks.get(network, {}).get("IPAddress", "")
        )
    return dict(sorted(found.items()))


def kept_cluster(docker: Docker, kind: str, topology: Topology, progress: Progress) -> str:
    """The name of a cluster of this kind that was left up and is as wanted; else empty."""
    for made in clusters_made(docker):
        if made.kind != kind or not made.kept:
            continue
        if made.topology == str(topology) and made.running:
            progress(f"using {kind} cluster {made.name}, which is up")
            return made.name
        why = f"is made otherwise ({made.topology})" if made.running else "does not run"
        progress(f"not using {kind} cluster {made.name}: it {why}")
    return ""


def refuse_leftover(docker: Docker, network: str, name: str) -> None:
    """A network of that name would be used again with its old addresses, and never go.

    Raises:
        ClusterUnavailable: there is one, or a cluster of that name.
    """
    if any(made.name == name for made in clusters_made(docker)):
        raise ClusterUnavailable(
            f"a cluster named {name} exists already; end it with kubeproof down, or name another"
        )
    there = docker.network(network)
    if there is None:
        return
    users = cast(dict[str, dict[str, str]], there.get("Containers") or {}).values()
    held = f", in use by {', '.join(one['Name'] for one in users)}" if users else ""
    raise ClusterUnavailable(
        f"network {network} is left over from an earlier cluster{held}; remove it with: "
        f"docker network rm {network}"
    )
