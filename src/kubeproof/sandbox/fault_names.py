"""Every fault there is, by name: a misspelt one would break nothing, and prove nothing."""

from collections.abc import Iterable

from kubeproof.sandbox.controllers.endpoint_faults import FAULTS as OF_ENDPOINTS
from kubeproof.sandbox.dns.faulty import FAULTS as OF_NAMES
from kubeproof.sandbox.errors import UnknownFault
from kubeproof.sandbox.kinds.admission_faults import FAULTS as OF_ADMISSION
from kubeproof.sandbox.kinds.endpoint_faults import FAULTS as OF_ENDPOINT_SLICES
from kubeproof.sandbox.kinds.service_cidr_faults import FAULTS as OF_SERVICE_CIDRS
from kubeproof.sandbox.kinds.service_faults import FAULTS as OF_THE_API
from kubeproof.sandbox.kubelet.environment import FAULTS as OF_ENVIRONMENTS
from kubeproof.sandbox.kubelet.resolv_conf import FAULTS as OF_RESOLVERS
from kubeproof.sandbox.network.faulty import FAULTS as OF_THE_NETWORK
from kubeproof.sandbox.policy.render import FAULTS as OF_POLICIES
from kubeproof.sandbox.proxy.faulty import FAULTS as OF_THE_PROXY

_OF_CONTROLLERS = {
    **OF_ENDPOINTS,
    "api-server-endpoint-stale": "the API server's Service leads to one that is gone",
    "deployment-controller-stopped": "Deployments are not acted upon",
    "endpointslice-controller-stopped": "EndpointSlices stay as they are",
    "garbage-collector-stopped": "what has lost its owner stays",
    "load-balancer-address-not-announced": "no node answers for a load balancer's address",
    "load-balancer-changes-address": "a balancer takes another address when a Service changes",
    "load-balancer-controller-stopped": "external addresses are neither given nor taken back",
    "load-balancer-finalizer-missing": "a balancer does not mark its Services",
    "load-balancer-finalizer-stays": "a balancer's mark stays when it is gone",
    "load-balancer-grabs-every-class": "a balancer serves classes that are not its own",
    "mirroring-stopped": "Endpoints that are made by hand are not mirrored",
    "load-balancer-left-behind": "a Service that is no LoadBalancer any more keeps its balancer",
    "load-balancer-uses-excluded-nodes": "a balancer uses nodes that are not meant for it",
    "load-balancer-stays": "a balancer stays with the node it chose first",
    "service-cidr-controller-stopped": "ServiceCIDRs stay as they are written",
    "service-cidr-unprotected": "a ServiceCIDR goes although addresses of it are taken",
    "service-collected-when-empty": "a Service without endpoints is deleted",
    "service-recreated-when-empty": "a Service without endpoints is replaced by a new one",
}
_OF_NODES = {
    "dns-stale": "DNS answers as things were when the fault came",
    "dns-stopped": "nobody answers DNS questions",
    "kubelet-never-ready": "no further Pod becomes ready",
    "pod-proxy-broken": "the API's Pod proxy fails",
    "port-forward-broken": "port forwarding fails",
    "port-forward-spreads": "port forwarding to a Pod leads to any Pod with the same labels",
    "service-proxy-broken": "the API's Service proxy fails",
    "service-proxy-unguarded": "the API's Service proxy leads to whatever endpoints say",
}
FAULTS = {
    **OF_THE_API,
    **OF_ADMISSION,
    **OF_ENDPOINT_SLICES,
    **OF_SERVICE_CIDRS,
    **_OF_CONTROLLERS,
    **OF_THE_NETWORK,
    **_OF_NODES,
    **OF_NAMES,
    **OF_ENVIRONMENTS,
    **OF_RESOLVERS,
    **OF_POLICIES,
    **OF_THE_PROXY,
}
"""What each fault does. Those of nodes may be bound to one: ``node-not-updated@k8s-node2``."""


def require_known(names: Iterable[str], nodes: Iterable[str]) -> None:
    """Raise UnknownFault for a name that no fault has, or a node that the cluster lacks."""
    known = set(nodes)
    for name in names:
        fault, bound, node = name.partition("@")
        if fault not in FAULTS:
            raise UnknownFault(
                f"no fault is called {fault}; there are: {', '.join(sorted(FAULTS))}"
            )
        if bound and node not in known:
            raise UnknownFault(f"{name}: the cluster has no node called {node}")
