"""The subsets of an Endpoints object: addresses grouped by the ports they offer.

Source: API reference, EndpointSubset (the canonical layout the controllers write).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kubeproof.sandbox.controllers.endpoint_plan import (
    belongs_in_endpoints,
    endpoint_ports,
    family_of,
    hostname_of,
    target_reference,
)
from kubeproof.sandbox.controllers.fields import object_at, objects_at, spec_of
from kubeproof.sandbox.controllers.pods import addresses_of, is_ready, node_of
from kubeproof.sandbox.objects import Object

AddressKey: TypeAlias = tuple[str, str]
"""The address, and the uid of its target."""

_PortKey: TypeAlias = tuple[str, int, str, str]
_NO_PORT: _PortKey = ("", -1, "", "")


@dataclass(slots=True)
class _Offers:
    """For every port who offers it, ready or not; not ready wins over ready."""

    addresses: dict[AddressKey, Object] = field(default_factory=dict["AddressKey", Object])
    ports: dict[_PortKey, Object] = field(default_factory=dict["_PortKey", Object])
    ready: dict[_PortKey, dict[AddressKey, bool]] = field(
        default_factory=dict["_PortKey", dict["AddressKey", bool]]
    )

    def add(self, ports: Sequence[Object], address: Object, ready: bool) -> None:
        key = address_key(address)
        self.addresses.setdefault(key, address)
        for port_key, port in [(_port_key(item), item) for item in ports] or [(_NO_PORT, {})]:
            self.ports.setdefault(port_key, port)
            offered = self.ready.setdefault(port_key, {})
            offered[key] = ready and offered.get(key, True)


def address_key(address: Object) -> AddressKey:
    """What identifies an address among others: two Pods may share a node's."""
    return str(address["ip"]), str(object_at(address, "targetRef").get("uid") or "")


def desired_subsets(service: Object, pods: Iterable[Object]) -> list[Object]:
    """The subsets of a Service's Endpoints.

    Pods that are being deleted are left out, unless publishNotReadyAddresses is set. That an
    Endpoints object holds no more than 1000 addresses needs no care here: nine nodes with 110
    Pods each do not reach it.
    """
    publish = bool(spec_of(service).get("publishNotReadyAddresses"))
    family = (spec_of(service).get("ipFamilies") or ["IPv4"])[0]
    offers = _Offers()
    for pod in pods:
        address = _address(service, pod, family)
        if address is None or not belongs_in_endpoints(pod, include_terminating=publish):
            continue
        ports = [_endpoint_port(port) for port in endpoint_ports(service, pod)]
        if ports or not objects_at(service, "spec", "ports"):
            offers.add(ports, address, publish or is_ready(pod))
    return _packed(offers)


def repacked(subsets: Iterable[Object]) -> list[Object]:
    """The same endpoints in the canonical layout: each set of addresses once, all sorted."""
    offers = _Offers()
    for subset in subsets:
        ports = objects_at(subset, "ports")
        for address in objects_at(subset, "addresses"):
            offers.add(ports, address, True)
        for address in objects_at(subset, "notReadyAddresses"):
            offers.add(ports, address, False)
    return _packed(offers)


def _packed(offers: _Offers) -> list[Object]:
    together: dict[frozenset[tuple[AddressKey, bool]], list[_PortKey]] = {}
    for port_key, offered in offers.ready.items():
        together.setdefault(frozenset(offered.items()), []).append(port_key)
    return [_subset(offers, offered, ports) for offered, ports in together.items()]


def _subset(
    offers: _Offers, offered: frozenset[tuple[AddressKey, bool]], ports: list[_PortKey]
) -> Object:
    ready = [offers.addresses[key] for key, is_up in sorted(offered) if is_up]
    not_ready = [offers.addresses[key] for key, is_up in sorted(offered) if not is_up]
    named = [offers.ports[key] for key in sorted(ports) if key != _NO_PORT]
    parts = {"addresses": ready, "notReadyAddresses": not_ready, "ports": named}
    return {name: part for name, part in parts.items() if part}


def _port_key(port: Object) -> _PortKey:
    return (
        str(port.get("name") or ""),
        int(port["port"]),
        str(port.get("protocol") or "TCP"),
        str(port.get("appProtocol") or ""),
    )


def _endpoint_port(port: Object) -> Object:
    """A port as Endpoints write it: without a name rather than with an empty one."""
    return port if port["name"] else {key: value for key, value in port.items() if key != "name"}


def _address(service: Object, pod: Object, family: str) -> Object | None:
    ip = next((item for item in addresses_of(pod) if family_of(item) == family), None)
    if ip is None:
        return None
    address: Object = {"ip": ip}
    if hostname := hostname_of(service, pod):
        address["hostname"] = hostname
    if node_of(pod):
        address["nodeName"] = node_of(pod)
    return address | {"targetRef": target_reference(pod)}
