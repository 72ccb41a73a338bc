"""What Thens say of objects in the API: each function is one promise, or raises PromiseBroken."""

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kubeproof.cluster.node_ports import NodePortRange, range_named
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.errors import CheckBroken, PromiseBroken
from kubeproof.model import Service
from kubeproof.waiting import remain, settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

NETWORKING = "networking.k8s.io/v1"

Field = Callable[[Service], object]


def _of_spec(field: str) -> Field:
    return lambda service: service.spec.get(field, "")


FIELDS: Mapping[str, Field] = {
    **{
        field: _of_spec(field)
        for field in (
            *("type", "externalName", "sessionAffinity", "trafficDistribution"),
            *("externalTrafficPolicy", "internalTrafficPolicy", "ipFamilyPolicy"),
        )
    },
    "affinity timeout": lambda service: service.affinity_timeout,
    "ClusterIP": lambda service: service.cluster_ip,
    "healthCheckNodePort": lambda service: service.health_check_node_port,
    "number of ClusterIPs": lambda service: len(service.cluster_ips),
    "port": lambda service: service.port.port,
    "targetPort": lambda service: service.port.target_port,
    "node port": lambda service: service.port.node_port,
}
"""Fields of a Service by the names that steps have for them, mostly the API's own."""

KEPT: Mapping[str, Field] = {
    "identity": lambda service: service.uid,
    "ClusterIP": lambda service: service.cluster_ip,
    "external IP": lambda service: service.external_addresses,
    "node port": lambda service: service.port.node_port,
}


def _promised(holds: bool, wish: str, seen: object) -> None:
    if not holds:
        raise PromiseBroken(f"{wish}; seen: {seen}")


def field_is(service: Service, field: str, value: str) -> None:
    """A field of the Service has this value."""
    seen = FIELDS[field](service)
    _promised(str(seen) == value, f"the {field} of Service {service.name} is {value}", seen)


def has_no(service: Service, field: str) -> None:
    """A field of the Service is not set."""
    seen = FIELDS[field](service)
    _promised(not seen, f"Service {service.name} has no {field}", seen)


def has_kept(before: Service, after: Service, what: Sequence[str]) -> None:
    """The Service still has what it had."""
    had, has = (_told([KEPT[one](service) for one in what]) for service in (before, after))
    wish = f"Service {before.name} keeps its {' and its '.join(what)}: {had}"
    _promised(had == has, wish, has)


def _told(values: Sequence[object]) -> object:
    return values[0] if len(values) == 1 else tuple(values)


def own_cluster_ip(api: "Api", service: Service) -> None:
    """The ClusterIP lies in the Service range and no other Service has it."""
    ranges = service_ranges(api)
    _promised(
        any(ipaddress.ip_address(service.cluster_ip) in one for one in ranges),
        f"the ClusterIP of Service {service.name} lies in {', '.join(map(str, ranges))}",
        service.cluster_ip,
    )
    others = [Service.of(obj) for obj in api.list("Service")]
    same = [o.name for o in others if o.cluster_ip == service.cluster_ip and o.uid != service.uid]
    wish = f"the ClusterIP of Service {service.name}, {service.cluster_ip}, is its own"
    _promised(not same, wish, f"it is also that of {', '.join(same)}")


