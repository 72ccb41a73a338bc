"""What is wrong with a Service's traffic policies, session affinity and load-balancer fields.

Source: core validation of Kubernetes 1.36.
"""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import cidrs, names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import annotations_of, number, part, texts
from kubeproof.sandbox.kinds.service_facts import (
    is_external,
    needs_health_check,
    spec_of,
    type_of,
)
from kubeproof.sandbox.objects import Object

POLICIES = ("Cluster", "Local")
AFFINITIES = ("ClientIP", "None")
DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
LONGEST_AFFINITY = 86400
"""Seconds; a day."""

SOURCE_RANGES_ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges"

_FOR_LOAD_BALANCERS = "may only be used when `type` is 'LoadBalancer'"


def validate_affinity(spec: Object) -> Iterable[FieldError]:
    """sessionAffinity and how long it lasts."""
    affinity: str = spec["sessionAffinity"]
    config: Object | None = spec.get("sessionAffinityConfig")
    field = "spec.sessionAffinityConfig"
    if affinity not in AFFINITIES:
        yield FieldError.not_supported("spec.sessionAffinity", affinity, AFFINITIES)
    elif affinity == "ClientIP":
        seconds = number(part(config or {}, "clientIP"), "timeoutSeconds")
        if not 0 < seconds <= LONGEST_AFFINITY:
            detail = f"must be greater than 0 and less than {LONGEST_AFFINITY}"
            yield FieldError.invalid(f"{field}.clientIP.timeoutSeconds", seconds, detail)
    elif config is not None:
        yield FieldError.forbidden(field, "must not be set when session affinity is None")


def validate_source_ranges(service: Object, old: Object | None) -> Iterable[FieldError]:
    """loadBalancerSourceRanges, or the annotation that is its older form."""
    spec = spec_of(service)
    annotation = annotations_of(service).get(SOURCE_RANGES_ANNOTATION)
    if spec.get("loadBalancerSourceRanges"):
        yield from _validate_ranges(service, old)
    elif annotation is not None:
        yield from _validate_annotation(service, old, annotation)


def _validate_ranges(service: Object, old: Object | None) -> Iterable[FieldError]:
    field = "spec.LoadBalancerSourceRanges"  # spelled so by the API server
    if type_of(service) != "LoadBalancer":
        yield FieldError.forbidden(field, _FOR_LOAD_BALANCERS)
    before = texts(spec_of(old), "loadBalancerSourceRanges") if old else []
    stored = [value.strip() for value in before]
    for index, value in enumerate(spec_of(service)["loadBalancerSourceRanges"]):
        yield from cidrs.validate(f"{field}[{index}]", value.strip(), stored)


def _validate_annotation(service: Object, old: Object | None, value: str) -> Iterable[FieldError]:
    field = f"metadata.annotations[{SOURCE_RANGES_ANNOTATION}]"
    if type_of(service) != "LoadBalancer":
        yield FieldError.forbidden(field, _FOR_LOAD_BALANCERS)
    before = annotations_of(old) if old else {}
    if before.get(SOURCE_RANGES_ANNOTATION) == value or not value.strip():
        return
    for block in value.strip().split(","):
        yield from cidrs.validate(field, block.strip())


def validate_node_port_wish(service: Object) -> Iterable[FieldError]:
    """allocateLoadBalancerNodePorts belongs to load balancers."""
    wish = spec_of(service).get("allocateLoadBalancerNodePorts")
    if wish is not None and type_of(service) != "LoadBalancer":
        yield FieldError.forbidden("spec.allocateLoadBalancerNodePorts", _FOR_LOAD_BALANCERS)


def validate_class(service: Object) -> Iterable[FieldError]:
    """loadBalancerClass belongs to load balancers and is written like a label key."""
    name = spec_of(service).get("loadBalancerClass")
    if name is None:
        return
    if type_of(service) == "LoadBalancer":
        yield from complaints("spec.loadBalancerClass", name, names.label_key)
    else:
        yield FieldError.forbidden("spec.loadBalancerClass", _FOR_LOAD_BALANCERS)


def validate_class_change(service: Object, old: Object) -> Iterable[FieldError]:
    """loadBalancerClass may not change, nor come or go, while the type stays LoadBalancer."""
    new, before = (spec_of(each).get("loadBalancerClass") for each in (service, old))
    if type_of(service) == type_of(old) == "LoadBalancer" and new != before:
        yield FieldError.invalid("spec.loadBalancerClass", new, "may not change once set")
    yield from validate_class(service)


def validate_external_policy(service: Object) -> Iterable[FieldError]:
    """externalTrafficPolicy, and the health-check node port that goes with Local."""
    policy, field = spec_of(service).get("externalTrafficPolicy"), "spec.externalTrafficPolicy"
    if not is_external(service):
        if policy:
            detail = "may only be set for externally-accessible services"
            yield FieldError.invalid(field, policy, detail)
    elif policy not in POLICIES:
        yield FieldError.not_supported(field, policy, POLICIES)
    yield from _validate_health_check(service)


def _validate_health_check(service: Object) -> Iterable[FieldError]:
    port, field = spec_of(service).get("healthCheckNodePort"), "spec.healthCheckNodePort"
    if not port:
        return
    if needs_health_check(service):
        for complaint in names.port_number(port):
            yield FieldError.invalid(field, port, complaint)
        return
    detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    yield FieldError.invalid(field, port, detail)


def validate_health_check_change(service: Object, old: Object) -> Iterable[FieldError]:
    """The health-check node port stays as long as one is needed."""
    if not (needs_health_check(service) and needs_health_check(old)):
        return
    new, before = (spec_of(each).get("healthCheckNodePort", 0) for each in (service, old))
    if new != before:
        yield FieldError.forbidden("spec.healthCheckNodePort", "field is immutable")


def validate_internal_policy(spec: Object) -> Iterable[FieldError]:
    """internalTrafficPolicy; ExternalName Services need none but may carry one."""
    policy = spec.get("internalTrafficPolicy")
    if policy is not None and policy not in POLICIES:
        yield FieldError.not_supported("spec.internalTrafficPolicy", policy, POLICIES)


def validate_distribution(spec: Object) -> Iterable[FieldError]:
    """trafficDistribution."""
    wish = spec.get("trafficDistribution")
    if wish is not None and wish not in DISTRIBUTIONS:
        yield FieldError.not_supported("spec.trafficDistribution", wish, DISTRIBUTIONS)
