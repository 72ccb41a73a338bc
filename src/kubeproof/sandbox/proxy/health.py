"""The health-check node port: how many ready endpoints of a Service a node has.

Balancers ask it to learn which nodes have endpoints, for Services of type LoadBalancer with
the external policy Local. The answer is kube-proxy's (pkg/proxy/healthcheck).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from kubeproof.sandbox.objects import Object, name_of, namespace_of
from kubeproof.sandbox.proxy.endpoints import endpoints_of
from kubeproof.sandbox.proxy.service_port import health_check_node_port, service_ports


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What one node answers for one Service on port ``port``."""

    namespace: str
    name: str
    port: int
    local_endpoints: int

    @property
    def healthy(self) -> bool:
        """Whether a balancer should send traffic to this node."""
        return self.local_endpoints > 0

    def response(self) -> bytes:
        """The whole HTTP response, as Go's server words it."""
        status = "200 OK" if self.healthy else "503 Service Unavailable"
        body = self._body().encode()
        head = (
            f"HTTP/1.1 {status}\r\n"
            "Content-Type: application/json\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            f"X-Load-Balancing-Endpoint-Weight: {self.local_endpoints}\r\n"
            f"Content-Length: {len(body)}\r\n"
            "\r\n"
        )
        return head.encode() + body

    def _body(self) -> str:
        answer = {
            "service": {"namespace": self.namespace, "name": self.name},
            "localEndpoints": self.local_endpoints,
            "serviceProxyHealthy": True,
        }
        return json.dumps(answer, indent="\t")


def health_check(
    service: Object, slices: Iterable[Object], node: str, *, lies: bool = False
) -> HealthCheck | None:
    """The health check of a Service on a node, if it has one.

    An address counts once, whatever number of ports it has; terminating endpoints do not count.
    With ``lies`` there always is an endpoint (the fault ``health-check-lies``).
    """
    number = health_check_node_port(service)
    if not number:
        return None
    items = list(slices)
    found = {
        endpoint.target.address
        for port in service_ports(service)
        for endpoint in endpoints_of(port, items)
        if endpoint.ready and endpoint.node == node
    }
    count = max(len(found), 1) if lies else len(found)
    return HealthCheck(namespace_of(service), name_of(service), number, count)
