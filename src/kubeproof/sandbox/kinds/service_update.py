"""How a change of a Service is completed from what the Service was before.

Clients may leave out what was allocated for them, and what a new type does not need goes away by
itself as long as the client did not touch it. Source: the Service registry of Kubernetes 1.36.
"""

from kubeproof.sandbox.kinds.service_facts import (
    cluster_ips,
    has_cluster_ip,
    has_node_ports,
    is_external,
    needs_health_check,
    node_ports,
    ports_of,
    same,
    spec_of,
    type_of,
    wants_node_ports,
)
from kubeproof.sandbox.objects import Object


def keep_allocated(service: Object, old: Object) -> None:
    """Take over addresses and ports of the old Service which the new one leaves out."""
    spec, before = spec_of(service), spec_of(old)
    if has_cluster_ip(old) and has_cluster_ip(service):
        for field in ("clusterIP", "clusterIPs"):
            if not spec.get(field) and before.get(field):
                spec[field] = before[field]
    if wants_node_ports(old) and wants_node_ports(service):
        _keep_node_ports(service, old)
    if needs_health_check(old) and needs_health_check(service):
        _keep(spec, before, "healthCheckNodePort")


def _keep(spec: Object, before: Object, field: str) -> None:
    if not spec.get(field) and before.get(field):
        spec[field] = before[field]


def _keep_node_ports(service: Object, old: Object) -> None:
    """Node ports go by the name of the port; one that both Services state already is taken."""
    used = set(node_ports(old)) & set(node_ports(service))
    known = {port.get("name", ""): port.get("nodePort", 0) for port in ports_of(old)}
    for port in ports_of(service):
        previous = known.get(port.get("name", ""), 0)
        if not port.get("nodePort") and previous and previous not in used:
            port["nodePort"] = previous


def align_cluster_ips(service: Object, old: Object | None) -> None:
    """Make clusterIPs follow clusterIP where a client changed only the singular field."""
    spec = spec_of(service)
    if old is None:
        if spec.get("clusterIP") and not cluster_ips(service):
            spec["clusterIPs"] = [spec["clusterIP"]]
        return
    address, previous = spec.get("clusterIP") or "", spec_of(old).get("clusterIP") or ""
    if address == previous:
        if cluster_ips(old) and not cluster_ips(service):
            spec["clusterIPs"] = cluster_ips(old)
    elif cluster_ips(service) == cluster_ips(old):
        _follow(spec, address, previous)


def _follow(spec: Object, address: str, previous: str) -> None:
    if previous and not address:
        spec.pop("clusterIPs", None)
    else:
        spec["clusterIPs"] = [address]


def drop_needless(service: Object, old: Object) -> None:
    """Wipe fields which the old type needed, the new one does not, and the client left alone."""
    spec = spec_of(service)
    if has_cluster_ip(old) and not has_cluster_ip(service):
        _drop_addresses(service, old)
    if has_node_ports(old) and not has_node_ports(service):
        _drop_node_ports(service, old)
    if needs_health_check(old) and not needs_health_check(service):
        _drop_if_same(service, old, "healthCheckNodePort")
    if type_of(old) == "LoadBalancer" != type_of(service):
        _drop_if_same(service, old, "loadBalancerClass")
        if spec.get("allocateLoadBalancerNodePorts") == spec_of(old).get(
            "allocateLoadBalancerNodePorts"
        ):
            spec.pop("allocateLoadBalancerNodePorts", None)
    if is_external(old) and not is_external(service):
        _drop_if_same(service, old, "externalTrafficPolicy")
    if type_of(service) != "LoadBalancer":
        service["status"] = {**service.get("status", {}), "loadBalancer": {}}


def _drop_if_same(service: Object, old: Object, *fields: str) -> None:
    if all(same(service, old, field) for field in fields):
        for field in fields:
            spec_of(service).pop(field, None)


def _drop_addresses(service: Object, old: Object) -> None:
    _drop_if_same(service, old, "clusterIP", "clusterIPs")
    _drop_if_same(service, old, "ipFamilies")
    _drop_if_same(service, old, "ipFamilyPolicy")


def _drop_node_ports(service: Object, old: Object) -> None:
    if set(node_ports(service)) <= set(node_ports(old)):
        for port in ports_of(service):
            port.pop("nodePort", None)