def service_ranges(api: "Api") -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The cluster's Service ranges, from its ServiceCIDR objects (v1.33 and later).

    Raises:
        CheckBroken: the cluster does not tell them.
    """
    try:
        found = api.list("ServiceCIDR", group=NETWORKING)
    except Rejected as error:
        raise CheckBroken(f"the cluster does not tell its Service range: {error}") from error
    return [ipaddress.ip_network(cidr) for obj in found for cidr in obj["spec"]["cidrs"]]


def address_of_nothing_else(api: "Api", service: Service) -> None:
    """No Pod and no node has the ClusterIP as its address."""
    owners: dict[str, str] = {}
    for pod in api.list("Pod"):
        owners[pod.get("status", {}).get("podIP", "")] = f"Pod {pod['metadata']['name']}"
    for node in api.list("Node"):
        for entry in node.get("status", {}).get("addresses", ()):
            owners[entry["address"]] = f"node {node['metadata']['name']}"
    wish = f"the ClusterIP of Service {service.name} is no Pod's and no node's address"
    seen = f"{service.cluster_ip} is {owners.get(service.cluster_ip, 'nobody')}'s"
    _promised(service.cluster_ip not in owners, wish, seen)


def refused(attempt: Attempt, field: str, reason: str) -> None:
    """The API server refused the object as invalid, for this field and this reason."""
    wish = f"{attempt.what or f'Service {attempt.name}'} is refused at {field} because {reason}"
    if attempt.refusal is None:
        raise PromiseBroken(f"{wish}; seen: it was accepted")
    seen = attempt.refusal
    holds = seen.code == 422 and field in seen.message and reason in seen.message
    _promised(holds, wish, seen)


def has_cluster_ip_of(service: Service, other: Service) -> None:
    """The Service has the ClusterIP that another one had."""
    wish = f"the ClusterIP of Service {service.name} is {other.cluster_ip}, as it asked for"
    _promised(service.cluster_ip == other.cluster_ip, wish, service.cluster_ip)


def from_upper_part(workload: Workload, service: Service, what: str) -> None:
    """What was chosen for the Service is not from the part of its range that people choose from.

    (concepts/services-networking/cluster-ip-allocation; .../service/#avoid-nodeport-collisions)
    """
    chosen, lower = UPPER_PARTS[what](workload, service)
    wish = f"the {what} of Service {service.name} comes from the upper part of its range"
    _promised(chosen not in lower, wish, FIELDS[what](service))


def _address_and_lower_part(workload: Workload, service: Service) -> tuple[int, range]:
    address = ipaddress.ip_address(service.cluster_ip)
    around = [one for one in service_ranges(workload.api) if address in one]
    first, size = int(around[0].network_address), around[0].num_addresses
    return int(address), range(first, first + min(max(16, size // 16), 256))


def _node_port_and_lower_part(workload: Workload, service: Service) -> tuple[int, range]:
    return service.port.node_port, node_port_range(workload).lower_part


UPPER_PARTS: Mapping[str, Callable[[Workload, Service], tuple[int, range]]] = {
    "ClusterIP": _address_and_lower_part,
    "node port": _node_port_and_lower_part,
}
"""What was chosen, and the numbers that are left to people."""


def node_port_in_range(workload: Workload, service: Service, field: str) -> None:
    """A node port lies in the range that the API server names when it refuses another."""
    ports = node_port_range(workload)
    port = FIELDS[field](service)
    wish = f"the {field} of Service {service.name} lies in {ports}"
    _promised(isinstance(port, int) and ports.low <= port <= ports.high, wish, port)


def node_port_range(workload: Workload) -> NodePortRange:
    """The cluster's node port range, from the words of a refusal.

    Raises:
        CheckBroken: the API server refused in other words, or not at all.
    """
    refusal = workload.refusal_of("svc-port-out-of-range")
    if found := range_named(refusal):
        return found
    raise CheckBroken(f"the API server does not tell its node port range: {refusal}")


def listens_only_on(workload: Workload, pods: Iterable[str], port: int) -> None:
    """The Pods' containers declare this port and no other."""
    for name in pods:
        spec = workload.api.get("Pod", name, workload.namespace)["spec"]
        ports = [p["containerPort"] for c in spec["containers"] for p in c.get("ports", ())]
        _promised(ports == [port], f"Pod {name} listens on port {port} only", ports)


STANDINGS: Mapping[str, tuple[bool, bool, bool]] = {  # ready, serving, terminating
    "ready": (True, True, False),
    "not ready": (False, False, False),
    "terminating and serving": (False, True, True),
}


def endpoints_are(workload: Workload, service: Service, pods: Iterable[str], standing: str) -> None:
    """The Service has EndpointSlices, and they name these Pods so and no others."""
    wanted = dict.fromkeys(pods, STANDINGS[standing])
    named = " and ".join(sorted(wanted)) or "nothing"

    def look() -> Mapping[str, tuple[bool, bool, bool]] | None:
        return workload.standings(service.name)

    settle(
        look,
        lambda seen: seen == wanted,
        what=f"the EndpointSlices of Service {service.name} name {named} as {standing}",
        within=workload.budgets.endpoints,
        every=workload.budgets.control_plane_poll,
    )


def replaced_elsewhere(workload: Workload, name: str) -> None:
    """The Pod was replaced and its successor has another address."""
    before = workload.pod(name)
    after = workload.replace_pod(name)
    wish = f"the new Pod {name} has another address than {before.address}"
    _promised(before.address != after.address, wish, after.address)


def external_ip_stays_pending(workload: Workload, service: Service) -> None:
    """No address appears in the Service's status for a while, counted from its creation."""

    def look() -> Sequence[str]:
        return workload.present(service.name).external_addresses

    remain(
        look,
        lambda seen: not seen,
        what=f"the external IP of Service {service.name} stays pending",
        over=workload.budgets.pending_over - workload.age(service.name),
        every=workload.budgets.control_plane_poll,
    )
