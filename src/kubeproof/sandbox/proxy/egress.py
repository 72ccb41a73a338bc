"""How Pods reach addresses outside the Pod network: under their node's address.

That is the CNI plugin's work, not the Service proxy's, so it has a table of its own. Other nodes
are outside too, as flannel and the ptp plugin have it: a Pod that dials another node's node port
arrives there as its own node, so that the answer takes the way back through the translation.
"""

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


def render_egress(node: NodeFacts) -> Rules:
    """The rules of one node."""
    from_pod = Match(Field.SOURCE, node.pod_cidr)
    to_world = Outside(Field.DESTINATION, (node.cluster_cidr,))
    postrouting = Hook("nat", "postrouting", 100, "srcnat")
    return Rules(
        chains={"postrouting": Chain((rule(from_pod, to_world, Masquerade()),), postrouting)}
    )


def program_egress(node: NodeNetwork) -> None:
    """Let a node's Pods reach what is outside the Pod network."""
    facts = NodeFacts(node.name, node.address, node.pod_cidr)
    table = NftTable(node.ns, TABLE, "traffic of Pods to the world")
    try:
        table.commit({"": render_egress(facts)})
    finally:
        table.close()
