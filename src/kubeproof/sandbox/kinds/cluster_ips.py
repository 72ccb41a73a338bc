"""The ClusterIPs of the cluster: every one that is taken is an IPAddress object (KEP-1880)."""

import uuid
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.kinds import addresses, ranges
from kubeproof.sandbox.kinds.ranges import Refused
from kubeproof.sandbox.kinds.service_cidr import ready_networks
from kubeproof.sandbox.objects import Object, name_of, namespace_of, now

_RESOURCE = "ipaddresses"


class ClusterIPs:
    """The ServiceCIDRs, and the IPAddress objects that say which of their addresses are taken."""

    def __init__(self, cidr: str, store: Store) -> None:
        self.network = IPv4Network(cidr)
        self._store = store

    def _is_taken(self, address: str) -> bool:
        return self._store.get(_RESOURCE, "", address) is not None

    def _contains(self, address: addresses.Address) -> bool:
        return isinstance(address, IPv4Address) and any(
            address in network
            and address not in (network.network_address, network.broadcast_address)
            for network in ready_networks(self._store)
        )

    def require(self, text: str) -> None:
        """Raise Refused for an address that is outside the range or taken."""
        address = addresses.parse(text)
        if address is None or not self._contains(address):
            raise Refused("the provided network does not match the current range")
        if self._is_taken(str(address)):
            raise Refused("provided IP is already allocated")

    def require_in_range(self, text: str) -> None:
        """Raise Refused for an address outside the range: all that a dry run looks at."""
        address = addresses.parse(text)
        if address is None or not self._contains(address):
            raise Refused(
                f"the provided IP ({text}) is not in the valid range. "
                f"The range of valid IPs is {self.network}"
            )

    def free(self) -> str:
        """An address that nobody has; raises Refused when none is left."""
        for network in ready_networks(self._store):
            if number := self._free_of(network):
                return str(IPv4Address(number))
        raise Refused("range is full")

    def _free_of(self, network: IPv4Network) -> int | None:
        size = network.num_addresses
        return ranges.pick(
            int(network.network_address) + 1,
            size - 2,
            ranges.band(size, smallest=16, largest=256, step=16),
            lambda candidate: self._is_taken(str(IPv4Address(candidate))),
        )

    def take(self, address: str, service: Object) -> None:
        """Record that an address belongs to a Service."""
        self._store.put(_RESOURCE, _ip_address(address, service))

    def release(self, address: str) -> None:
        """Give an address back; one that is free already stays free."""
        self._store.remove(_RESOURCE, "", address)

    def exchange(self, service: Object, take: str, release: str) -> Callable[[], None]:
        """Take one address and release another, either may be empty; the answer undoes that."""
        if take:
            self.take(take, service)
        if release:
            self.release(release)

        def restore() -> None:
            if take:
                self.release(take)
            if release:
                self.take(release, service)

        return restore


def _ip_address(address: str, service: Object) -> Object:
    return {
        "kind": "IPAddress",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {
            "name": address,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": now(),
            "labels": {
                "ipaddress.kubernetes.io/ip-family": "IPv4",
                "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
            },
        },
        "spec": {
            "parentRef": {
                "resource": "services",
                "namespace": namespace_of(service),
                "name": name_of(service),
            }
        },
    }
