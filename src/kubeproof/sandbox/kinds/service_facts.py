"""Questions about one Service that its defaults, its validation and its allocation all ask."""

from typing import Any

from kubeproof.sandbox.kinds.parts import parts, text, texts
from kubeproof.sandbox.objects import Object

NONE = "None"
"""The clusterIP of a headless Service."""


def spec_of(service: Object) -> Object:
    """The spec; created empty where it is missing."""
    return service.setdefault("spec", {})


def type_of(service: Object) -> str:
    """ClusterIP, NodePort, LoadBalancer or ExternalName; empty before defaulting."""
    return text(spec_of(service), "type")


def ports_of(service: Object) -> list[Object]:
    """The Service's ports, in order."""
    return parts(spec_of(service), "ports")


def cluster_ips(service: Object) -> list[str]:
    """clusterIPs, empty where there are none."""
    return texts(spec_of(service), "clusterIPs")


def families(service: Object) -> list[str]:
    """ipFamilies, empty where there are none."""
    return texts(spec_of(service), "ipFamilies")


def node_ports(service: Object) -> list[int]:
    """The node ports that are set, in the order of the ports."""
    return [port["nodePort"] for port in ports_of(service) if port.get("nodePort")]


def is_headless(service: Object) -> bool:
    """Whether the Service asks for no virtual address."""
    return cluster_ips(service) == [NONE]


def has_cluster_ip(service: Object) -> bool:
    """Whether the type goes with a clusterIP; None counts as one."""
    return type_of(service) != "ExternalName"


def has_node_ports(service: Object) -> bool:
    """Whether the type may go with node ports."""
    return type_of(service) in ("NodePort", "LoadBalancer")


def wants_node_ports(service: Object) -> bool:
    """Whether node ports are allocated: a load balancer may do without them (KEP-1864)."""
    if type_of(service) == "LoadBalancer":
        return spec_of(service).get("allocateLoadBalancerNodePorts") is not False
    return type_of(service) == "NodePort"


def is_external(service: Object) -> bool:
    """Whether the Service can be reached from outside, so that externalTrafficPolicy applies."""
    has_external_ips = bool(spec_of(service).get("externalIPs"))
    return has_node_ports(service) or (type_of(service) == "ClusterIP" and has_external_ips)


def needs_health_check(service: Object) -> bool:
    """Whether a health-check node port goes with the Service."""
    policy = spec_of(service).get("externalTrafficPolicy")
    return type_of(service) == "LoadBalancer" and policy == "Local"


def same(new: Object, old: Object, field: str) -> bool:
    """Whether a field of the spec is equal in both; missing and empty are the same."""
    first: Any = spec_of(new).get(field) or None
    return first == (spec_of(old).get(field) or None)
