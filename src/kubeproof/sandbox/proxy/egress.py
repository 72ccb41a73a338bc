"""How Pods reach addresses outside the Pod network: under their node's address.

That is the CNI plugin's work, not the Service proxy's, so it has a table of its own. Other nodes
are outside too, as flannel and the ptp plugin have it: a Pod that dials another node's node port
arrives there as its own node, so that the answer takes the way back through the translation.
"""

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.node import NodeNetwork
from kubeproof.sandbox.proxy.endpoints import NodeFacts
from kubeproof.sandbox.proxy.kernel import NftTable
from kubeproof.sandbox.proxy.model import (
    Chain,
    Field,
    Hook,
    Masquerade,
    Match,
    Outside,
    Rules,
    rule,
)

TABLE = "pod-egress"


def render_egress(node: NodeFacts, faults: frozenset[str] = frozenset()) -> Rules:
    """The rules of one node; ``faults`` are the names of those that hit it."""
    from_pod = Match(Field.SOURCE, node.pod_cidr)
    to_world = (Outside(Field.DESTINATION, (node.cluster_cidr,)),)
    if "pods-masqueraded" in faults:
        to_world = ()
    postrouting = Hook("nat", "postrouting", 100, "srcnat")
    return Rules(
        chains={"postrouting": Chain((rule(from_pod, *to_world, Masquerade()),), postrouting)}
    )


class PodEgress:
    """Lets a node's Pods reach what is outside the Pod network."""

    def __init__(self, node: NodeNetwork, faults: Faults) -> None:
        self._node = NodeFacts(node.name, node.address, node.pod_cidr)
        self._faults = faults
        self._suffered: frozenset[str] | None = None
        self._table = NftTable(node.ns, TABLE, "traffic of Pods to the world")

    def sync(self) -> None:
        """Program the node, if it is not as it should be. Raises NetlinkError."""
        faults = self._faults.for_node(self._node.name)
        if faults != self._suffered:
            self._table.commit({"": render_egress(self._node, faults)})
            self._suffered = faults

    def close(self) -> None:
        """Close the socket; the rules stay as long as the node's namespace."""
        self._table.close()
