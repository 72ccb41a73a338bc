"""Which node ports a Service takes and gives back. Source: Kubernetes 1.36's Service registry."""

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.kinds.node_ports import Operation
from kubeproof.sandbox.kinds.ranges import Refused
from kubeproof.sandbox.kinds.service_facts import (
    has_node_ports,
    needs_health_check,
    node_ports,
    ports_of,
    spec_of,
    wants_node_ports,
)
from kubeproof.sandbox.objects import Object, name_of


def allocate_new(service: Object, operation: Operation) -> None:
    """Node ports of a new Service, in place. Raises ApiError."""
    if has_node_ports(service):
        _allocate_ports(service, operation)
    if needs_health_check(service):
        _allocate_health_check(service, operation)


def allocate_change(service: Object, old: Object, operation: Operation) -> None:
    """Node ports of a changed Service, in place. Raises ApiError."""
    if has_node_ports(service):
        _exchange_ports(service, old, operation)
    elif has_node_ports(old):
        for port in node_ports(old):
            operation.release(port)
    if needs_health_check(service) and not needs_health_check(old):
        _allocate_health_check(service, operation)
    elif needs_health_check(old) and not needs_health_check(service):
        operation.release(spec_of(old).get("healthCheckNodePort", 0))


def held(service: Object) -> list[int]:
    """Every node port that a Service holds."""
    health_check = spec_of(service).get("healthCheckNodePort", 0)
    extra = [health_check] if needs_health_check(service) and health_check else []
    return [*node_ports(service), *extra]


def _allocate_ports(service: Object, operation: Operation) -> None:
    """Ports of one number share a node port across protocols, also where only one states it."""
    allocated: dict[int, int] = {}
    for index, port in enumerate(ports_of(service)):
        if not port.get("nodePort") and not wants_node_ports(service):
            continue
        number = port["port"]
        if number not in allocated:
            allocated[number] = _first_of(service, index, operation)
            port["nodePort"] = allocated[number]
        elif not port.get("nodePort"):
            port["nodePort"] = allocated[number]
        elif port["nodePort"] != allocated[number]:
            _take(service, index, port["nodePort"], operation)


def _first_of(service: Object, index: int, operation: Operation) -> int:
    ports = ports_of(service)
    number = ports[index]["port"]
    stated = (port["nodePort"] for port in ports if port["port"] == number and port.get("nodePort"))
    wanted = next(stated, 0)
    if not wanted:
        return _take_any(operation)
    _take(service, index, wanted, operation)
    return wanted


def _take(service: Object, index: int, wanted: int, operation: Operation) -> None:
    try:
        operation.allocate(wanted)
    except Refused as refused:
        error = FieldError.invalid(f"spec.ports[{index}].nodePort", wanted, str(refused))
        raise status.invalid("Service", name_of(service), [error]) from None


def _take_any(operation: Operation) -> int:
    try:
        return operation.allocate_next()
    except Refused as refused:
        raise status.internal_error(f"failed to allocate a nodePort: {refused}") from None


def _allocate_health_check(service: Object, operation: Operation) -> None:
    spec = spec_of(service)
    wanted = spec.get("healthCheckNodePort", 0)
    try:
        if wanted:
            operation.allocate(wanted)
        else:
            spec["healthCheckNodePort"] = operation.allocate_next()
    except Refused as refused:
        what = f"requested HealthCheck NodePort {wanted}" if wanted else "a HealthCheck NodePort 0"
        raise status.internal_error(f"failed to allocate {what}: {refused}") from None


def _exchange_ports(service: Object, old: Object, operation: Operation) -> None:
    kept, taken = set(node_ports(old)), set[int]()
    seen: set[tuple[str, int]] = set()
    for index, port in enumerate(ports_of(service)):
        wanted = port.get("nodePort", 0)
        if not wanted and not wants_node_ports(service):
            continue
        if not wanted:
            port["nodePort"] = _take_any(operation)
        elif wanted not in kept | taken:
            _take(service, index, wanted, operation)
            taken.add(wanted)
        _require_new(seen, port)
    for port in kept - set(node_ports(service)):
        operation.release(port)


def _require_new(seen: set[tuple[str, int]], port: Object) -> None:
    key = (port["protocol"], port["nodePort"])
    if key in seen:
        raise ApiError(500, "", f"duplicate nodePort: {{{key[0]} {key[1]}}}")
    seen.add(key)
