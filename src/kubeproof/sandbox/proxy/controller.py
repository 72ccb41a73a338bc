"""Programs every node whenever a Service or an EndpointSlice changes."""

import asyncio
import logging
from collections.abc import Callable

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.netlink import NetlinkError
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object, labels_of, name_of, namespace_of
from kubeproof.sandbox.proxy.egress import PodEgress
from kubeproof.sandbox.proxy.health import NodeHealth, node_health
from kubeproof.sandbox.proxy.healthcheck import HealthCheckServer
from kubeproof.sandbox.proxy.rebalancing import Rebalancing
from kubeproof.sandbox.proxy.sync import ServiceProxy

SERVICE_NAME = "kubernetes.io/service-name"

# Services programmed in one go; between two portions the event loop has its turn.
_PORTION = 100
_RETRY_SECONDS = 1.0
_log = logging.getLogger(__name__)

Key = tuple[str, str]


class ProxyController:
    """The proxies of all nodes. Single-threaded: it lives on the sandbox's event loop.

    ``settled`` is set whenever every node is programmed; ``generation`` counts the times.
    """

    def __init__(self, registry: Registry, network: Network, faults: Faults) -> None:
        self.settled = asyncio.Event()
        self.generation = 0
        self.proxies: dict[str, ServiceProxy] = {}
        self._store = registry.store
        self._network = network
        self._faults = faults
        self._servers: dict[str, HealthCheckServer] = {}
        self._beside: list[PodEgress | Rebalancing] = []
        self._changed: dict[Key, None] = {}
        self._unsubscribe: list[Callable[[], None]] = []
        self._slices: dict[Key, dict[str, Object]] = {}
        self._turn: asyncio.Handle | None = None
        self._started = False
        faults.subscribe(self._schedule)

    def start(self) -> None:
        """Watch, and program what there is before this returns."""
        self._started = True
        nodes = list(self._network.nodes.values())
        for node in nodes:
            self._beside += PodEgress(node, self._faults), Rebalancing(node, self._faults)
            zone = f"zone-{node.index}"
            self.proxies[node.name] = ServiceProxy(node, self._faults, zone)
            self._servers[node.name] = HealthCheckServer(node)
        self._unsubscribe = [
            self._store.subscribe("services", self._service_event),
            self._store.subscribe("endpointslices", self._slice_event),
            self._store.subscribe("nodes", self._node_event),
        ]
        for item in self._store.list("endpointslices"):
            self._note_slice(item, gone=False)
        for service in self._store.list("services"):
            self._note(namespace_of(service), name_of(service))
        self.flush()

    def stop(self) -> None:
        """Watch no more; the rules stay."""
        self._started = False
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        if self._turn:
            self._turn.cancel()
            self._turn = None
        for server in self._servers.values():
            server.close()
        for each in (*self.proxies.values(), *self._beside):
            each.close()

    def flush(self) -> None:
        """Program every node now, all there is to program."""
        self._take_changes()
        for one in self._beside:
            one.sync()
        while any(proxy.pending for proxy in self.proxies.values()):
            for proxy in self.proxies.values():
                proxy.flush()
        self._finish()

    def rules(self, node: str) -> str:
        """A node's rules as ``nft list table`` shows them; LookupError without such a node."""
        return self._proxy(node).text()

    def conntrack(self, node: str) -> list[str]:
        """What a node's connection tracking holds; LookupError without such a node."""
        return self._proxy(node).connections()

    def _proxy(self, node: str) -> ServiceProxy:
        if node not in self.proxies:
            raise LookupError(f"no node called {node}")
        return self.proxies[node]

    def _service_event(self, event: Event) -> None:
        self._note(namespace_of(event.object), name_of(event.object))

    def _slice_event(self, event: Event) -> None:
        if event.old is not None and _service_of(event.old) != _service_of(event.object):
            self._note_slice(event.old, gone=True)
        self._note_slice(event.object, gone=event.type == "DELETED")

    def _node_event(self, event: Event) -> None:
        lies = self._lies(name_of(event.object))
        if node_health(event.old, lies=lies) != node_health(event.object, lies=lies):
            self._schedule()

    def _node_health(self, name: str) -> NodeHealth:
        return node_health(self._store.get("nodes", "", name), lies=self._lies(name))

    def _lies(self, node: str) -> bool:
        return self._faults.active("node-removal-untold", node)

    def _note_slice(self, item: Object, *, gone: bool) -> None:
        namespace, service = _service_of(item)
        if not service:
            return
        known = self._slices.setdefault((namespace, service), {})
        if gone:
            known.pop(name_of(item), None)
        else:
            known[name_of(item)] = item
        if not known:
            del self._slices[namespace, service]
        self._note(namespace, service)

    def _note(self, namespace: str, name: str) -> None:
        self._changed[namespace, name] = None
        self._schedule()

    def _schedule(self) -> None:
        """Program soon: what happens in the same turn of the event loop is programmed at once."""
        if self._started and self._turn is None:
            self.settled.clear()
            self._turn = asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        self._turn = None
        self._take_changes()
        try:
            for one in self._beside:
                one.sync()
            for proxy in self.proxies.values():
                proxy.flush(_PORTION)
        except NetlinkError:
            _log.exception("rules could not be programmed; trying again")
            loop = asyncio.get_running_loop()
            self._turn = loop.call_later(_RETRY_SECONDS, self._work)
            return
        pending = [proxy.pause for proxy in self.proxies.values() if proxy.pending]
        if pending and min(pending):
            self._turn = asyncio.get_running_loop().call_later(min(pending), self._work)
        elif pending:
            self._schedule()
        else:
            self._finish()

    def _take_changes(self) -> None:
        changed, self._changed = self._changed, {}
        for namespace, name in changed:
            service = self._store.get("services", namespace, name)
            slices = list(self._slices.get((namespace, name), {}).values())
            for proxy in self.proxies.values():
                proxy.update(f"{namespace}/{name}", service, slices)

    def _finish(self) -> None:
        if self._turn:
            self._turn.cancel()
            self._turn = None
        for name, server in self._servers.items():
            server.sync({**self.proxies[name].health_checks(), "": self._node_health(name)})
        self.generation += 1
        self.settled.set()


def _service_of(item: Object) -> Key:
    return namespace_of(item), labels_of(item).get(SERVICE_NAME, "")
