"""Faults of the proxy: what each named one breaks, and how Services look to a broken proxy.

Most faults are a wrong view of a Service or of its endpoints, taken before the rules are
rendered; the others are in the rendering (base, render) and in the programming (sync).
"""

from collections.abc import Sequence
from dataclasses import replace

from kubeproof.sandbox.objects import Object, labels_of
from kubeproof.sandbox.proxy.endpoints import Endpoint, NodeFacts, Usable
from kubeproof.sandbox.proxy.model import Target
from kubeproof.sandbox.proxy.service_port import HEADLESS, OTHER_PROXY, ServicePort

_IGNORED = {"headless-label-ignored": HEADLESS, "other-proxy-ignored": OTHER_PROXY}
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"

FAULTS = {
    "affinity-forever": "a client that was remembered once is never forgotten",
    "affinity-ignored": "session affinity has no effect",
    "cluster-ip-missing": "ClusterIPs lead nowhere",
    "connections-rebalanced": "connections are handed to another endpoint while they last",
    "deleted-service-kept": "a deleted Service goes on working",
    "endpoint-missing": "one endpoint of every Service never gets traffic",
    "external-ip-missing": "external and load-balancer addresses lead nowhere",
    "external-local-ignored": "externalTrafficPolicy Local is treated as Cluster",
    "extra-port-missing": "only the first port of a Service works",
    "first-slice-only": "of several EndpointSlices of a Service one counts",
    "first-endpoint-only": "all connections go to one endpoint",
    "fragments-lost": "datagrams that are sent in fragments never arrive",
    "headless-label-ignored": "EndpointSlices labelled as headless get traffic all the same",
    "health-check-lies": "the health-check node port is always content",
    "former-node-port-kept": "a node port that a Service had before goes on working",
    "hand-made-slices-ignored": "EndpointSlices that no controller made do not count",
    "hints-without-fallback": "who is far from every endpoint that is meant for others has none",
    "hints-ignored": "traffic distribution has no effect",
    "internal-local-ignored": "internalTrafficPolicy Local is treated as Cluster",
    "ip-mode-ignored": "nodes take over addresses that are the load balancer's alone",
    "large-packets-lost": "packets are lost that are larger than the network between nodes takes",
    "local-masquerades": "externalTrafficPolicy Local loses the client's address",
    "masquerade-all": "ClusterIP traffic loses the client's address",
    "no-hairpin": "a Pod cannot reach itself through its Service",
    "no-masquerade": "answers from other nodes do not find back to the client",
    "no-reject": "what should be refused is met with silence",
    "node-not-updated": "the node's rules stay as they are",
    "node-port-missing": "node ports lead nowhere",
    "node-removal-untold": "a node is content although it is about to be removed",
    "node-traffic-not-translated": "the node itself cannot use Services",
    "nodeport-only-with-pods": "only nodes that run an endpoint serve the node port",
    "pods-masqueraded": "Pods reach other Pods under their node's address",
    "policies-mixed-up": "each traffic policy is applied to the other one's traffic too",
    "policy-change-ignored": "a Service keeps the policies and the affinity that it had first",
    "other-proxy-ignored": "Services that belong to another proxy are served all the same",
    "prefers-local": "a node with an endpoint of its own uses no other",
    "removed-port-kept": "a port that was removed from a Service goes on working",
    "rules-withdrawn-first": "a change takes a Service's rules away before it writes them anew",
    "same-node-missing": "Pods cannot reach Pods of their own node through a Service",
    "source-ranges-ignored": "loadBalancerSourceRanges has no effect",
    "stale-endpoint": "removed endpoints go on getting traffic",
    "target-port-not-translated": "the Service port is used on the Pod, whatever targetPort says",
    "terminating-connections-cut": "connections to endpoints end as soon as those terminate",
    "terminating-ignored": "endpoints that terminate are never used",
    "terminating-in-rotation": "endpoints that terminate get traffic like the others",
    "udp-conntrack-kept": "UDP flows stick to endpoints that are gone",
    "udp-flows-of-deleted-kept": "UDP flows outlive their Service",
    "udp-flows-to-nobody-kept": "UDP flows stick to the last endpoint that a Service had",
    "udp-missing": "UDP ports of Services lead nowhere",
    "unready-endpoint-used": "endpoints that are not ready get traffic",
}


