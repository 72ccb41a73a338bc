"""The nodes of a cluster, in a fixed order, and what follows from their number."""

import shutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kubeproof.capability import Finding
from kubeproof.errors import ClusterUnavailable
from kubeproof.model import Node
from kubeproof.probing.vantage import Vantage

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

ORDINALS = ("first", "second", "third", "fourth", "fifth")


def all_nodes(api: "Api") -> list[Node]:
    """Every node, by name."""
    return sorted((Node.of(obj) for obj in api.list("Node")), key=lambda node: node.name)


def placeable(nodes: Sequence[Node]) -> list[Node]:
    """The nodes on which a Pod without tolerations can run.

    Raises:
        ClusterUnavailable: there is none.
    """
    fit = [node for node in nodes if node.ready and node.schedulable and node.addresses]
    if not fit:
        raise ClusterUnavailable(
            f"none of the cluster's {len(nodes)} nodes is Ready and schedulable; "
            "look at: kubectl get nodes"
        )
    return fit


def general_findings(
    nodes: Sequence[Node], outside: Vantage | None, another: Vantage | None = None
) -> dict[str, Finding]:
    """The capabilities that follow from the nodes, the vantages and this machine."""
    count = len(placeable(nodes))
    kubectl = shutil.which("kubectl")
    return {
        "two-nodes": Finding(count >= 2, f"the cluster has {count} schedulable node(s)"),
        "three-nodes": Finding(count >= 3, f"the cluster has {count} schedulable node(s)"),
        "outside": Finding(
            outside is not None,
            outside.name if outside else "no client outside the cluster is to be had",
        ),
        "second-outside": Finding(
            another is not None,
            another.name if another else "no second client outside the cluster is to be had",
        ),
        "kubectl": Finding(kubectl is not None, kubectl or "there is no kubectl on the PATH"),
    }


def merged(*parts: Mapping[str, Finding]) -> dict[str, Finding]:
    """Findings of several sources; a later one wins."""
    return {name: finding for part in parts for name, finding in part.items()}
