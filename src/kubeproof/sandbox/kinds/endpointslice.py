"""EndpointSlices. Source: discovery validation and defaulting of Kubernetes 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import addresses, names
from kubeproof.sandbox.kinds.metadata import complaints, unchanged, validate_labels
from kubeproof.sandbox.kinds.parts import pairs, part, parts, text, texts
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.kinds.service_defaults import set_default
from kubeproof.sandbox.kinds.service_ports import PROTOCOLS
from kubeproof.sandbox.objects import Object, labels_of

ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
CONTROLLERS = ("endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io")

_MOST_ENDPOINTS = 1000
_MOST_ADDRESSES = 100
_MOST_PORTS = 20000
_MOST_HINTS = 8


class EndpointSliceRules(Rules):
    """The rules of EndpointSlices."""

    whole_on_update = True

    def default(self, obj: Object) -> None:
        """Ports have a name, be it empty, and are TCP unless they say otherwise."""
        for port in parts(obj, "ports"):
            set_default(port, "name", "")
            set_default(port, "protocol", "TCP")

    def prepare_create(self, obj: Object) -> None:
        """deprecatedTopology cannot be written by this version of the API."""
        _drop_topology(obj)

    def prepare_update(self, obj: Object, old: Object) -> None:
        """deprecatedTopology cannot be written by this version of the API."""
        if parts(obj, "endpoints") != parts(old, "endpoints"):
            _drop_topology(obj)

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with type, ports and endpoints."""
        return [*_validate_head(obj), *_validate_endpoints(obj)]

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """The address type stays; endpoints that are stored already are not looked at again."""
        same = parts(obj, "endpoints") == parts(old, "endpoints")
        return [
            *_validate_head(obj),
            *([] if same else _validate_endpoints(obj)),
            *unchanged("addressType", text(obj, "addressType"), text(old, "addressType")),
        ]

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Deprecated types, and addresses that are not in the usual form."""
        texts_ = ["spec.addressType: FQDN endpoints are deprecated"]
        found = texts_ if old is None and text(obj, "addressType") == "FQDN" else []
        if labels_of(obj).get(MANAGED_BY) in CONTROLLERS:
            return found
        return [
            *found,
            *(
                warning
                for index, endpoint in enumerate(parts(obj, "endpoints"))
                for place, address in enumerate(texts(endpoint, "addresses"))
                for warning in addresses.warn(f"endpoints[{index}].addresses[{place}]", address)
            ),
        ]


def _drop_topology(endpoint_slice: Object) -> None:
    for endpoint in parts(endpoint_slice, "endpoints"):
        endpoint.pop("deprecatedTopology", None)


def _validate_head(endpoint_slice: Object) -> Iterable[FieldError]:
    kind = text(endpoint_slice, "addressType")
    if not kind:
        yield FieldError.required("addressType")
    elif kind not in ADDRESS_TYPES:
        yield FieldError.not_supported("addressType", kind, ADDRESS_TYPES)
    ports = parts(endpoint_slice, "ports")
    if len(ports) > _MOST_PORTS:
        yield FieldError.too_many("ports", len(ports), _MOST_PORTS)
        return
    seen: set[str] = set()
    for index, port in enumerate(ports):
        yield from _validate_port(port, f"ports[{index}]", seen)
        seen.add(text(port, "name"))


def _validate_port(port: Object, field: str, seen: set[str]) -> Iterable[FieldError]:
    name, protocol = text(port, "name"), text(port, "protocol")
    if name:
        yield from complaints(f"{field}.name", name, names.dns_label)
    if name in seen:
        yield FieldError.duplicate(f"{field}.name", name)
    if protocol not in PROTOCOLS:
        yield FieldError.not_supported(f"{field}.protocol", protocol, PROTOCOLS)
    if port.get("appProtocol") is not None:
        yield from complaints(f"{field}.appProtocol", port["appProtocol"], names.label_key)


def _validate_endpoints(endpoint_slice: Object) -> Iterable[FieldError]:
    endpoints = parts(endpoint_slice, "endpoints")
    if len(endpoints) > _MOST_ENDPOINTS:
        yield FieldError.too_many("endpoints", len(endpoints), _MOST_ENDPOINTS)
        return
    kind = text(endpoint_slice, "addressType")
    for index, endpoint in enumerate(endpoints):
        field = f"endpoints[{index}]"
        yield from _validate_addresses(texts(endpoint, "addresses"), f"{field}.addresses", kind)
        yield from _validate_endpoint(endpoint, field)


def _validate_addresses(found: list[str], field: str, kind: str) -> Iterable[FieldError]:
    if not found:
        yield FieldError.required(field, "must contain at least 1 address")
    elif len(found) > _MOST_ADDRESSES:
        yield FieldError.too_many(field, len(found), _MOST_ADDRESSES)
    for index, address in enumerate(found):
        where = f"{field}[{index}]"
        if kind == "FQDN":
            yield from _validate_domain(address, where)
        elif kind in ("IPv4", "IPv6"):
            yield from _validate_address(address, field, where, kind)


def _validate_address(address: str, field: str, where: str, kind: str) -> Iterable[FieldError]:
    check = addresses.validate if kind == "IPv4" else addresses.validate_strictly
    wrong = check(where, address)
    yield from wrong
    if wrong:
        return
    if addresses.family_of(address) != kind:
        yield FieldError.invalid(field, address, f"must be an {kind} address")
    yield from addresses.validate_endpoint(where, address)


def _validate_domain(domain: str, field: str) -> Iterable[FieldError]:
    if not domain:
        yield FieldError.required(field)
        return
    name = domain.removesuffix(".")
    wrong = names.dns_subdomain(name)
    if not wrong and "." not in name:
        wrong = ["should be a domain with at least two segments separated by dots"]
    if wrong:
        yield FieldError.invalid(field, name, ",".join(wrong))
        return
    for label in name.split("."):
        too_long = names.dns_label(label)
        if too_long:
            yield FieldError.invalid(field, label, ",".join(too_long))
            return


def _validate_endpoint(endpoint: Object, field: str) -> Iterable[FieldError]:
    if endpoint.get("nodeName") is not None:
        yield from complaints(f"{field}.nodeName", endpoint["nodeName"], names.dns_subdomain)
    topology = pairs(endpoint, "deprecatedTopology")
    yield from validate_labels(topology, f"{field}.deprecatedTopology")
    if endpoint.get("hostname") is not None:
        yield from complaints(f"{field}.hostname", endpoint["hostname"], names.dns_label)
    hints = part(endpoint, "hints")
    for name, rule in (("forZones", names.label_value), ("forNodes", names.dns_subdomain)):
        yield from _validate_hints(parts(hints, name), f"{field}.hints.{name}", rule)


def _validate_hints(hints: list[Object], field: str, rule: names.NameRule) -> Iterable[FieldError]:
    if len(hints) > _MOST_HINTS:
        yield FieldError.too_many(field, len(hints), _MOST_HINTS)
        return
    seen: set[str] = set()
    for index, hint in enumerate(hints):
        name = text(hint, "name")
        if name in seen:
            yield FieldError.duplicate(f"{field}[{index}].name", name)
        seen.add(name)
        yield from complaints(f"{field}[{index}].name", name, rule)
