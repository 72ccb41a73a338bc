"""Which UDP flows are worth keeping: those to endpoints that serve."""

from collections.abc import Iterable

from kubeproof.sandbox.proxy.conntrack import Serving
from kubeproof.sandbox.proxy.endpoints import Endpoint
from kubeproof.sandbox.proxy.model import Target
from kubeproof.sandbox.proxy.service_port import ServicePort


def serving(ports: Iterable[tuple[ServicePort, tuple[Endpoint, ...]]]) -> Serving | None:
    """The serving endpoints behind the UDP ports among these; None if there is no such port.

    Traffic policies and readiness do not matter: like TCP connections, flows that were begun
    go on for as long as their endpoint serves.
    """
    addresses: dict[Target, frozenset[Target]] = {}
    node_ports: dict[int, frozenset[Target]] = {}
    for port, endpoints in ports:
        targets = frozenset(endpoint.target for endpoint in endpoints if endpoint.serving)
        if port.protocol != "udp" or not targets:
            continue
        for address in (port.cluster_ip, *port.external_ips, *port.load_balancer_ips):
            addresses[Target(address, port.port)] = targets
        if port.node_port:
            node_ports[port.node_port] = targets
    return Serving(addresses, node_ports) if addresses else None
