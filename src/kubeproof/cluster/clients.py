"""The vantages inside the cluster: agnhost Pods from which the suite dials, one for each node."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.run import Run
from kubeproof.cluster.workload import await_ready
from kubeproof.errors import ClusterUnavailable
from kubeproof.manifest import Manifest, on_host_network, pinned, placed, restricted
from kubeproof.model import Node, Object, Pod
from kubeproof.probing.dial import DialVantage

PORT = 8080
# Of the ports on which processes of a node listen for us: below the node ports and below those
# that Linux takes for outgoing connections, above those of Kubernetes' own daemons.
_HOST_PORTS = range(20000, 30000)


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
        return self._ready(namespace, name, label)

    def process_on(self, node: Node) -> DialVantage:
        """A process of the node itself: a Pod on the node's own network."""
        name = _name_on(node, "process")
        if name not in self._started:
            self._make(on_host_network(self._client(name, node), self._host_port), self.namespace)
            label = f"a process on {node.name}"
            self._started[name] = self._ready(self.namespace, name, label, self._host_port)
        return self._started[name]

    def inside(self, pod: Pod) -> DialVantage:
        """A Pod of a scenario, which dials by itself."""
        return self._vantage(pod, f"Pod {pod.name}", pod.port or PORT)

    @property
    def _host_port(self) -> int:
        """Several runs may share a node, and its ports."""
        return _HOST_PORTS[int(self.run.id, 16) % len(_HOST_PORTS)]

    def _create(self, namespace: str, name: str, node: Node) -> None:
        """Start the plainest of Pods.

        Raises:
            ClusterUnavailable: a rule of the cluster forbids it, and so every scenario.
        """
        try:
            self._make(self._client(name, node), namespace)
        except Rejected as refusal:
            if not refusal.remedy:
                raise
            raise ClusterUnavailable(f"no Pod can be made there: {refusal}") from refusal

    def _client(self, name: str, node: Node) -> Object:
        obj = pinned(Manifest.load(self.manifest).find("Pod", "client"), node.hostname)
        obj["metadata"]["name"] = name
        return obj

    def _make(self, pod: Object, namespace: str) -> None:
        self.run.api.apply(placed(restricted(pod, self.image), namespace, self.run.labels))

    def _ready(self, namespace: str, name: str, label: str, port: int = PORT) -> DialVantage:
        pod = await_ready(self.run.api, namespace, [name], self.run.budgets)[0]
        return self._vantage(pod, label, port)

    def _vantage(self, pod: Pod, label: str, port: int) -> DialVantage:
        proxy = self.run.api.pod_proxy(pod.namespace, pod.name, port)
        return DialVantage(f"{label} ({pod.address})", frozenset({pod.address}), proxy)


def _name_on(node: Node, what: str = "client") -> str:
    return f"{what}-on-{node.name}".replace(".", "-")[:63]
