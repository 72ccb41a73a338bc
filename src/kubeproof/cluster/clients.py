"""The vantages inside the cluster: agnhost Pods from which the suite dials, one for each node."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kubeproof.cluster.run import Run
from kubeproof.cluster.workload import await_ready
from kubeproof.manifest import Manifest, pinned, placed, restricted
from kubeproof.model import Node, Pod
from kubeproof.probing.dial import DialVantage

PORT = 8080


@dataclass
class Clients:
    """Client Pods; each is started when it is first asked for and serves the whole run."""

    run: Run
    manifest: Path
    image: str = ""
    _started: dict[str, DialVantage] = field(default_factory=dict[str, DialVantage])
    _warmed: set[str] = field(default_factory=set[str])

    @cached_property
    def namespace(self) -> str:
        """The run's own namespace, where they live."""
        return self.run.make_namespace("clients")

    def warm(self, nodes: Sequence[Node]) -> None:
        """Start the client Pods of these nodes, and wait for none of them."""
        for node in nodes:
            if node.name not in self._warmed:
                self._create(self.namespace, _name_on(node), node)
                self._warmed.add(node.name)

    def on(self, node: Node) -> DialVantage:
        """The client Pod on a node."""
        if node.name not in self._started:
            label = f"a Pod on {node.name}"
            self._started[node.name] = self.start(self.namespace, _name_on(node), node, label)
        return self._started[node.name]

    def start(self, namespace: str, name: str, node: Node, label: str) -> DialVantage:
        """Start a client Pod and wait until it is Ready."""
        self._create(namespace, name, node)
        pod = await_ready(self.run.api, namespace, [name], self.run.budgets)[0]
        return self._vantage(pod, label)

    def _create(self, namespace: str, name: str, node: Node) -> None:
        obj = pinned(Manifest.load(self.manifest).find("Pod", "client"), node.hostname)
        obj["metadata"]["name"] = name
        self.run.api.apply(placed(restricted(obj, self.image), namespace, self.run.labels))

    def _vantage(self, pod: Pod, label: str) -> DialVantage:
        proxy = self.run.api.pod_proxy(pod.namespace, pod.name, PORT)
        return DialVantage(f"{label} ({pod.address})", frozenset({pod.address}), proxy)


def _name_on(node: Node) -> str:
    return f"client-on-{node.name}".replace(".", "-")[:63]
