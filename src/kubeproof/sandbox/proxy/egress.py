"""How Pods reach the world outside the cluster: under their node's address.

That is the CNI plugin's work, not the Service proxy's, so it has a table of its own. Between
Pods and nodes nothing is translated.
"""

from collections.abc import Iterable

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


def render_egress(node: NodeFacts, nodes: Iterable[str]) -> Rules:
    """The rules of one node; ``nodes`` are the addresses of all of them."""
    from_pod = Match(Field.SOURCE, node.pod_cidr)
    to_world = Outside(Field.DESTINATION, (node.cluster_cidr, *nodes))
    postrouting = Hook("nat", "postrouting", 100, "srcnat")
    return Rules(
        chains={"postrouting": Chain((rule(from_pod, to_world, Masquerade()),), postrouting)}
    )


def program_egress(node: NodeNetwork, nodes: Iterable[NodeNetwork]) -> None:
    """Let a node's Pods reach what is outside the cluster."""
    facts = NodeFacts(node.name, node.address, node.pod_cidr)
    table = NftTable(node.ns, TABLE, "traffic of Pods to the world")
    try:
        table.commit({"": render_egress(facts, [one.address for one in nodes])})
    finally:
        table.close()
