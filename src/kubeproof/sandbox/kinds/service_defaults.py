"""What the API server fills in where a Service leaves something out.

Source: "Service" in the Kubernetes API reference and the v1 defaulting of Kubernetes 1.36.
"""

from typing import Any

from kubeproof.sandbox.kinds.parts import part, parts
from kubeproof.sandbox.kinds.service_facts import is_external, ports_of, spec_of, type_of
from kubeproof.sandbox.objects import Object

AFFINITY_SECONDS = 10800
"""How long ClientIP affinity lasts unless the Service says otherwise: three hours."""

_OMITTED_WHEN_EMPTY = (
    "ports",
    "selector",
    "clusterIP",
    "clusterIPs",
    "type",
    "externalIPs",
    "sessionAffinity",
    "loadBalancerIP",
    "loadBalancerSourceRanges",
    "externalName",
    "externalTrafficPolicy",
    "healthCheckNodePort",
    "publishNotReadyAddresses",
    "ipFamilies",
)


def set_defaults(service: Object) -> None:
    """Fill in the defaults of spec and status, in place."""
    spec = spec_of(service)
    drop_empty(spec, _OMITTED_WHEN_EMPTY)
    _default_affinity(spec)
    spec.setdefault("type", "ClusterIP")
    for port in ports_of(service):
        _default_port(port)
    _default_policies(service)
    if type_of(service) == "LoadBalancer":
        set_default(spec, "allocateLoadBalancerNodePorts", True)
    _default_status(service)


def drop_empty(obj: Object, fields: tuple[str, ...]) -> None:
    """Leave out fields that hold nothing: the API never shows them empty."""
    for field in fields:
        if field in obj and not obj[field]:
            del obj[field]


def set_default(obj: Object, field: str, value: Any) -> None:
    """Set a field that is missing or null."""
    if obj.get(field) is None:
        obj[field] = value


def _default_affinity(spec: Object) -> None:
    spec.setdefault("sessionAffinity", "None")
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        client = part(part(spec, "sessionAffinityConfig"), "clientIP")
        if client.get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": AFFINITY_SECONDS}}


def _default_port(port: Object) -> None:
    drop_empty(port, ("name", "protocol", "nodePort"))
    port.setdefault("protocol", "TCP")
    port.setdefault("port", 0)
    if port.get("targetPort") in (None, 0, ""):
        port["targetPort"] = port["port"]


def _default_policies(service: Object) -> None:
    spec = spec_of(service)
    if is_external(service):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if type_of(service) in ("ClusterIP", "NodePort", "LoadBalancer"):
        set_default(spec, "internalTrafficPolicy", "Cluster")


def _default_status(service: Object) -> None:
    status: Object = service.setdefault("status", {})
    balancer: Object = status.setdefault("loadBalancer", {})
    if type_of(service) != "LoadBalancer":
        return
    for ingress in parts(balancer, "ingress"):
        if ingress.get("ip"):
            set_default(ingress, "ipMode", "VIP")
