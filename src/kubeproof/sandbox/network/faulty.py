"""Faults of the network: follows the live set of faults and breaks or mends the network."""

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.topology import Network

FAULTS = {
    "cluster-ip-leaked": "the outside machine has a route to ClusterIPs",
    "node-link-cut": "the node's link to the LAN is down",
    "pod-routes-missing": "the node knows no way to the Pods of other nodes",
}


class NetworkFaults:
    """Keeps a network as broken as the faults say."""

    def __init__(self, network: Network, faults: Faults) -> None:
        self._network = network
        self._faults = faults
        self._cut: set[str] = set()
        self._astray: set[str] = set()
        faults.subscribe(self.apply)
        self.apply()

    def apply(self) -> None:
        """Bring the network in line with the faults that are on now."""
        self._network.leak_service_cidr(self._faults.active("cluster-ip-leaked"))
        for node in self._network.nodes:
            cut = self._faults.active("node-link-cut", node)
            if cut and node not in self._cut:
                self._network.cut(node)
                self._cut.add(node)
            elif not cut and node in self._cut:
                self._network.heal(node)
                self._cut.discard(node)
            self._lead_astray(node, self._faults.active("pod-routes-missing", node))

    def _lead_astray(self, node: str, astray: bool) -> None:
        if astray != (node in self._astray):
            self._network.lose_pod_routes(node, astray)
            (self._astray.add if astray else self._astray.discard)(node)
