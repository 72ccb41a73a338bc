"""What a k3s cluster in containers looks like: nodes, zones, kube-proxy's mode, load balancer."""

from collections.abc import Sequence
from dataclasses import dataclass

from kubeproof.errors import Misuse

# Pinned: what a tag such as "latest" means changes from day to day.
K3S_IMAGE = "docker.io/rancher/k3s:v1.35.5-k3s1"
PROXY_MODES = ("iptables", "nftables", "ipvs")
BALANCERS = ("klipper", "none")
MOST_NODES = 9
ZONE = "topology.kubernetes.io/zone"

# Nothing of this routes Services; without it a cluster is up sooner and its ports are free.
_UNNEEDED = ("traefik", "metrics-server", "local-storage")


@dataclass(frozen=True, slots=True)
class Topology:
    """One or more servers, which run Pods too, and agents.

    Raises:
        Misuse: there can be no such cluster.
    """

    nodes: int = 3
    servers: int = 1
    zones: int = -1  # as many as nodes
    image: str = K3S_IMAGE
    proxy_mode: str = "iptables"
    load_balancer: str = "klipper"

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= MOST_NODES:
            raise Misuse(f"--nodes must be from 1 to {MOST_NODES}, not {self.nodes}")
        if not 1 <= self.servers <= self.nodes:
            raise Misuse(
                f"--servers must be from 1 to the number of nodes ({self.nodes}), "
                f"not {self.servers}"
            )
        if not -1 <= self.zones <= self.nodes:
            raise Misuse(
                f"--zones must be from 0 to the number of nodes ({self.nodes}), not {self.zones}"
            )
        _one_of("--proxy-mode", self.proxy_mode, PROXY_MODES)
        _one_of("--load-balancer", self.load_balancer, BALANCERS)
        if not self.image or self.image.endswith(":latest") or ":" not in self.image:
            raise Misuse(
                f"--k3s-image must name a version, such as {K3S_IMAGE}, not {self.image!r}"
            )

    @property
    def agents(self) -> int:
        """How many nodes are no servers."""
        return self.nodes - self.servers

    def zone(self, node: int) -> str:
        """The zone of a node, counted from 0, servers first; empty where there are none."""
        zones = self.nodes if self.zones < 0 else self.zones
        return f"zone-{node % zones + 1}" if zones else ""

    def node_arguments(self) -> Sequence[str]:
        """What k3s is told on every node; kube-proxy runs on agents too."""
        return [f"--kube-proxy-arg=proxy-mode={self.proxy_mode}"]

    def server_arguments(self) -> Sequence[str]:
        """What k3s is told on servers alone."""
        unneeded = [*_UNNEEDED, *(["servicelb"] if self.load_balancer == "none" else [])]
        return [f"--disable={one}" for one in unneeded]

    def __str__(self) -> str:
        """All of it in one line: two clusters of the same line are as good as each other."""
        zones = self.nodes if self.zones < 0 else self.zones
        return (
            f"nodes={self.nodes} servers={self.servers} zones={zones} image={self.image} "
            f"proxy-mode={self.proxy_mode} load-balancer={self.load_balancer}"
        )


def _one_of(option: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise Misuse(f"{option} must be one of {', '.join(choices)}, not {value!r}")
