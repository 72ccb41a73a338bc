"""A cluster of an API and kubelets alone, in the test's own network: every Pod is 127.0.0.1."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.store import Event, Store
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds.catalogue import KindOptions, strategies
from kubeproof.sandbox.kubelet.clock import Clock
from kubeproof.sandbox.kubelet.kubelet import KubeletOptions
from kubeproof.sandbox.kubelet.kubelets import Kubelets
from kubeproof.sandbox.objects import Object, name_of
from tests.sandbox.kubelet.surroundings import Here, TurnedClock, free_port, settle

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
SCHEMA = Schema.load()


@dataclass
class Attachment:
    """A Pod's network."""

    address: str
    ns: Here
    node: "HereNode"
    key: str

    def close(self) -> None:
        self.node.attached.pop(self.key, None)


@dataclass
class HereNode:
    """A node in the test's own network."""

    name: str
    address: str = "127.0.0.1"
    ns: Here = field(default_factory=Here)
    attached: dict[str, Attachment] = field(default_factory=dict[str, Attachment])
    broken: bool = False

    def attach(self, key: str) -> Attachment:
        if self.broken:
            raise OSError(28, "No space left on device")
        if key in self.attached:
            raise ValueError(f"{key} is attached already")
        self.attached[key] = Attachment("127.0.0.1", self.ns, self, key)
        return self.attached[key]

    def attach_to_host(self, key: str) -> Attachment:
        return self.attach(key)


@dataclass
class Events:
    """What kubelets recorded."""

    recorded: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])

    def normal(self, obj: Object, reason: str, message: str) -> None:
        self.recorded.append((name_of(obj), reason, message))

    def warning(self, obj: Object, reason: str, message: str) -> None:
        self.recorded.append((name_of(obj), reason, message))

    def of(self, name: str) -> list[tuple[str, str]]:
        return [(reason, message) for pod, reason, message in self.recorded if pod == name]

    def reasons(self, name: str) -> list[str]:
        return [reason for reason, _ in self.of(name)]


class SmallCluster:
    """An API and two nodes."""

    def __init__(self, clock: Clock) -> None:
        self.faults = Faults()
        self.store = Store()
        self.registry = Registry(self.store, strategies(KindOptions(), self.store), SCHEMA)
        self.events = Events()
        self.nodes = {name: HereNode(name) for name in ("node-1", "node-2")}
        self.kubelets = Kubelets(
            self.registry,
            self.nodes,
            self.faults,
            KubeletOptions(clock=clock),
            lambda node: self.events,
        )
        self.statuses: list[Object] = []
        self.store.subscribe("pods", self._note)
        for namespace in ("default", "kube-system", "other"):
            self.registry.create("namespaces", "", _object("Namespace", namespace))
            self.registry.create("serviceaccounts", namespace, _object("ServiceAccount", "default"))

    def create(self, pod: Object) -> Object:
        return self.registry.create("pods", "default", pod)

    def pod(self, name: str = "pod-1") -> Object:
        return self.registry.get("pods", "default", name)

    def exists(self, name: str = "pod-1") -> bool:
        return self.store.get("pods", "default", name) is not None

    def delete(self, name: str = "pod-1", grace: int | None = None) -> None:
        self.registry.delete("pods", "default", name, grace=grace)

    def _note(self, event: Event) -> None:
        if event.type != "DELETED":
            self.statuses.append(event.object["status"])


@asynccontextmanager
async def cluster(clock: Clock | None = None) -> AsyncGenerator[SmallCluster]:
    """Run a cluster until the end of the block."""
    small = SmallCluster(clock or TurnedClock())
    small.kubelets.start()
    try:
        yield small
    finally:
        await small.kubelets.stop()
        await settle()


def _object(kind: str, name: str) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}


def netexec(*flags: str, port: int | None = None, **container: object) -> Object:
    """A container that runs netexec on a free port, without UDP."""
    port = port or free_port()
    return {
        "name": "web",
        "image": AGNHOST,
        "args": ["netexec", f"--http-port={port}", "--udp-port=-1", *flags],
        "ports": [{"name": "http", "containerPort": port}],
        **container,
    }


def pod(*containers: Object, name: str = "pod-1", **spec: object) -> Object:
    """A Pod that is bound to the first node."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"nodeName": "node-1", "containers": list(containers or [netexec()]), **spec},
    }


def port_of(obj: Object, container: int = 0) -> int:
    """The port that a Pod's netexec listens on."""
    return int(obj["spec"]["containers"][container]["ports"][0]["containerPort"])


def condition(obj: Object, kind: str) -> Object:
    """A condition of a Pod; empty where it has none."""
    found: list[Object] = obj["status"].get("conditions") or []
    matching = [item for item in found if item["type"] == kind]
    return matching[0] if matching else {}


def is_ready(obj: Object) -> bool:
    return condition(obj, "Ready").get("status") == "True"


def container_of(obj: Object, index: int = 0) -> Object:
    """The status of a Pod's container; without a state while there is none."""
    statuses: list[Object] = obj["status"].get("containerStatuses") or []
    return statuses[index] if statuses else {"state": {}}
