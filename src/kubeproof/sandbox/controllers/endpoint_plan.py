"""Which endpoints a Service should have, from its Pods and their nodes.

Source: "EndpointSlices" in the Kubernetes documentation; KEP-1672 (serving and terminating);
behaviour of the EndpointSlice controller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kubeproof.sandbox.controllers.fields import is_being_deleted, objects_at, spec_of, uid_of
from kubeproof.sandbox.controllers.pods import addresses_of, is_finished, is_ready, node_of
from kubeproof.sandbox.objects import Object, labels_of, name_of, namespace_of

ZONE_LABEL = "topology.kubernetes.io/zone"

EndpointKey: TypeAlias = tuple[str, str, str, str]
"""Addresses, hostname, and namespace and name of the target: what makes an endpoint the same."""

PortsKey: TypeAlias = tuple[tuple[str, str, int, str], ...]
"""The ports of a slice, in an order of their own."""


@dataclass(slots=True)
class EndpointGroup:
    """Endpoints that offer the same ports and so may share slices."""

    ports: list[Object]
    endpoints: dict[EndpointKey, Object] = field(default_factory=dict["EndpointKey", Object])


def endpoint_key(endpoint: Object) -> EndpointKey:
    """What identifies an endpoint while its conditions and topology change."""
    target: Object = endpoint.get("targetRef") or {}
    return (
        ",".join(sorted(endpoint["addresses"])),
        str(endpoint.get("hostname") or ""),
        str(target.get("namespace") or ""),
        str(target.get("name") or ""),
    )


def ports_key(ports: Sequence[Object]) -> PortsKey:
    """What identifies a set of ports, whatever their order."""
    return tuple(
        sorted(
            (
                str(port.get("name") or ""),
                str(port.get("protocol") or "TCP"),
                int(port.get("port") or 0),
                str(port.get("appProtocol") or ""),
            )
            for port in ports
        )
    )


def is_headless(service: Object) -> bool:
    """Whether the Service has no virtual IP: clusterIP is None or not set."""
    return spec_of(service).get("clusterIP") in ("None", "", None)


def belongs_in_endpoints(pod: Object, *, include_terminating: bool) -> bool:
    """Whether a Pod may be an endpoint at all: it has an address and has not ended."""
    if is_finished(pod) or not addresses_of(pod):
        return False
    return include_terminating or not is_being_deleted(pod)


def target_port(pod: Object, service_port: Object) -> int | None:
    """The number of the Pod's port that a Service port leads to; None if it names none of them.

    A name is looked up among the ports of containers and of sidecars of the same protocol.
    """
    wanted = service_port.get("targetPort", service_port["port"])
    if isinstance(wanted, int):
        return wanted
    sidecars = (
        item
        for item in objects_at(pod, "spec", "initContainers")
        if item.get("restartPolicy") == "Always"
    )
    for container in [*objects_at(pod, "spec", "containers"), *sidecars]:
        for port in objects_at(container, "ports"):
            protocol = port.get("protocol") or "TCP"
            if port.get("name") == wanted and protocol == (service_port.get("protocol") or "TCP"):
                return int(port["containerPort"])
    return None


def endpoint_ports(service: Object, pod: Object) -> list[Object]:
    """The ports a Pod offers for a Service; those it does not have are left out."""
    ports: list[Object] = []
    for service_port in objects_at(service, "spec", "ports"):
        number = target_port(pod, service_port)
        if number is None:
            continue
        port: Object = {
            "name": service_port.get("name") or "",
            "protocol": service_port.get("protocol") or "TCP",
            "port": number,
        }
        if service_port.get("appProtocol") is not None:
            port["appProtocol"] = service_port["appProtocol"]
        ports.append(port)
    return ports


def hostname_of(service: Object, pod: Object) -> str:
    """The hostname under which the Service's DNS name knows the Pod, empty if it has none."""
    spec = spec_of(pod)
    if spec.get("subdomain") != name_of(service) or namespace_of(pod) != namespace_of(service):
        return ""
    return str(spec.get("hostname") or "")


def target_reference(pod: Object) -> Object:
    """The reference from an endpoint to its Pod."""
    return {
        "kind": "Pod",
        "namespace": namespace_of(pod),
        "name": name_of(pod),
        "uid": uid_of(pod),
    }


def endpoint_of(service: Object, pod: Object, node: Object | None, family: str) -> Object:
    """The endpoint a Pod makes for a Service; its addresses are those of one family.

    Ready is never true for a Pod that is being deleted, unless publishNotReadyAddresses is set.
    """
    serving, terminating = is_ready(pod), is_being_deleted(pod)
    publish = bool(spec_of(service).get("publishNotReadyAddresses"))
    endpoint: Object = {
        "addresses": [item for item in addresses_of(pod) if family_of(item) == family],
        "conditions": {
            "ready": publish or (serving and not terminating),
            "serving": serving,
            "terminating": terminating,
        },
    }
    if hostname := hostname_of(service, pod):
        endpoint["hostname"] = hostname
    endpoint["targetRef"] = target_reference(pod)
    if node_of(pod):
        endpoint["nodeName"] = node_of(pod)
    if node is not None and labels_of(node).get(ZONE_LABEL):
        endpoint["zone"] = labels_of(node)[ZONE_LABEL]
    return endpoint


def family_of(address: str) -> str:
    """The address type of an address: IPv4 or IPv6."""
    return "IPv6" if ":" in address else "IPv4"


def address_types(service: Object) -> list[str]:
    """The address types a Service has slices of: its IP families."""
    return list(spec_of(service).get("ipFamilies") or ["IPv4"])


def desired_groups(
    service: Object, pods: Sequence[Object], nodes: Mapping[str, Object], family: str
) -> dict[PortsKey, EndpointGroup]:
    """The endpoints a Service should have, grouped by the ports they offer.

    A Pod on a node that does not exist is left out, unless publishNotReadyAddresses is set.
    """
    groups: dict[PortsKey, EndpointGroup] = {}
    publish = bool(spec_of(service).get("publishNotReadyAddresses"))
    for pod in pods:
        if not belongs_in_endpoints(pod, include_terminating=True):
            continue
        ports = endpoint_ports(service, pod)
        group = groups.setdefault(ports_key(ports), EndpointGroup(ports))
        node = nodes.get(node_of(pod))
        if node is None and not publish:
            continue
        endpoint = endpoint_of(service, pod, node, family)
        if endpoint["addresses"]:
            group.endpoints[endpoint_key(endpoint)] = endpoint
    return groups
