"""Endpoints, the older form of EndpointSlices. Source: core validation of Kubernetes 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import addresses, names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import number, parts, text
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.kinds.service_defaults import set_default
from kubeproof.sandbox.kinds.service_ports import PROTOCOLS
from kubeproof.sandbox.objects import Object, labels_of

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
CONTROLLER = "endpoint-controller"

_READINESS = ("addresses", "notReadyAddresses")


class EndpointsRules(Rules):
    """The rules of Endpoints."""

    whole_on_update = True

    def default(self, obj: Object) -> None:
        """Ports are TCP unless they say otherwise."""
        for subset in parts(obj, "subsets"):
            for port in parts(subset, "ports"):
                set_default(port, "protocol", "TCP")

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with the subsets."""
        return [
            error
            for index, subset in enumerate(parts(obj, "subsets"))
            for error in _validate_subset(subset, f"subsets[{index}]")
        ]

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Subsets that are stored already are not looked at again."""
        if parts(obj, "subsets") == parts(old, "subsets"):
            return []
        return self.check(obj)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Addresses that are not in the usual form; the controller's own always are."""
        if labels_of(obj).get(MANAGED_BY) == CONTROLLER:
            return []
        return [
            warning
            for index, subset in enumerate(parts(obj, "subsets"))
            for readiness in _READINESS
            for place, address in enumerate(parts(subset, readiness))
            for warning in addresses.warn(
                f"subsets[{index}].{readiness}[{place}].ip", text(address, "ip")
            )
        ]


def _validate_subset(subset: Object, field: str) -> Iterable[FieldError]:
    if not any(parts(subset, readiness) for readiness in _READINESS):
        yield FieldError.required(field, "must specify `addresses` or `notReadyAddresses`")
    for readiness in _READINESS:
        for index, address in enumerate(parts(subset, readiness)):
            yield from _validate_address(address, f"{field}.{readiness}[{index}]")
    ports = parts(subset, "ports")
    for index, port in enumerate(ports):
        yield from _validate_port(port, f"{field}.ports[{index}]", named=len(ports) > 1)


def _validate_address(address: Object, field: str) -> Iterable[FieldError]:
    yield from addresses.validate(f"{field}.ip", text(address, "ip"))
    if text(address, "hostname"):
        yield from complaints(f"{field}.hostname", address["hostname"], names.dns_label)
    if address.get("nodeName") is not None:
        yield from complaints(f"{field}.nodeName", address["nodeName"], names.dns_subdomain)
    yield from addresses.validate_endpoint(f"{field}.ip", text(address, "ip"))


def _validate_port(port: Object, field: str, *, named: bool) -> Iterable[FieldError]:
    if text(port, "name"):
        yield from complaints(f"{field}.name", port["name"], names.dns_label)
    elif named:
        yield FieldError.required(f"{field}.name")
    for complaint in names.port_number(number(port, "port")):
        yield FieldError.invalid(f"{field}.port", number(port, "port"), complaint)
    if text(port, "protocol") not in PROTOCOLS:
        yield FieldError.not_supported(f"{field}.protocol", text(port, "protocol"), PROTOCOLS)
    if port.get("appProtocol") is not None:
        yield from complaints(f"{field}.appProtocol", port["appProtocol"], names.label_key)