def seen_port(port: ServicePort, faults: frozenset[str]) -> ServicePort:
    """The Service port as a proxy with these faults sees it."""
    if not faults:
        return port
    if "affinity-ignored" in faults:
        port = replace(port, affinity_seconds=0)
    if "external-ip-missing" in faults:
        port = replace(port, external_ips=(), load_balancer_ips=())
    if "external-local-ignored" in faults:
        port = replace(port, external_local=False)
    if "internal-local-ignored" in faults:
        port = replace(port, internal_local=False)
    if "policies-mixed-up" in faults:
        local = port.external_local or port.internal_local
        port = replace(port, external_local=local, internal_local=local)
    if "ip-mode-ignored" in faults:
        port = replace(port, load_balancer_ips=(*port.load_balancer_ips, *port.proxied_ips))
    if "node-port-missing" in faults:
        port = replace(port, node_port=0)
    if "source-ranges-ignored" in faults:
        port = replace(port, source_ranges=())
    return port


def seen_service(service: Object, faults: frozenset[str]) -> Object:
    """The Service, or a slice of it, to a proxy that serves what is none of its business."""
    ignored = {label for fault, label in _IGNORED.items() if fault in faults}
    if not ignored:
        return service
    labels = {key: value for key, value in labels_of(service).items() if key not in ignored}
    return {**service, "metadata": {**service["metadata"], "labels": labels}}


def seen_slices(slices: Sequence[Object], faults: frozenset[str]) -> Sequence[Object]:
    """The EndpointSlices of a Service that a proxy with these faults reads."""
    slices = [seen_service(item, faults) for item in slices]
    if "hand-made-slices-ignored" in faults:
        slices = [item for item in slices if _MANAGED_BY in labels_of(item)]
    return slices[:1] if "first-slice-only" in faults else slices


def seen_node_port(port: ServicePort, there: Usable, faults: frozenset[str], node: str) -> bool:
    """Whether the node serves the node port at all."""
    if not port.node_port:
        return False
    return "nodeport-only-with-pods" not in faults or any(e.node == node for e in there.reachable)


def seen_endpoints(
    endpoints: tuple[Endpoint, ...], port: ServicePort, faults: frozenset[str]
) -> tuple[Endpoint, ...]:
    """The endpoints as a proxy with these faults sees them."""
    if not faults:
        return endpoints
    if "unready-endpoint-used" in faults:
        endpoints = tuple(e if e.terminating else replace(e, ready=True) for e in endpoints)
    if "terminating-in-rotation" in faults:
        endpoints = tuple(replace(e, ready=e.ready or e.last_resort) for e in endpoints)
    if "terminating-ignored" in faults:
        endpoints = tuple(e for e in endpoints if not e.terminating)
    if "hints-ignored" in faults:
        nobody: frozenset[str] = frozenset()
        endpoints = tuple(replace(e, zone_hints=nobody, node_hints=nobody) for e in endpoints)
    if "endpoint-missing" in faults:
        endpoints = endpoints[:-1]
    if "target-port-not-translated" in faults:
        endpoints = tuple(replace(e, target=Target(e.target.address, port.port)) for e in endpoints)
    return endpoints


def seen_usable(there: Usable, node: NodeFacts, faults: frozenset[str]) -> Usable:
    """The endpoints a proxy with these faults balances over."""
    if "hints-without-fallback" in faults:
        near = tuple(e for e in there.cluster if _is_for(e, node))
        there = replace(there, cluster=near, anywhere=bool(near or there.local))
    if "prefers-local" in faults:
        own = tuple(e for e in there.cluster if e.node == node.name)
        there = replace(there, cluster=own or there.cluster)
    if "first-endpoint-only" in faults:
        there = replace(there, cluster=there.cluster[:1], local=there.local[:1])
    return there


def _is_for(endpoint: Endpoint, node: NodeFacts) -> bool:
    """Whether an endpoint is meant for a node: by its hint at nodes, else by that at zones."""
    if endpoint.node_hints:
        return node.name in endpoint.node_hints
    return not endpoint.zone_hints or node.zone in endpoint.zone_hints


def with_removed(old: Sequence[Endpoint], new: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """The new endpoints and, back in rotation, those of the old ones that were removed."""
    present = {e.target for e in new}
    kept = (replace(e, ready=True, terminating=False) for e in old if e.target not in present)
    return tuple(sorted((*new, *kept), key=lambda e: str(e.target)))


def with_policies_of(first: ServicePort, now: ServicePort) -> ServicePort:
    """The Service port as it is now, but for policies and affinity, which are as at first."""
    return replace(
        now,
        external_local=first.external_local,
        internal_local=first.internal_local,
        affinity_seconds=first.affinity_seconds,
    )
