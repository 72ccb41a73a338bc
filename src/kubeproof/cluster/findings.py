"""What a cluster is found to be capable of, from what it shows without being asked to act."""

from collections.abc import Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from kubeproof.capability import Finding
from kubeproof.cluster.api_kinds import NETWORKING, readable
from kubeproof.cluster.balancers import balancer_findings, balancer_of
from kubeproof.cluster.families import family_findings
from kubeproof.cluster.nodes import placeable
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.service_proxy import node_health, service_proxy
from kubeproof.model import Node, Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api


def shown_findings(api: "Api") -> dict[str, Finding]:
    """The capabilities that any cluster shows in its API."""
    objects = api.list("Node")
    proxy = service_proxy(api, objects)
    return {
        "zones": zones([Node.of(obj) for obj in objects]),
        "kube-proxy": proxy.finding,
        "node-health-check": node_health(proxy, api.version()),
        "service-cidr": served(api, "ServiceCIDR"),
        "external-ips": external_ips(api),
        "traffic-distribution": traffic_distribution(api),
        "service-names-with-digits": names_with_digits(api),
        **family_findings(api),
        **balancer_findings(balancer_of(api, objects)),
    }


def zones(nodes: Sequence[Node]) -> Finding:
    """Whether the two nodes that scenarios use most are in two zones (label topology.…/zone)."""
    found = [node.zone for node in placeable(nodes)[:2]]
    told = ", ".join(one or "none" for one in found)
    two = len(set(found) - {""}) == 2
    return Finding(two, f"the zones of the first two schedulable nodes: {told}")


def names_with_digits(api: "Api") -> Finding:
    """Whether the API server would create such a Service; it is asked in a dry run."""
    if refusal := _refusal(api, f"1-kubeproof-{token_hex(3)}"):
        why = f"the API server refuses a Service that starts with a digit: {refusal}"
        return Finding(False, why)
    return Finding(True, "the API server takes a Service whose name starts with a digit")


def traffic_distribution(api: "Api") -> Finding:
    """Whether the API server knows the newest preference; it is asked in a dry run."""
    if refusal := _refusal(api, f"kubeproof-{token_hex(3)}", trafficDistribution="PreferSameNode"):
        why = f"the API server refuses trafficDistribution PreferSameNode: {refusal}"
        return Finding(False, why)
    return Finding(True, "the API server takes trafficDistribution PreferSameNode")


def external_ips(api: "Api") -> Finding:
    """Whether a Service may claim addresses (admission plugin DenyServiceExternalIPs)."""
    if refusal := _refusal(api, f"kubeproof-{token_hex(3)}", externalIPs=["192.0.2.1"]):
        return Finding(False, f"the API server refuses a Service with externalIPs: {refusal}")
    return Finding(True, "the API server takes a Service with externalIPs")


def _refusal(api: "Api", name: str, **spec: Any) -> Rejected | None:
    """Why the API server would not create this Service in namespace default; None if it would."""
    service: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"ports": [{"port": 80}], **spec},
    }
    try:
        api.create(service, dry_run=True)
    except Rejected as error:
        return error
    return None


def served(api: "Api", kind: str) -> Finding:
    """Whether the cluster has a kind of the networking group that may be read here."""
    if readable(api, kind, NETWORKING) is None:
        return Finding(False, f"the cluster has no {kind}, or this user may not list them")
    return Finding(True, f"the cluster serves {kind}")


def node_access(how: str) -> dict[str, Finding]:
    """Whether the nodes themselves can be looked at; ``how`` is empty where they cannot."""
    return {"privileged": Finding(bool(how), how or "a kubeconfig gives no access to a node")}
