"""Faults of the ClusterIP allocator: addresses that are not a Service's own.

The address that was really taken is remembered, so that it is given back with the Service.
"""

from collections.abc import Callable, Iterator

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds import service_cidr
from kubeproof.sandbox.kinds.service_facts import cluster_ips, has_cluster_ip, is_headless, spec_of
from kubeproof.sandbox.objects import Object, key_of, name_of, namespace_of

FAULTS = {
    "cluster-ip-outside-range": "ClusterIPs are not from the Service range",
    "cluster-ip-range-full": "no ClusterIP is left for a new Service",
    "cluster-ip-shared": "a Service is given the ClusterIP of another",
    "ip-addresses-untold": "no IPAddress tells of a ClusterIP that is taken",
    "service-range-overlaps-pods": "a Service is given a Pod's address, from overlapping ranges",
}
_OVERLAPPING = "overlapping"
_PODS = "10.244.0.0/16"

Chosen = Callable[[Object], Iterator[str]]


class FaultyAddresses:
    """Puts wrong addresses into new Services."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._taken: dict[tuple[str, str], list[str]] = {}
        self._choices: dict[str, Chosen] = {
            "cluster-ip-outside-range": _behind_range,
            "cluster-ip-shared": self._of_others,
            "service-range-overlaps-pods": self._of_pods,
        }
        faults.subscribe(self._faults_changed)

    def refuse(self, service: Object) -> None:
        """Raise ApiError (500) as an allocator does that has nothing left."""
        if self._faults.active("cluster-ip-range-full") and _has_address(service):
            raise status.internal_error(
                f'failed to allocate a serviceIP for Service "{name_of(service)}": range is full'
            )

    def grant(self, service: Object, wanted: str) -> None:
        """Show the address that was asked for and refused in place of the one that was taken."""
        self._show(service, wanted)

    def change(self, service: Object) -> None:
        """Show another address than until now."""
        if _has_address(service):
            self._show(service, next(_behind_range(service)))

    def hide(self, service: Object) -> None:
        """Let no IPAddress tell of the address that was taken."""
        if self._faults.active("ip-addresses-untold"):
            for address in cluster_ips(service):
                self._store.remove("ipaddresses", "", address)

    def swap(self, service: Object) -> None:
        """Put another address in place of the one that was allocated."""
        if not _has_address(service):
            return
        for fault, choice in self._choices.items():
            address = next(choice(service), "") if self._faults.active(fault) else ""
            if address:
                self._show(service, address)
                return

    def _show(self, service: Object, address: str) -> None:
        self._taken.setdefault(key_of(service), cluster_ips(service))
        spec = spec_of(service)
        spec["clusterIP"], spec["clusterIPs"] = address, [address, *cluster_ips(service)[1:]]

    def allocated(self, service: Object) -> Object:
        """The Service with the addresses that the allocator knows of, to be given back."""
        taken = self._taken.pop(key_of(service), None)
        if taken is None:
            return service
        return {**service, "spec": {**spec_of(service), "clusterIP": taken[0], "clusterIPs": taken}}

    def _of_others(self, service: Object) -> Iterator[str]:
        for other in self._store.list("services", namespace_of(service)):
            if _has_address(other) and key_of(other) != key_of(service):
                yield cluster_ips(other)[0]

    def _of_pods(self, service: Object) -> Iterator[str]:
        service_cidr.announce([_PODS], self._store, _OVERLAPPING)
        for pod in self._store.list("pods", namespace_of(service)):
            if address := pod.get("status", {}).get("podIP"):
                yield address

    def _faults_changed(self) -> None:
        if not self._faults.active("service-range-overlaps-pods"):
            service_cidr.withdraw(self._store, _OVERLAPPING)


def _behind_range(service: Object) -> Iterator[str]:
    """In the block behind the Service range, where no Pod and no node is."""
    yield cluster_ips(service)[0].replace("10.96.", "10.97.", 1)


def _has_address(service: Object) -> bool:
    return has_cluster_ip(service) and not is_headless(service)
