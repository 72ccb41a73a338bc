"""Every kind that has rules of its own, with the options that the rules depend on."""

from dataclasses import dataclass

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.api.strategy import Strategy
from kubeproof.sandbox.kinds.cluster_ips import ClusterIPs, TakenAddresses
from kubeproof.sandbox.kinds.configuration import (
    ConfigMapRules,
    SecretRules,
    ServiceAccountRules,
)
from kubeproof.sandbox.kinds.endpoints import EndpointsRules
from kubeproof.sandbox.kinds.endpointslice import EndpointSliceRules
from kubeproof.sandbox.kinds.event import EventRules
from kubeproof.sandbox.kinds.ip_address import IPAddressRules
from kubeproof.sandbox.kinds.namespace import NamespaceRules
from kubeproof.sandbox.kinds.network_policy import NetworkPolicyRules
from kubeproof.sandbox.kinds.node import NodeRules
from kubeproof.sandbox.kinds.node_ports import NodePorts
from kubeproof.sandbox.kinds.pod import PodRules
from kubeproof.sandbox.kinds.service import ServiceRules
from kubeproof.sandbox.kinds.service_allocation import ServiceAllocator
from kubeproof.sandbox.kinds.service_cidr import ServiceCIDRRules, announce
from kubeproof.sandbox.kinds.workload import DaemonSetRules, DeploymentRules, ReplicaSetRules


@dataclass(frozen=True, slots=True)
class KindOptions:
    """The cluster's ranges, as a real API server is given them by flags."""

    service_cidrs: tuple[str, ...] = ("10.96.0.0/16",)
    """Blocks from which ClusterIPs are taken: one, or one of each family, the primary one first."""
    node_port_range: tuple[int, int] = (30000, 32767)
    """First and last node port."""


def strategies(options: KindOptions, store: Store) -> dict[str, Strategy]:
    """The rules of every kind, by plural; each call makes allocators of its own.

    The store gets the ServiceCIDR object, as every API server makes it when it starts.
    """
    announce(options.service_cidrs, store)
    ranges = [ClusterIPs(cidr, store) for cidr in options.service_cidrs]
    ports = NodePorts(*options.node_port_range)
    allocator = ServiceAllocator(ranges, TakenAddresses(store), ports)
    return {
        "configmaps": ConfigMapRules(),
        "daemonsets": DaemonSetRules(),
        "deployments": DeploymentRules(),
        "endpoints": EndpointsRules(),
        "endpointslices": EndpointSliceRules(),
        "events": EventRules(),
        "ipaddresses": IPAddressRules(),
        "namespaces": NamespaceRules(),
        "networkpolicies": NetworkPolicyRules(),
        "nodes": NodeRules(),
        "pods": PodRules(store),
        "replicasets": ReplicaSetRules(),
        "secrets": SecretRules(),
        "serviceaccounts": ServiceAccountRules(),
        "servicecidrs": ServiceCIDRRules(),
        "services": ServiceRules(allocator, store),
    }
