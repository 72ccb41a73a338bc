"""What is wrong with a Service's ports. Source: core validation of Kubernetes 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.service_facts import ports_of, type_of
from kubeproof.sandbox.objects import Object

PROTOCOLS = ("SCTP", "TCP", "UDP")


def validate_ports(service: Object) -> Iterable[FieldError]:
    """Each port by itself: names, numbers, protocols; names must differ within a Service."""
    ports = ports_of(service)
    seen: set[str] = set()
    for index, port in enumerate(ports):
        field = f"spec.ports[{index}]"
        yield from _validate_name(port, field, len(ports) > 1, seen)
        yield from _validate_port(port, field)


def _validate_name(
    port: Object, field: str, required: bool, seen: set[str]
) -> Iterable[FieldError]:
    name = str(port.get("name") or "")
    if not name:
        if required:
            yield FieldError.required(f"{field}.name")
        return
    yield from complaints(f"{field}.name", name, names.dns_label)
    if name in seen:
        yield FieldError.duplicate(f"{field}.name", name)
    seen.add(name)


def _validate_port(port: Object, field: str) -> Iterable[FieldError]:
    for complaint in names.port_number(port["port"]):
        yield FieldError.invalid(f"{field}.port", port["port"], complaint)
    if port["protocol"] not in PROTOCOLS:
        yield FieldError.not_supported(f"{field}.protocol", port["protocol"], PROTOCOLS)
    for complaint in names.port_number_or_name(port["targetPort"]):
        yield FieldError.invalid(f"{field}.targetPort", port["targetPort"], complaint)
    if port.get("appProtocol") is not None:
        yield from complaints(f"{field}.appProtocol", port["appProtocol"], names.label_key)


def validate_no_node_ports(service: Object) -> Iterable[FieldError]:
    """A Service of type ClusterIP has no node ports."""
    if type_of(service) != "ClusterIP":
        return
    for index, port in enumerate(ports_of(service)):
        if port.get("nodePort"):
            detail = "may not be used when `type` is 'ClusterIP'"
            yield FieldError.forbidden(f"spec.ports[{index}].nodePort", detail)


def validate_distinct(service: Object) -> Iterable[FieldError]:
    """Node ports, then ports, must differ for each protocol."""
    seen: set[tuple[str, int]] = set()
    for index, port in enumerate(ports_of(service)):
        key = (port["protocol"], port.get("nodePort", 0))
        if key[1] and key in seen:
            yield FieldError.duplicate(f"spec.ports[{index}].nodePort", key[1])
        seen.add(key)
    seen.clear()
    for index, port in enumerate(ports_of(service)):
        key = (port["protocol"], port["port"])
        if key in seen:
            yield FieldError.duplicate(f"spec.ports[{index}]", _as_go_struct(*key))
        seen.add(key)


def _as_go_struct(protocol: str, port: int) -> Object:
    """The API server shows a duplicate port as the struct it compares by."""
    return {
        "Name": "",
        "Protocol": protocol,
        "AppProtocol": None,
        "Port": port,
        "TargetPort": 0,
        "NodePort": 0,
    }
