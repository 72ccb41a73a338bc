"""The whole cluster, put together: network, API, controllers, proxies, kubelets, DNS."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from kubeproof.sandbox.api import same_user
from kubeproof.sandbox.api.extensions import extensions
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.server import Handler, application
from kubeproof.sandbox.api.site import serve
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.controllers.control_plane import (
    API_ENDPOINT,
    API_SERVICE_ADDRESS,
    ControllerOptions,
    Controllers,
)
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds.admission_faults import admission
from kubeproof.sandbox.kinds.catalogue import KindOptions, strategies
from kubeproof.sandbox.kinds.endpoint_faults import FaultyEndpointSlices
from kubeproof.sandbox.kinds.service_cidr_faults import FaultyServiceCIDRs
from kubeproof.sandbox.kinds.service_faults import FaultyServices
from kubeproof.sandbox.kubelet.kubelet import KubeletOptions
from kubeproof.sandbox.kubelet.kubelets import Kubelets
from kubeproof.sandbox.network.faulty import NetworkFaults
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.options import Options
from kubeproof.sandbox.peers import Peers
from kubeproof.sandbox.policy.controller import PolicyController
from kubeproof.sandbox.proxy.controller import ProxyController
from kubeproof.sandbox.tls.certificate import Identity, identity

_WITHOUT_LOAD_BALANCER = ControllerOptions(load_balancer_pool=None)

SETTLING_SECONDS = 20.0
"""How long following a change of faults may take; all Services are programmed anew."""

SETTLING_INTERVAL = 0.002
"""Seconds between two looks at whether anybody still has work to do."""


class Phases(Protocol):
    """Where the time of a boot went."""

    def done(self, phase: str) -> None:
        """Note that a phase ended now."""
        ...


class Cluster:
    """One cluster, running from ``start`` on until its process ends."""

    def __init__(self, options: Options, api: socket.socket, token: str, peers: Peers) -> None:
        self._options = options
        self._api = api
        self._token = token
        self._peers = peers
        self._faults = Faults(options.faults)
        self._network = Network.build(options.nodes)
        self._network_faults = NetworkFaults(self._network, self._faults)
        store = Store()
        rules = strategies(KindOptions(node_port_range=options.node_port_range), store)
        rules["endpointslices"] = FaultyEndpointSlices(self._faults)
        rules["servicecidrs"] = FaultyServiceCIDRs(self._faults)
        rules["services"] = FaultyServices(rules["services"], self._faults, store)
        self._registry = Registry(store, rules, Schema.load(), admission=admission(self._faults))
        how = ControllerOptions() if options.load_balancer else _WITHOUT_LOAD_BALANCER
        self._controllers = Controllers(self._registry, self._network, self._faults, how)
        self._proxies = ProxyController(self._registry, self._network, self._faults)
        self._policies = PolicyController(self._registry, self._network, self._faults)
        self._identity = api_identity()
        self._kubelets = Kubelets(
            self._registry,
            self._network.nodes,
            self._faults,
            KubeletOptions(dial_timeout=options.dial_timeout, authority=self._identity.certificate),
            lambda node: EventRecorder(self._registry, "kubelet", node),
        )

    async def start(self, phases: Phases) -> None:
        """Start everything; the API answers and every node is Ready when this returns."""
        self._controllers.start()
        phases.done("controllers")
        self._proxies.start()
        self._policies.start()
        phases.done("proxies")
        self._kubelets.start()
        reach = extensions(self._registry, self._kubelets)
        app = application(self._registry, token=self._token, extensions=reach)
        same_user.accept(app, self._peers, self._token)
        await serve(app, self._api)
        await self._serve_pods(reach)
        phases.done("api")

    async def _serve_pods(self, reach: Mapping[str, Handler]) -> None:
        """Answer at the API server's Service too: there everybody is a stranger without a token."""
        app = application(self._registry, token=self._token, extensions=reach)
        listener = self._network.gateway.socket()
        listener.bind(API_ENDPOINT)
        listener.listen()
        await serve(app, listener, self._identity.context())

    def facts(self) -> Object:
        """What users of the sandbox have to know of it."""
        nodes = self._network.nodes.values()
        return {
            "name": self._options.name,
            "api_url": f"http://127.0.0.1:{self._api.getsockname()[1]}",
            "nodes": [{"name": node.name, "address": node.address} for node in nodes],
        }

    def namespace(self, name: str) -> NetNs:
        """The network namespace of that name; LookupError when there is none."""
        return self._network.namespace(name)

    async def set_faults(self, names: Iterable[str]) -> None:
        """Switch to exactly these faults; returns when everybody has followed.

        Raises TimeoutError when somebody has not after SETTLING_SECONDS.
        """
        self._faults.replace(names)
        if busy := await self.settled(SETTLING_SECONDS):
            raise TimeoutError(f"{', '.join(busy)} still at work after {SETTLING_SECONDS:g} s")

    def rules(self, node: str) -> str:
        """The Service rules of a node as text; LookupError when there is no such node."""
        return self._proxies.rules(node)

    def conntrack(self, node: str) -> list[str]:
        """The connections a node tracks; LookupError when there is no such node."""
        return self._proxies.conntrack(node)

    async def settled(self, timeout: float) -> list[str]:
        """Wait until nobody has work to do; who still has when ``timeout`` seconds are over."""
        deadline = asyncio.get_running_loop().time() + timeout
        while busy := self._busy():
            if asyncio.get_running_loop().time() > deadline:
                return busy
            await asyncio.sleep(SETTLING_INTERVAL)
        return []

    def _busy(self) -> list[str]:
        """Who has work queued that does not wait for a time of its own."""
        idle: dict[str, Callable[[], bool]] = {
            "controllers": lambda: self._controllers.idle,
            "proxies": self._proxies.settled.is_set,
            "policies": self._policies.settled.is_set,
        }
        return [name for name, is_idle in idle.items() if not is_idle()]


def api_identity() -> Identity:
    """Who the API server is to Pods, for longer than any sandbox lives."""
    names = [f"kubernetes{rest}" for rest in ("", ".default", ".default.svc")]
    names += ["kubernetes.default.svc.cluster.local", API_SERVICE_ADDRESS, API_ENDPOINT[0]]
    return identity("kube-apiserver", names, datetime.now(UTC), timedelta(days=365))
