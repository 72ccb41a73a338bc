"""From a cluster to the faults that can be done to its nodes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kubeproof.cluster.base import Cluster
from kubeproof.cluster.disruption.disruption import Disruption
from kubeproof.cluster.disruption.shell import NodeShell
from kubeproof.cluster.docker_cluster import DockerCluster
from kubeproof.cluster.nodes import all_nodes, placeable
from kubeproof.cluster.run import DISCOVERY, Run
from kubeproof.cluster.workload import SERVICE_NAME
from kubeproof.model import Node, Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api


def disruption_of(cluster: Cluster, run: Run, image: str) -> Disruption:
    """The faults of this cluster's nodes, for the Services of one run.

    Args:
        cluster: of containers, which are entered by Docker, or any other, by privileged Pods.
        run: whose namespaces have the Services, and the Pods where it takes any.
        image: of such Pods; anything with ``chroot`` in it.
    """
    nodes = placeable(all_nodes(cluster.api))
    shell = _shell(cluster, run, nodes, image)
    return Disruption(shell, peers_of(cluster.api, nodes), run.id)


def _shell(cluster: Cluster, run: Run, nodes: Sequence[Node], image: str) -> NodeShell:
    if isinstance(cluster, DockerCluster):
        return cluster.shell()
    from kubeproof.cluster.disruption.pod_shell import PodShell

    return PodShell(run, nodes, image)


def peers_of(api: "Api", nodes: Sequence[Node]) -> Mapping[str, Sequence[str]]:
    """For each node what a cut link keeps it from: the other nodes and all of their Pods.

    API servers' own addresses are left out. They reach the node's kubelet and, for those who
    dial through them, its Pods: without that a fault would break the check.
    """
    there = {str(obj["metadata"]["name"]): obj for obj in api.list("Node")}
    spared = _api_servers(api)
    return {
        node.name: [
            one
            for name, obj in sorted(there.items())
            if name != node.name
            for one in _addresses_of(obj)
            if one not in spared
        ]
        for node in nodes
    }


def _addresses_of(node: Object) -> list[str]:
    addresses: list[Object] = node.get("status", {}).get("addresses") or []
    pods: list[str] = node.get("spec", {}).get("podCIDRs") or []
    own = [str(one["address"]) for one in addresses if one["type"] == "InternalIP"]
    every = [*own, *pods]
    return [one for one in every if ":" not in one]  # the rules of IPv6 are another matter


def _api_servers(api: "Api") -> set[str]:
    labels = f"{SERVICE_NAME}=kubernetes"
    slices = api.list("EndpointSlice", "default", group=DISCOVERY, labels=labels)
    endpoints = [one for found in slices for one in found.get("endpoints") or ()]
    return {str(address) for one in endpoints for address in one["addresses"]}
