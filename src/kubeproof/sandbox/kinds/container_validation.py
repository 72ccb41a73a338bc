"""What is wrong with a Pod's containers. Source: core validation of Kubernetes 1.36."""

from collections.abc import Iterable
from typing import NamedTuple

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.environment_validation import validate_environment
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import number, part, parts, text
from kubeproof.sandbox.kinds.pod_defaults import names_of
from kubeproof.sandbox.kinds.probe_validation import validate_lifecycle, validate_probes
from kubeproof.sandbox.kinds.resource_validation import validate_resources
from kubeproof.sandbox.kinds.service_ports import PROTOCOLS
from kubeproof.sandbox.kinds.volume_validation import validate_mounts
from kubeproof.sandbox.objects import Object

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
RESTART_POLICIES = ("Always", "Never", "OnFailure")
_LARGEST_ID = 2**31 - 1
_ONLY_SIDECARS = "may not be set for init containers without restartPolicy=Always"


class Surroundings(NamedTuple):
    """What a container's rules must know of its Pod."""

    volumes: set[str]
    grace: int | None
    """terminationGracePeriodSeconds."""


def validate_containers(spec: Object, field: str, around: Surroundings) -> Iterable[FieldError]:
    """The containers, beside init containers."""
    containers = parts(spec, "containers")
    where = f"{field}.containers"
    if not containers:
        yield FieldError.required(where)
        return
    seen: set[str] = set()
    for index, container in enumerate(containers):
        at, name = f"{where}[{index}]", text(container, "name")
        yield from _validate_container(container, at, around)
        if name in seen:
            yield FieldError.duplicate(f"{at}.name", name)
        seen.add(name)
        lifecycle = part(container, "lifecycle")
        yield from validate_lifecycle(lifecycle, f"{at}.lifecycle", around.grace)
        yield from validate_probes(container, at, around.grace)
        yield from _validate_restart_policy(container, at)
    yield from _validate_host_ports(containers, where)


def validate_init_containers(
    spec: Object, field: str, around: Surroundings
) -> Iterable[FieldError]:
    """The init containers; with restartPolicy Always they are sidecars and may be probed."""
    where = f"{field}.initContainers"
    seen = names_of(parts(spec, "containers"))
    for index, container in enumerate(parts(spec, "initContainers")):
        at, name = f"{where}[{index}]", text(container, "name")
        yield from _validate_container(container, at, around)
        yield from _validate_restart_policy(container, at)
        if name in seen:
            yield FieldError.duplicate(f"{at}.name", name)
        elif name:
            seen.add(name)
        yield from _validate_host_ports([container], where)
        yield from _validate_sidecar(container, at, around)


def _validate_sidecar(container: Object, field: str, around: Surroundings) -> Iterable[FieldError]:
    if text(container, "restartPolicy") == "Always":
        lifecycle = part(container, "lifecycle")
        yield from validate_lifecycle(lifecycle, f"{field}.lifecycle", around.grace)
        yield from validate_probes(container, field, around.grace)
        return
    for name in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(name) is not None:
            yield FieldError.forbidden(f"{field}.{name}", _ONLY_SIDECARS)


def _validate_container(
    container: Object, field: str, around: Surroundings
) -> Iterable[FieldError]:
    if text(container, "name"):
        yield from complaints(f"{field}.name", container["name"], names.dns_label)
    else:
        yield FieldError.required(f"{field}.name")
    if not text(container, "image"):
        yield FieldError.required(f"{field}.image")
    policy = text(container, "terminationMessagePolicy")
    if policy not in MESSAGE_POLICIES:
        where = f"{field}.terminationMessagePolicy"
        yield FieldError.not_supported(where, policy, MESSAGE_POLICIES)
    yield from _validate_ports(container, f"{field}.ports")
    yield from validate_environment(container, field)
    yield from validate_mounts(container, field, around.volumes)
    policy = text(container, "imagePullPolicy")
    if policy not in PULL_POLICIES:
        yield FieldError.not_supported(f"{field}.imagePullPolicy", policy, PULL_POLICIES)
    yield from validate_resources(part(container, "resources"), f"{field}.resources")
    yield from validate_ids(part(container, "securityContext"), f"{field}.securityContext")


def validate_ids(context: Object, field: str) -> Iterable[FieldError]:
    """runAsUser and runAsGroup."""
    for name in ("runAsUser", "runAsGroup"):
        if context.get(name) is not None:
            for complaint in names.in_range(context[name], 0, _LARGEST_ID):
                yield FieldError.invalid(f"{field}.{name}", context[name], complaint)


def _validate_ports(container: Object, field: str) -> Iterable[FieldError]:
    seen: set[str] = set()
    for index, port in enumerate(parts(container, "ports")):
        at, name = f"{field}[{index}]", text(port, "name")
        wrong = complaints(f"{at}.name", name, names.port_name) if name else []
        yield from wrong
        if name in seen and not wrong:
            yield FieldError.duplicate(f"{at}.name", name)
        elif name and not wrong:
            seen.add(name)
        yield from _validate_numbers(port, at)
        if port.get("protocol") not in PROTOCOLS:
            yield FieldError.not_supported(f"{at}.protocol", text(port, "protocol"), PROTOCOLS)


def _validate_numbers(port: Object, field: str) -> Iterable[FieldError]:
    if not number(port, "containerPort"):
        yield FieldError.required(f"{field}.containerPort")
    for name in ("containerPort", "hostPort"):
        value = number(port, name)
        for complaint in names.port_number(value) if value else ():
            yield FieldError.invalid(f"{field}.{name}", value, complaint)


def _validate_host_ports(containers: list[Object], field: str) -> Iterable[FieldError]:
    seen: set[str] = set()
    for index, container in enumerate(containers):
        for place, port in enumerate(parts(container, "ports")):
            if not number(port, "hostPort"):
                continue
            key = f"{text(port, 'protocol')}/{text(port, 'hostIP')}/{port['hostPort']}"
            if key in seen:
                yield FieldError.duplicate(f"{field}[{index}].ports[{place}].hostPort", key)
            seen.add(key)


def _validate_restart_policy(container: Object, field: str) -> Iterable[FieldError]:
    policy, rules = container.get("restartPolicy"), parts(container, "restartPolicyRules")
    where = f"{field}.restartPolicy"
    if policy is not None and policy not in RESTART_POLICIES:
        yield FieldError.not_supported(where, policy, RESTART_POLICIES)
    elif policy is None and rules:
        detail = "must specify restartPolicy when restart rules are used"
        yield FieldError.required(where, detail)
