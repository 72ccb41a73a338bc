"""What a Service takes from the cluster: its ClusterIP and its node ports.

Nothing is taken before the whole request is known to succeed: a plan is made first, and the plan
writes the numbers into the Service. Source: the Service registry of Kubernetes 1.36.
"""

from collections.abc import Callable
from typing import NamedTuple

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import service_node_ports
from kubeproof.sandbox.kinds.cluster_ips import ClusterIPs
from kubeproof.sandbox.kinds.node_ports import NodePorts, Operation
from kubeproof.sandbox.kinds.ranges import Refused
from kubeproof.sandbox.kinds.service_facts import (
    cluster_ips,
    has_cluster_ip,
    is_headless,
    spec_of,
)
from kubeproof.sandbox.kinds.service_families import settle_families, stays_prefer_dual_stack
from kubeproof.sandbox.objects import Object, name_of


class Plan(NamedTuple):
    """What one request takes and gives back; an address is empty where there is none."""

    service: Object
    take: str
    release: str
    ports: Operation
    dry_run: bool


class ServiceAllocator:
    """Hands out ClusterIPs and node ports to Services."""

    def __init__(self, addresses: ClusterIPs, ports: NodePorts) -> None:
        self._addresses = addresses
        self._ports = ports

    def plan(self, service: Object, old: Object | None, dry_run: bool) -> Plan:
        """Decide what the Service gets and write that into it. Raises ApiError."""
        settle_families(service, old)
        take, release = self._plan_address(service, old, dry_run)
        operation = self._ports.begin(dry_run)
        if old is None:
            service_node_ports.allocate_new(service, operation)
        else:
            service_node_ports.allocate_change(service, old, operation)
        return Plan(service, take, release, operation, dry_run)

    def commit(self, plan: Plan) -> Callable[[], None]:
        """Take what was planned; the answer undoes that."""
        if plan.dry_run:
            return lambda: None
        ports = plan.ports.commit()
        address = self._addresses.exchange(plan.service, plan.take, plan.release)

        def undo() -> None:
            address()
            ports()

        return undo

    def release(self, service: Object) -> None:
        """Give back all that a deleted Service held."""
        if has_cluster_ip(service) and not is_headless(service):
            for address in cluster_ips(service):
                self._addresses.release(address)
        for port in service_node_ports.held(service):
            self._ports.release(port)

    def _plan_address(self, service: Object, old: Object | None, dry_run: bool) -> tuple[str, str]:
        """The address to take and the one to release, each empty where there is none.

        An address is taken by a new Service and by one that was of type ExternalName; it is
        released by one that becomes so. Otherwise it stays.
        """
        if old is None or not has_cluster_ip(old):
            return self._choose(service, dry_run), ""
        if stays_prefer_dual_stack(service, old) or is_headless(old) or has_cluster_ip(service):
            return "", ""
        return "", next(iter(cluster_ips(old)), "")

    def _choose(self, service: Object, dry_run: bool) -> str:
        spec = spec_of(service)
        if not has_cluster_ip(service) or cluster_ips(service)[:1] == ["None"]:
            return ""
        wanted = next(iter(cluster_ips(service)), "")
        address = (
            self._require(service, wanted, dry_run) if wanted else self._free(service, dry_run)
        )
        spec["clusterIPs"] = [address, *cluster_ips(service)[1:]]
        spec["clusterIP"] = address
        return address

    def _require(self, service: Object, wanted: str, dry_run: bool) -> str:
        try:
            if dry_run:
                self._addresses.require_in_range(wanted)
            else:
                self._addresses.require(wanted)
        except Refused as refused:
            detail = f"failed to allocate IP {wanted}: {refused}"
            error = FieldError.invalid("spec.clusterIPs", cluster_ips(service), detail)
            raise status.invalid("Service", name_of(service), [error]) from None
        return wanted

    def _free(self, service: Object, dry_run: bool) -> str:
        """A free address; a dry run shows the network's own, which nobody can get."""
        if dry_run:
            return str(self._addresses.network.network_address)
        try:
            return self._addresses.free()
        except Refused as refused:
            message = f'failed to allocate a serviceIP for Service "{name_of(service)}": {refused}'
            raise status.internal_error(message) from None
