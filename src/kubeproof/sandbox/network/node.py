"""A node's network: its place on the LAN and the range its Pods get their addresses from."""

from collections.abc import Callable, Iterable

from kubeproof.sandbox.network import addressing, arp, rtnetlink
from kubeproof.sandbox.network.lan import UPLINK, UPLINK_INDEX, LanHost
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.pod import PodLink, PodNetwork
from kubeproof.sandbox.network.rtnetlink import LOOPBACK, Route

_FIRST_POD_HOST = 2
_LAST_POD_HOST = 254


class PodAddressesExhaustedError(RuntimeError):
    """Every address of the node's Pod range is in use."""


class NodeNetwork:
    """One node: ``name``, ``address`` on the LAN, ``pod_cidr``, number ``index`` from 1, ``ns``."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.name = addressing.node_name(index)
        self.address = addressing.node_address(index)
        self.host = LanHost(self.address)
        self.pods: dict[str, PodNetwork] = {}
        self.announced: set[str] = set()
        self._range = addressing.pod_cidr(index)
        self._used: set[int] = set()
        self._next = _FIRST_POD_HOST
        self._attached = 0

    @property
    def pod_cidr(self) -> str:
        """The range of the node's Pods, as spec.podCIDR writes it."""
        return str(self._range)

    @property
    def gateway(self) -> str:
        """The node's address towards its Pods."""
        return str(self._range[1])

    @property
    def ns(self) -> NetNs:
        """The node's namespace."""
        return self.host.ns

    def routes(self, nodes: Iterable["NodeNetwork"]) -> tuple[Route, ...]:
        """What the node knows of the others, of its own range, and of the rest of the world.

        Without a default route a connection to a Service address fails before the rules see it;
        without the unreachable route a gone Pod's address would lead out of the default route.
        """
        own = Route(str(self._range[0]), 24)
        rest = Route("0.0.0.0", 0, device=UPLINK_INDEX, via=addressing.LAN_GATEWAY)
        return (*self.routes_to_pods(nodes), own, rest)

    def routes_to_pods(self, nodes: Iterable["NodeNetwork"]) -> tuple[Route, ...]:
        """The ways to the Pods of the other nodes, which in a real cluster the CNI plugin lays."""
        return tuple(
            Route(str(n._range[0]), 24, device=UPLINK_INDEX, via=n.address)
            for n in nodes
            if n is not self
        )

    def attach(self, key: str) -> PodNetwork:
        """Connect a new Pod, ``namespace/name``, under an address that was free for longest.

        Raises ValueError when the Pod is attached already and PodAddressesExhaustedError.
        """
        self._refuse_known(key)
        host = self._free_host()
        self._attached += 1
        link = PodLink(str(self._range[host]), self.gateway, self._attached)
        ns = NetNs.create()
        try:
            link.connect(ns, self.host.links, self.ns)
        except OSError:
            ns.close()
            raise
        self._used.add(host)
        return self._know(key, link.address, ns, lambda: self._detach(key, host, link))

    def attach_to_host(self, key: str) -> PodNetwork:
        """Register a Pod with hostNetwork: it has the node's address and namespace."""
        self._refuse_known(key)
        return self._know(key, self.address, self.ns, lambda: self._forget(key))

    def announce(self, address: str) -> None:
        """Answer for a load-balancer address from now on, and tell the neighbours."""
        self.host.links.apply(rtnetlink.add_address(LOOPBACK, address, 32))
        self.announced.add(address)
        arp.announce(self.ns, UPLINK, address)

    def withdraw(self, address: str) -> None:
        """Answer for a load-balancer address no longer; harmless when it was not announced."""
        if address in self.announced:
            self.announced.discard(address)
            self.host.links.apply(rtnetlink.delete_address(LOOPBACK, address, 32))

    def close(self) -> None:
        """Give up the node and its Pods."""
        for pod in list(self.pods.values()):
            if pod.ns is not self.ns:
                pod.ns.close()
        self.pods.clear()
        self.host.close()

    def _free_host(self) -> int:
        span = _LAST_POD_HOST - _FIRST_POD_HOST + 1
        for step in range(span):
            host = _FIRST_POD_HOST + (self._next - _FIRST_POD_HOST + step) % span
            if host not in self._used:
                self._next = host + 1
                return host
        raise PodAddressesExhaustedError(f"{self.name}: no address left in {self.pod_cidr}")

    def _refuse_known(self, key: str) -> None:
        if key in self.pods:
            raise ValueError(f"{self.name}: Pod {key} is attached already")

    def _know(self, key: str, address: str, ns: NetNs, release: Callable[[], None]) -> PodNetwork:
        self.pods[key] = PodNetwork(key, address, ns, release)
        return self.pods[key]

    def _forget(self, key: str) -> None:
        del self.pods[key]

    def _detach(self, key: str, host: int, link: PodLink) -> None:
        ns = self.pods[key].ns
        self._forget(key)
        self._used.discard(host)
        self.host.links.apply(link.disconnect())
        ns.close()
