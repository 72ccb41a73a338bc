"""What a Service takes from the cluster: its ClusterIPs and its node ports.

Nothing is taken before the whole request is known to succeed: a plan is made first, and the plan
writes the numbers into the Service. Source: the Service registry of Kubernetes 1.36.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import service_node_ports
from kubeproof.sandbox.kinds.cluster_ips import ClusterIPs, TakenAddresses
from kubeproof.sandbox.kinds.node_ports import NodePorts, Operation
from kubeproof.sandbox.kinds.ranges import Refused
from kubeproof.sandbox.kinds.service_facts import (
    NONE,
    cluster_ips,
    families,
    has_cluster_ip,
    is_headless,
    spec_of,
)
from kubeproof.sandbox.kinds.service_families import settle_families, stays_prefer_dual_stack
from kubeproof.sandbox.objects import Object, name_of

Addresses = tuple[str, ...]


class Plan(NamedTuple):
    """What one request takes and gives back."""

    service: Object
    take: Addresses
    release: Addresses
    ports: Operation
    dry_run: bool


class ServiceAllocator:
    """Hands out ClusterIPs and node ports to Services.

    ``ranges`` are the ClusterIPs of each family that is configured, the primary one first.
    """

    def __init__(
        self, ranges: Sequence[ClusterIPs], taken: TakenAddresses, ports: NodePorts
    ) -> None:
        self._ranges = {one.family: one for one in ranges}
        self._taken = taken
        self._ports = ports

    @property
    def families(self) -> tuple[str, ...]:
        """The families that Services can have, the primary one first."""
        return tuple(self._ranges)

    def plan(self, service: Object, old: Object | None, dry_run: bool) -> Plan:
        """Decide what the Service gets and write that into it. Raises ApiError."""
        settle_families(service, old, self.families)
        take, release = self._plan_addresses(service, old, dry_run)
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
        addresses = self._taken.exchange(plan.service, plan.take, plan.release)

        def undo() -> None:
            addresses()
            ports()

        return undo

    def release(self, service: Object) -> None:
        """Give back all that a deleted Service held."""
        if has_cluster_ip(service) and not is_headless(service):
            for address in cluster_ips(service):
                self._taken.release(address)
        for port in service_node_ports.held(service):
            self._ports.release(port)

    def _plan_addresses(
        self, service: Object, old: Object | None, dry_run: bool
    ) -> tuple[Addresses, Addresses]:
        """The addresses to take and those to release.

        They are taken by a new Service and by one that was of type ExternalName, and released by
        one that becomes so. A Service that gains its second family takes the second address, one
        that loses it releases that. Otherwise they stay.
        """
        if old is None or not has_cluster_ip(old):
            return self._choose(service, 0, dry_run), ()
        if stays_prefer_dual_stack(service, old) or is_headless(old):
            return (), ()
        if not has_cluster_ip(service):
            return (), tuple(cluster_ips(old))
        if len(families(old)) < len(families(service)):
            return self._choose(service, 1, dry_run), ()
        left = 1 if len(families(old)) > len(families(service)) else 2
        return (), tuple(cluster_ips(old)[left:])

    def _choose(self, service: Object, first: int, dry_run: bool) -> Addresses:
        """An address of each family of the Service from the ``first`` on, written into it."""
        if not has_cluster_ip(service) or cluster_ips(service)[:1] == [NONE]:
            return ()
        chosen = list(cluster_ips(service))
        for index, family in enumerate(families(service)):
            if index >= first:
                wanted = chosen[index] if index < len(chosen) else ""
                chosen[index:] = [self._one(service, family, wanted, dry_run), *chosen[index + 1 :]]
        spec = spec_of(service)
        spec["clusterIP"], spec["clusterIPs"] = chosen[0], chosen
        return tuple(chosen[first:])

    def _one(self, service: Object, family: str, wanted: str, dry_run: bool) -> str:
        addresses = self._ranges[family]
        if not wanted:
            return self._free(service, addresses, dry_run)
        try:
            if dry_run:
                addresses.require_in_range(wanted)
            else:
                addresses.require(wanted)
        except Refused as refused:
            detail = f"failed to allocate IP {wanted}: {refused}"
            error = FieldError.invalid("spec.clusterIPs", cluster_ips(service), detail)
            raise status.invalid("Service", name_of(service), [error]) from None
        return wanted

    def _free(self, service: Object, addresses: ClusterIPs, dry_run: bool) -> str:
        """A free address; a dry run shows the network's own, which nobody can get."""
        if dry_run:
            return str(addresses.network.network_address)
        try:
            return addresses.free()
        except Refused as refused:
            message = f'failed to allocate a serviceIP for Service "{name_of(service)}": {refused}'
            raise status.internal_error(message) from None
