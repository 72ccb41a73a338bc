"""The ClusterIPs of the cluster: every one that is taken is an IPAddress object (KEP-1880)."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.kinds import addresses, ranges
from kubeproof.sandbox.kinds.ranges import Refused
from kubeproof.sandbox.kinds.service_cidr import ready_networks
from kubeproof.sandbox.objects import Object, name_of, namespace_of, now

_RESOURCE = "ipaddresses"


class ClusterIPs:
    """The addresses of one IP family: what ServiceCIDRs have of it, and which IPAddresses exist."""

    def __init__(self, cidr: str, store: Store) -> None:
        self.network = ip_network(cidr)
        self._store = store

    @property
    def family(self) -> str:
        """The IP family, as the API spells it."""
        return f"IPv{self.network.version}"

    def _is_taken(self, address: str) -> bool:
        return self._store.get(_RESOURCE, "", address) is not None

    def _networks(self) -> Iterator[IPv4Network | IPv6Network]:
        every = ready_networks(self._store)
        return (network for network in every if network.version == self.network.version)

    def _contains(self, address: addresses.Address) -> bool:
        return any(
            address in network
            and address != network.network_address
            and (network.version == 6 or address != network.broadcast_address)
            for network in self._networks()
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
        for network in self._networks():
            if address := self._free_of(network):
                return address
        raise Refused("range is full")

    def _free_of(self, network: IPv4Network | IPv6Network) -> str:
        """A free address of a block; IPv6 has no broadcast address, so its last one may go."""
        size, first = network.num_addresses, network.network_address + 1
        number = ranges.pick(
            int(first),
            size - (2 if network.version == 4 else 1),
            ranges.band(size, smallest=16, largest=256, step=16),
            lambda candidate: self._is_taken(str(first + (candidate - int(first)))),
        )
        return str(first + (number - int(first))) if number else ""


class TakenAddresses:
    """The IPAddress objects of the addresses that Services have."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, address: str, service: Object) -> None:
        """Record that an address belongs to a Service."""
        self._store.put(_RESOURCE, _ip_address(address, service))

    def release(self, address: str) -> None:
        """Give an address back; one that is free already stays free."""
        self._store.remove(_RESOURCE, "", str(ip_address(address)))

    def exchange(
        self, service: Object, take: Sequence[str], release: Sequence[str]
    ) -> Callable[[], None]:
        """Take some addresses and release others; the answer undoes that."""
        for address in take:
            self.take(address, service)
        for address in release:
            self.release(address)

        def restore() -> None:
            for address in take:
                self.release(address)
            for address in release:
                self.take(address, service)

        return restore


def _ip_address(address: str, service: Object) -> Object:
    return {
        "kind": "IPAddress",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {
            "name": str(ip_address(address)),
            "uid": str(uuid.uuid4()),
            "creationTimestamp": now(),
            "labels": {
                "ipaddress.kubernetes.io/ip-family": f"IPv{ip_address(address).version}",
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
