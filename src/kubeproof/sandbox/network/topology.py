"""The whole network: a LAN with nodes on it and two machines outside the cluster."""

from types import MappingProxyType

from kubeproof.sandbox.network import addressing, arp
from kubeproof.sandbox.network.lan import UPLINK, UPLINK_INDEX, Lan, LanHost
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.node import NodeNetwork
from kubeproof.sandbox.network.rtnetlink import Route

OUTSIDE, ANOTHER_OUTSIDE = "outside", "another-outside"
_POD_PREFIX = "pod/"


class Network:
    """Everything that is a namespace. Nothing of it is in the host's namespace or has a name."""

    def __init__(
        self, lan: Lan, outside: LanHost, another: LanHost, nodes: list[NodeNetwork]
    ) -> None:
        self._lan = lan
        self._outside, self._another_outside = outside, another
        self._leaked = False
        self.nodes = MappingProxyType({node.name: node for node in nodes})

    @classmethod
    def build(cls, nodes: int = 3) -> "Network":
        """Build the network; ValueError unless there are 1 to 9 nodes, OSError from the kernel."""
        if not 1 <= nodes <= addressing.MAX_NODES:
            raise ValueError(f"{nodes} nodes: between 1 and {addressing.MAX_NODES} are possible")
        lan = Lan()
        outside = LanHost(addressing.OUTSIDE_ADDRESS)
        another = LanHost(addressing.ANOTHER_OUTSIDE_ADDRESS)
        for machine in (outside, another):
            lan.plug(machine, forwards=False)
        members = [NodeNetwork(number + 1) for number in range(nodes)]
        for node in members:
            lan.plug(node.host, node.routes(members), forwards=True)
        return cls(lan, outside, another, members)

    @property
    def outside(self) -> NetNs:
        """The namespace of the machine outside the cluster; it knows the LAN and no more."""
        return self._outside.ns

    @property
    def gateway(self) -> NetNs:
        """The namespace of the LAN's gateway, at which the API server listens."""
        return self._lan.ns

    def namespace(self, name: str) -> NetNs:
        """The namespace called ``outside``, by a node's name, or ``pod/<namespace>/<name>``.

        ``another-outside`` is the second machine outside the cluster.

        Raises LookupError when there is none.
        """
        if name == OUTSIDE:
            return self.outside
        if name == ANOTHER_OUTSIDE:
            return self._another_outside.ns
        if name in self.nodes:
            return self.nodes[name].ns
        key = name.removeprefix(_POD_PREFIX)
        for node in self.nodes.values():
            if name.startswith(_POD_PREFIX) and key in node.pods:
                return node.pods[key].ns
        raise LookupError(f"no network namespace called {name}")

    def cut(self, node: str) -> None:
        """Pull the node's cable (the fault ``node-link-cut``)."""
        self._lan.unplug(self.nodes[node].host)

    def heal(self, node: str) -> None:
        """Put the node's cable back, and have the machines find each other again at once.

        Whoever asked for a hardware address in vain asks again only a second later.
        """
        healed = self.nodes[node]
        self._lan.replug(healed.host)
        outside = (self._outside, self._another_outside)
        for host in (*outside, *(one.host for one in self.nodes.values())):
            arp.announce(host.ns, UPLINK, host.address)
        for address in healed.announced:
            arp.announce(healed.ns, UPLINK, address)

    def lose_pod_routes(self, node: str, lost: bool) -> None:
        """Let a node lose or find its ways to other nodes' Pods (fault ``pod-routes-missing``)."""
        one = self.nodes[node]
        for route in one.routes_to_pods(self.nodes.values()):
            one.host.links.apply(route.delete() if lost else route.add())

    def leak_service_cidr(self, on: bool) -> None:
        """Let the outside machine reach ClusterIPs, through a node (fault ``cluster-ip-leaked``).

        Clusters leak them when a router announces the Service range.
        """
        if on == self._leaked:
            return
        self._leaked = on
        via = next(iter(self.nodes.values())).address
        services = addressing.SERVICE_RANGE
        route = Route(str(services[0]), services.prefixlen, device=UPLINK_INDEX, via=via)
        self._outside.links.apply(route.add() if on else route.delete())

    def close(self) -> None:
        """Give everything up; the kernel removes what nobody else refers to."""
        for node in self.nodes.values():
            node.close()
        self._outside.close()
        self._another_outside.close()
        self._lan.close()
