"""Faults of allocation: numbers chosen, granted, kept or given back as they must not be."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds.service_facts import (
    cluster_ips,
    has_cluster_ip,
    is_headless,
    ports_of,
    spec_of,
    wants_node_ports,
)
from kubeproof.sandbox.objects import Object

FAULTS = {
    "choices-from-lower-part": "automatic addresses and ports come from the start of their ranges",
    "cluster-ip-kept-by-name": "a Service that becomes an ExternalName keeps its ClusterIP",
    "node-port-not-released": "the node ports of deleted Services stay taken",
    "update-changes-cluster-ip": "a Service that is updated is given another ClusterIP",
}
_FIRST_ADDRESS = IPv4Address("10.96.0.32")
_FIRST_PORT = 30032

Release = Callable[[Object], None]


def choose_low(service: Object, store: Store) -> None:
    """Ask for the lowest address and ports that are free, where the Service asks for none."""
    others = store.list("services")
    if has_cluster_ip(service) and not cluster_ips(service):
        taken = {address for other in others for address in cluster_ips(other)}
        address = next(one for one in _addresses() if one not in taken)
        spec_of(service)["clusterIP"], spec_of(service)["clusterIPs"] = address, [address]
    if wants_node_ports(service):
        used = {port.get("nodePort") for other in others for port in ports_of(other)}
        numbers = (number for number in range(_FIRST_PORT, 32768) if number not in used)
        for port in ports_of(service):
            port.setdefault("nodePort", next(numbers))


def _addresses() -> Iterator[str]:
    return (str(_FIRST_ADDRESS + step) for step in range(200))


def keep_address(service: Object, old: Object) -> None:
    """Leave the old ClusterIP in a Service that is but a name."""
    if not has_cluster_ip(service) and has_cluster_ip(old) and not is_headless(old):
        spec_of(service)["clusterIP"] = cluster_ips(old)[0]
        spec_of(service)["clusterIPs"] = cluster_ips(old)


class Hoard:
    """Services that were deleted and whose node ports are taken as long as the fault is on."""

    def __init__(self, faults: Faults, release: Release) -> None:
        self._faults = faults
        self._release = release
        self._kept: list[Object] = []
        faults.subscribe(self._faults_changed)

    def keep_ports(self, service: Object) -> Object:
        """What is given back all the same: the Service without its node ports."""
        self._kept.append(service)
        bare = [{**port, "nodePort": 0} for port in ports_of(service)]
        return {**service, "spec": {**spec_of(service), "ports": bare}}

    def _faults_changed(self) -> None:
        if not self._faults.active("node-port-not-released"):
            for service in self._kept:
                self._release(_ports_alone(service))
            self._kept.clear()


def _ports_alone(service: Object) -> Object:
    """Something that holds these node ports and nothing else: no name, and no address."""
    spec = {"type": "ExternalName", "ports": ports_of(service)}
    return {**service, "metadata": {"name": "", "namespace": ""}, "spec": spec}
