"""What is wrong with the spec of a Pod, or of a template of Pods, in the API server's order.

Source: core validation of Kubernetes 1.36. Left out is what has no meaning in the sandbox: resource
claims, Windows, seccomp, AppArmor and sysctls.
"""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds import pod_dns_validation as dns
from kubeproof.sandbox.kinds import scheduling_validation as scheduling
from kubeproof.sandbox.kinds.container_validation import (
    Surroundings,
    validate_containers,
    validate_ids,
    validate_init_containers,
)
from kubeproof.sandbox.kinds.metadata import complaints, validate_labels
from kubeproof.sandbox.kinds.parts import number, pairs, part, parts, text
from kubeproof.sandbox.kinds.volume_validation import validate_volumes
from kubeproof.sandbox.objects import Object

_RESTART = ("Always", "OnFailure", "Never")
_PREEMPTION = ("PreemptLowerPriority", "Never")
_NAMES = (
    ("serviceAccountName", names.dns_subdomain),
    ("nodeName", names.dns_subdomain),
)
_LONGEST_DEADLINE = 2**31 - 1


def validate_pod_spec(spec: Object, field: str, *, template: bool) -> list[FieldError]:
    """What is wrong with a Pod's spec; templates may leave host ports to defaulting."""
    volumes, errors = validate_volumes(spec, f"{field}.volumes")
    around = Surroundings(volumes, spec.get("terminationGracePeriodSeconds"))
    return [
        *errors,
        *validate_containers(spec, field, around),
        *validate_init_containers(spec, field, around),
        *_validate_host_network(spec, field, template),
        *_validate_choice(spec, field, "restartPolicy", _RESTART),
        *_validate_choice(spec, field, "dnsPolicy", dns.POLICIES),
        *validate_labels(pairs(spec, "nodeSelector"), f"{field}.nodeSelector"),
        *validate_ids(part(spec, "securityContext"), f"{field}.securityContext"),
        *scheduling.validate_affinity(part(spec, "affinity"), f"{field}.affinity"),
        *dns.validate_dns(spec, field),
        *scheduling.validate_gates(spec, field),
        *scheduling.validate_spreading(
            parts(spec, "topologySpreadConstraints"), f"{field}.topologySpreadConstraints"
        ),
        *_validate_names(spec, field),
        *_validate_deadline(spec, field),
        *dns.validate_hostnames(spec, field),
        *scheduling.validate_tolerations(parts(spec, "tolerations"), f"{field}.tolerations"),
        *dns.validate_host_aliases(spec, field),
        *_validate_priority(spec, field),
    ]


def _validate_choice(
    spec: Object, field: str, name: str, supported: tuple[str, ...]
) -> Iterable[FieldError]:
    if text(spec, name) not in supported:
        yield FieldError.not_supported(f"{field}.{name}", text(spec, name), supported)


def _validate_host_network(spec: Object, field: str, template: bool) -> Iterable[FieldError]:
    """On the node's network a container's port is the node's."""
    if not spec.get("hostNetwork"):
        return
    detail = "must match `containerPort` when `hostNetwork` is true"
    for index, container in enumerate(parts(spec, "containers")):
        for place, port in enumerate(parts(container, "ports")):
            host = number(port, "hostPort")
            if host != number(port, "containerPort") and (host or not template):
                where = f"{field}.containers[{index}].ports[{place}].hostPort"
                yield FieldError.invalid(where, host, detail)


def _validate_names(spec: Object, field: str) -> Iterable[FieldError]:
    for name, rule in _NAMES:
        if text(spec, name):
            yield from complaints(f"{field}.{name}", spec[name], rule)


def _validate_deadline(spec: Object, field: str) -> Iterable[FieldError]:
    seconds = spec.get("activeDeadlineSeconds")
    if seconds is not None:
        for complaint in names.in_range(seconds, 1, _LONGEST_DEADLINE):
            yield FieldError.invalid(f"{field}.activeDeadlineSeconds", seconds, complaint)


def _validate_priority(spec: Object, field: str) -> Iterable[FieldError]:
    if text(spec, "priorityClassName"):
        where = f"{field}.priorityClassName"
        yield from complaints(where, spec["priorityClassName"], names.dns_subdomain)
    if text(spec, "runtimeClassName"):
        where = f"{field}.runtimeClassName"
        yield from complaints(where, spec["runtimeClassName"], names.dns_subdomain)
    if spec.get("preemptionPolicy") is not None:
        yield from _validate_choice(spec, field, "preemptionPolicy", _PREEMPTION)
