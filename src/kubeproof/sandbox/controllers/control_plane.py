"""All controllers together, as kube-controller-manager and kube-scheduler run them."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.controllers.api_endpoints import ApiEndpointsController
from kubeproof.sandbox.controllers.balancer_pool import AddressPool
from kubeproof.sandbox.controllers.bootstrap import ClusterFacts, bootstrap
from kubeproof.sandbox.controllers.client import Client
from kubeproof.sandbox.controllers.controller import Controller
from kubeproof.sandbox.controllers.daemonset import DaemonSetController
from kubeproof.sandbox.controllers.deployment import DeploymentController
from kubeproof.sandbox.controllers.empty_services import EmptyServiceCollector
from kubeproof.sandbox.controllers.endpoints import EndpointsController
from kubeproof.sandbox.controllers.endpointslice import EndpointSliceController
from kubeproof.sandbox.controllers.garbage import GarbageCollector
from kubeproof.sandbox.controllers.loadbalancer import LoadBalancerController, Speaker
from kubeproof.sandbox.controllers.mirroring import MirroringController
from kubeproof.sandbox.controllers.namespace import NamespaceController
from kubeproof.sandbox.controllers.namespace_contents import NamespaceContentsController
from kubeproof.sandbox.controllers.node_lifecycle import NodeLifecycleController
from kubeproof.sandbox.controllers.node_objects import NodeFacts
from kubeproof.sandbox.controllers.replicaset import ReplicaSetController
from kubeproof.sandbox.controllers.scheduler import Scheduler
from kubeproof.sandbox.controllers.service_cidrs import ServiceCIDRController
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock, written
from kubeproof.sandbox.faults import Faults

API_SERVICE_ADDRESS = "10.96.0.1"
API_ENDPOINT = ("172.30.0.1", 6443)

AnyController = Controller[Any]


class Node(NodeFacts, Speaker, Protocol):
    """What the controllers need of a node's network."""


class NodeNetworks(Protocol):
    """What the controllers need of the network: its nodes by name."""

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by name."""
        ...


class ControllerOptions(NamedTuple):
    """How the cluster is set up; the defaults are the sandbox's fixed facts.

    Without `load_balancer_pool` (a range such as 172.30.0.200-172.30.0.220) there is no
    load-balancer implementation, and external addresses stay pending.
    """

    load_balancer_pool: str | None = "172.30.0.200-172.30.0.220"
    kubernetes_version: str = "v1.36.2"
    sandbox_version: str = "0.1.0"
    api_service_address: str = API_SERVICE_ADDRESS
    api_endpoint: tuple[str, int] = API_ENDPOINT
    dns_service_address: str = "10.96.0.10"
    clock: Clock = system_clock

    def facts(self) -> ClusterFacts:
        """What the first objects say of the cluster."""
        return ClusterFacts(
            self.kubernetes_version,
            self.sandbox_version,
            self.api_service_address,
            self.api_endpoint,
            self.dns_service_address,
        )


class Controllers:
    """Creates the first objects of the cluster, and then keeps everything as it is asked for.

    Everything runs on the event loop that is running at `start`, and nothing blocks.
    """

    def __init__(
        self,
        registry: Registry,
        network: NodeNetworks,
        faults: Faults,
        options: ControllerOptions | None = None,
    ) -> None:
        self._registry = registry
        self._network = network
        self._options = options or ControllerOptions()
        self._controllers = self._make(registry, network, faults)

    def start(self) -> None:
        """Create what a new cluster has, and start every controller. Raises ApiError."""
        moment = written(self._options.clock())
        apiserver = Client(self._registry, "kube-apiserver")
        bootstrap(apiserver, self._network.nodes.values(), self._options.facts(), moment)
        for controller in self._controllers:
            controller.start()

    def stop(self) -> None:
        """Stop every controller; the objects stay as they are."""
        for controller in self._controllers:
            controller.stop()

    @property
    def idle(self) -> bool:
        """Whether no controller has anything left to do right now."""
        return all(controller.queue.idle for controller in self._controllers)

    def _make(
        self, registry: Registry, network: NodeNetworks, faults: Faults
    ) -> list[AnyController]:
        """The controllers, those first whose work others wait for."""
        kinds = (
            NamespaceContentsController,
            EndpointSliceController,
            EndpointsController,
            MirroringController,
            ServiceCIDRController,
            Scheduler,
            ReplicaSetController,
            DeploymentController,
            DaemonSetController,
            NodeLifecycleController,
            GarbageCollector,
            NamespaceController,
            EmptyServiceCollector,
        )
        clock = self._options.clock
        made: list[AnyController] = [kind(registry, faults, clock) for kind in kinds]
        endpoint = self._options.api_endpoint
        made.append(ApiEndpointsController(registry, faults, endpoint, clock))
        if self._options.load_balancer_pool:
            pool = AddressPool(self._options.load_balancer_pool)
            made.append(LoadBalancerController(registry, faults, pool, network.nodes, clock))
        return made
