"""Programs every node whenever a NetworkPolicy, a Pod or a namespace changes."""

import asyncio
import logging
from collections.abc import Callable

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.netlink import NetlinkError
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object, key_of, labels_of, name_of
from kubeproof.sandbox.policy.members import World, member_of
from kubeproof.sandbox.policy.render import TABLE, TABLE_COMMENT, render
from kubeproof.sandbox.proxy.kernel import NftTable

_OWNER = "policies"
_log = logging.getLogger(__name__)


class PolicyController:
    """The enforcement of all nodes. Single-threaded: it lives on the sandbox's event loop.

    ``settled`` is set whenever every node is programmed. Without any policy nothing is.
    """

    def __init__(self, registry: Registry, network: Network, faults: Faults) -> None:
        self.settled = asyncio.Event()
        self.settled.set()
        self._store = registry.store
        self._network = network
        self._faults = faults
        self._tables: dict[str, NftTable] = {}
        self._policies: dict[tuple[str, str], Object] = {}
        self._unsubscribe: list[Callable[[], None]] = []
        self._turn: asyncio.Handle | None = None
        faults.subscribe(self._faults_changed)

    def start(self) -> None:
        """Watch, and program what there is soon. Needs a running loop."""
        self._unsubscribe = [
            self._store.subscribe("networkpolicies", self._policy_event),
            self._store.subscribe("pods", self._other_event),
            self._store.subscribe("namespaces", self._other_event),
        ]
        self._read_policies()
        self._schedule()

    def stop(self) -> None:
        """Watch no more; the rules stay."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        if self._turn:
            self._turn.cancel()
            self._turn = None
        for table in self._tables.values():
            table.close()
        self._tables = {}

    def _policy_event(self, event: Event) -> None:
        if event.type != "DELETED":
            self._policies[key_of(event.object)] = event.object
        elif not self._faults.active("policy-kept"):
            self._policies.pop(key_of(event.object), None)
        self._schedule()

    def _other_event(self, event: Event) -> None:
        if self._policies or self._tables:
            self._schedule()

    def _faults_changed(self) -> None:
        if self._unsubscribe:
            self._read_policies()
            self._schedule()

    def _read_policies(self) -> None:
        self._policies = {key_of(item): item for item in self._store.list("networkpolicies")}

    def _schedule(self) -> None:
        """Program soon: what happens in the same turn of the event loop is programmed at once."""
        if self._turn is None:
            self.settled.clear()
            self._turn = asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        self._turn = None
        world = self._world()
        for node in self._network.nodes:
            self._program(node, world)
        self.settled.set()

    def _world(self) -> World:
        members = [found for pod in self._store.list("pods") if (found := member_of(pod))]
        namespaces = {name_of(item): labels_of(item) for item in self._store.list("namespaces")}
        return World(members, namespaces, [self._policies[key] for key in sorted(self._policies)])

    def _program(self, node: str, world: World) -> None:
        rules = render(node, world, self._faults.for_node(node))
        if not rules.chains and node not in self._tables:
            return
        if node not in self._tables:
            namespace = self._network.nodes[node].ns
            self._tables[node] = NftTable(namespace, TABLE, TABLE_COMMENT)
        try:
            self._tables[node].commit({_OWNER: rules if rules.chains else None})
        except NetlinkError:
            _log.exception("%s: policies could not be programmed; loading them anew", node)
            self._tables[node].reload()
