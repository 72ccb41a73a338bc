"""What is wrong with a Service, in the order in which the API server says it.

Source: core validation of Kubernetes 1.36; the parts are in the modules beside this one.
"""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import addresses, names
from kubeproof.sandbox.kinds import service_traffic as traffic
from kubeproof.sandbox.kinds.metadata import complaints, validate_labels
from kubeproof.sandbox.kinds.parts import annotations_of, pairs, part, parts, texts
from kubeproof.sandbox.kinds.service_addresses import (
    validate_address_change,
    validate_addresses,
    validate_family_change,
)
from kubeproof.sandbox.kinds.service_facts import (
    NONE,
    cluster_ips,
    families,
    has_node_ports,
    is_headless,
    ports_of,
    spec_of,
    type_of,
)
from kubeproof.sandbox.kinds.service_ports import (
    validate_distinct,
    validate_no_node_ports,
    validate_ports,
)
from kubeproof.sandbox.objects import Object

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
HINTS_ANNOTATION = "service.kubernetes.io/topology-aware-hints"
MODE_ANNOTATION = "service.kubernetes.io/topology-mode"


def validate_service(service: Object, old: Object | None) -> list[FieldError]:
    """What is wrong with a Service beside its metadata; ``old`` is None for a new one."""
    spec = spec_of(service)
    return [
        *_validate_topology(service),
        *_validate_type_needs(service),
        *validate_ports(service),
        *validate_labels(pairs(spec, "selector"), "spec.selector"),
        *traffic.validate_affinity(spec),
        *validate_addresses(service, old),
        *_validate_external_ips(service, old),
        *_validate_type(service),
        *validate_no_node_ports(service),
        *validate_distinct(service),
        *traffic.validate_source_ranges(service, old),
        *traffic.validate_node_port_wish(service),
        *traffic.validate_class(service),
        *traffic.validate_external_policy(service),
        *traffic.validate_internal_policy(spec),
        *traffic.validate_distribution(spec),
    ]


def validate_service_change(service: Object, old: Object) -> list[FieldError]:
    """What is wrong with a changed Service beside its metadata."""
    return [
        *validate_address_change(service, old),
        *validate_family_change(service, old),
        *traffic.validate_class_change(service, old),
        *traffic.validate_health_check_change(service, old),
        *validate_service(service, old),
    ]


def _validate_topology(service: Object) -> Iterable[FieldError]:
    annotations = annotations_of(service)
    mode, hints = annotations.get(MODE_ANNOTATION), annotations.get(HINTS_ANNOTATION)
    if mode is not None and hints is not None and mode != hints:
        detail = f"must match annotations[{HINTS_ANNOTATION}] when both are specified"
        yield FieldError.invalid(f"metadata.annotations[{MODE_ANNOTATION}]", mode, detail)


def _validate_type_needs(service: Object) -> Iterable[FieldError]:
    kind = type_of(service)
    if not ports_of(service) and not is_headless(service) and kind != "ExternalName":
        yield FieldError.required("spec.ports")
    if has_node_ports(service) and is_headless(service):
        detail = f"may not be set to 'None' for {kind} services"
        yield FieldError.invalid("spec.clusterIPs[0]", NONE, detail)
    if kind == "ExternalName":
        yield from _validate_external_name(service)


def _validate_external_name(service: Object) -> Iterable[FieldError]:
    spec, detail = spec_of(service), "may not be set for ExternalName services"
    if cluster_ips(service):
        yield FieldError.forbidden("spec.clusterIPs", detail)
    if families(service):
        yield FieldError.forbidden("spec.ipFamilies", detail)
    if spec.get("ipFamilyPolicy") is not None:
        yield FieldError.forbidden("spec.ipFamilyPolicy", detail)
    name = str(spec.get("externalName") or "").removesuffix(".")
    if name:
        yield from complaints("spec.externalName", name, names.dns_subdomain)
    else:
        yield FieldError.required("spec.externalName")


def _validate_external_ips(service: Object, old: Object | None) -> Iterable[FieldError]:
    stored = texts(spec_of(old), "externalIPs") if old else []
    for index, address in enumerate(texts(spec_of(service), "externalIPs")):
        field = f"spec.externalIPs[{index}]"
        errors = addresses.validate(field, address, stored)
        yield from errors or addresses.validate_endpoint(field, address)


def _validate_type(service: Object) -> Iterable[FieldError]:
    if type_of(service) not in TYPES:
        yield FieldError.not_supported("spec.type", type_of(service), TYPES)


def validate_ingress(service: Object, old: Object) -> list[FieldError]:
    """What is wrong with status.loadBalancer."""
    found, field = _ingress_of(service), "status.loadBalancer.ingress"
    if type_of(service) != "LoadBalancer":
        detail = "may only be used when `spec.type` is 'LoadBalancer'"
        return [FieldError.forbidden(field, detail)] if found else []
    stored = [ingress["ip"] for ingress in _ingress_of(old) if ingress.get("ip")]
    return [
        error
        for index, ingress in enumerate(found)
        for error in _validate_ingress(ingress, f"{field}[{index}]", stored)
    ]


def _ingress_of(service: Object) -> list[Object]:
    return parts(part(part(service, "status"), "loadBalancer"), "ingress")


def _validate_ingress(ingress: Object, field: str, stored: list[str]) -> Iterable[FieldError]:
    address, mode = ingress.get("ip"), ingress.get("ipMode")
    if address:
        yield from addresses.validate(f"{field}.ip", address, stored)
    if mode is None:
        if address:
            yield FieldError.required(f"{field}.ipMode", "must be specified when `ip` is set")
    elif not address:
        detail = "may not be specified when `ip` is not set"
        yield FieldError.forbidden(f"{field}.ipMode", detail)
    elif mode not in ("Proxy", "VIP"):
        yield FieldError.not_supported(f"{field}.ipMode", mode, ("Proxy", "VIP"))
    yield from _validate_hostname(str(ingress.get("hostname") or ""), f"{field}.hostname")


def _validate_hostname(hostname: str, field: str) -> Iterable[FieldError]:
    if not hostname:
        return
    yield from complaints(field, hostname, names.dns_subdomain)
    if addresses.parse(hostname) is not None:
        yield FieldError.invalid(field, hostname, "must be a DNS name, not an IP address")
