"""Which UDP flows are worth keeping: those to endpoints that serve."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kubeproof.sandbox.proxy.conntrack import TCP, Serving
from kubeproof.sandbox.proxy.endpoints import Endpoint
from kubeproof.sandbox.proxy.model import Target
from kubeproof.sandbox.proxy.service_port import ServicePort

DELETED_KEPT = "udp-flows-of-deleted-kept"
EMPTY_KEPT = "udp-flows-to-nobody-kept"


@dataclass(slots=True)
class _Found:
    addresses: dict[Target, frozenset[Target]] = field(
        default_factory=dict[Target, frozenset[Target]]
    )
    node_ports: dict[int, frozenset[Target]] = field(default_factory=dict[int, frozenset[Target]])

    def note(self, port: ServicePort, targets: frozenset[Target]) -> None:
        for address in (port.cluster_ip, *port.external_ips, *port.load_balancer_ips):
            self.addresses[Target(address, port.port)] = targets
        if port.node_port:
            self.node_ports[port.node_port] = targets

    def forget(self, port: ServicePort) -> None:
        for address in (port.cluster_ip, *port.external_ips, *port.load_balancer_ips):
            self.addresses.pop(Target(address, port.port), None)
        self.node_ports.pop(port.node_port, None)


def serving(
    ports: Iterable[tuple[ServicePort, tuple[Endpoint, ...]]],
    former: Iterable[ServicePort] = (),
    faults: frozenset[str] = frozenset(),
) -> Serving | None:
    """The serving endpoints behind the UDP ports among these; None if there is no such port.

    Traffic policies and readiness do not matter: like TCP connections, flows that were begun go on
    for as long as their endpoint serves. Behind a port without endpoints, and behind ``former``
    ones that are not among the others any more, nobody serves: their flows end. Kubernetes 1.36.2
    keeps both (kubernetes/kubernetes#139628 and pull request 141371): that is what the faults do.
    """
    found = _Found()
    for port in former:
        if port.protocol == "udp" and DELETED_KEPT not in faults:
            found.note(port, frozenset())
    for port, endpoints in ports:
        targets = frozenset(endpoint.target for endpoint in endpoints if endpoint.serving)
        if port.protocol != "udp":
            continue
        if targets or EMPTY_KEPT not in faults:
            found.note(port, targets)
        else:
            found.forget(port)
    return Serving(found.addresses, found.node_ports) if found.addresses else None


def ready_only(ports: Iterable[tuple[ServicePort, tuple[Endpoint, ...]]]) -> Serving:
    """The endpoints behind the TCP ports among these which get new connections.

    TCP connections go on without them too: to end those of others is a fault.
    """
    found = _Found()
    for port, endpoints in ports:
        if port.protocol == "tcp":
            found.note(port, frozenset(one.target for one in endpoints if one.ready))
    return Serving(found.addresses, found.node_ports, TCP)
