"""When a new cluster may be used: every node Ready, DNS answering, kube-proxy at work.

k3d and k3s wait for lines of a log; what a scenario needs is more than that.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubeproof.cluster.deadline import Deadline
from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken, ClusterUnavailable, NotSettled
from kubeproof.model import Node
from kubeproof.waiting import settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

NAME = "kubernetes.default.svc.cluster.local"
EVERY = 0.5  # seconds between two looks


@dataclass(frozen=True)
class NodeGate:
    """The conditions, for nodes that are containers: by name the address Docker gave each."""

    api: "Api"
    docker: Docker
    addresses: Mapping[str, str]

    def open(self, deadline: Deadline) -> None:
        """Wait until the cluster may be used.

        Raises:
            ClusterUnavailable: it was not so in time; says what was missing last.
        """
        self._await(self._unready, "every node is Ready", deadline)
        self._await(self._without_dns, "CoreDNS is Ready", deadline)
        self._await(self._unrouted, "every node reaches the cluster's DNS Service", deadline)

    def _await(self, missing: Callable[[], list[str]], what: str, deadline: Deadline) -> None:
        try:
            settle(
                lambda: _unless_busy(missing),
                lambda found: not found,
                what=what,
                within=deadline.left,
                every=EVERY,
                clock=deadline.clock,
            )
        except NotSettled as error:
            raise ClusterUnavailable(
                f"the cluster is not usable within {deadline.seconds:g} s: {error}"
            ) from error

    def _unready(self) -> list[str]:
        """The nodes that are not there, not Ready, or have another address than the container."""
        there = {node.name: node for node in map(Node.of, self.api.list("Node"))}
        return [
            f"node {name} {why}"
            for name, address in self.addresses.items()
            if (why := _lacks(there.get(name), address))
        ]

    def _without_dns(self) -> list[str]:
        pods = self.api.list("Pod", "kube-system", labels="k8s-app=kube-dns")
        ready = [
            condition
            for pod in pods
            for condition in pod.get("status", {}).get("conditions", [])
            if condition["type"] == "Ready" and condition["status"] == "True"
        ]
        return [] if ready else [f"none of {len(pods)} CoreDNS Pods is Ready"]

    def _unrouted(self) -> list[str]:
        """The nodes on which a DNS question to the Service's ClusterIP is not answered.

        One answer shows both that CoreDNS serves and that kube-proxy of this node has written
        its rules.
        """
        service = str(self.api.get("Service", "kube-dns", "kube-system")["spec"]["clusterIP"])

        def asks(node: str) -> str:
            return self._asks(node, service)

        with ThreadPoolExecutor(len(self.addresses)) as several:
            told = several.map(asks, self.addresses)
        return [f"{node}: {why}" for node, why in zip(self.addresses, told, strict=True) if why]

    def _asks(self, node: str, server: str) -> str:
        ran = self.docker.execute(node, ["nslookup", NAME, server])
        if ran.code == 0:
            return ""
        return " ".join(ran.output.split())[-200:] or f"nslookup ended with {ran.code}"


def _unless_busy(missing: Callable[[], list[str]]) -> list[str]:
    """What is missing; who is too busy to answer yet is what is missing then."""
    try:
        return missing()
    except (Rejected, CheckBroken, ClusterUnavailable) as error:
        return [str(error)]


def _lacks(node: Node | None, address: str) -> str:
    if node is None:
        return "is not there"
    if not node.ready:
        return "is not Ready"
    if address and address not in node.addresses:
        return f"has address {', '.join(node.addresses)}, its container {address}"
    return ""
