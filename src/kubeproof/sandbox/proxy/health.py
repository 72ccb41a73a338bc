"""The health-check node port: how many ready endpoints of a Service a node has.

Balancers ask it to learn which nodes have endpoints, for Services of type LoadBalancer with
the external policy Local. The answer is kube-proxy's (pkg/proxy/healthcheck).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

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
        weight = f"X-Load-Balancing-Endpoint-Weight: {self.local_endpoints}"
        return _answer(self.healthy, self._body().encode(), weight)

    def _body(self) -> str:
        answer = {
            "service": {"namespace": self.namespace, "name": self.name},
            "localEndpoints": self.local_endpoints,
            "serviceProxyHealthy": True,
        }
        return json.dumps(answer, indent="\t")


NODE_PORT = 10256
TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"


@dataclass(frozen=True, slots=True)
class NodeHealth:
    """What one node answers of itself at kube-proxy's own port (KEP-3836)."""

    eligible: bool
    port: int = NODE_PORT

    def response(self) -> bytes:
        """The whole HTTP response; the rules were always written a moment ago."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        well = {"lastUpdated": now, "healthy": True}
        said = {"lastUpdated": now, "currentTime": now, "nodeEligible": self.eligible}
        body = json.dumps({**said, "healthy": True, "status": {"IPv4": well}})
        return _answer(self.eligible, body.encode())


def node_health(node: Object | None, *, lies: bool = False) -> NodeHealth:
    """A node is not eligible while it is being deleted or the autoscaler is about to do that.

    With ``lies`` it always is, if it is there (the fault ``node-removal-untold``).
    """
    if node is None or lies:
        return NodeHealth(node is not None)
    taints = node.get("spec", {}).get("taints") or ()
    marked = any(taint["key"] == TO_BE_DELETED for taint in taints)
    return NodeHealth(not marked and "deletionTimestamp" not in node["metadata"])


def _answer(healthy: bool, body: bytes, *more: str) -> bytes:
    status = "200 OK" if healthy else "503 Service Unavailable"
    lines = (
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        "X-Content-Type-Options: nosniff",
        *more,
        f"Content-Length: {len(body)}",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


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
