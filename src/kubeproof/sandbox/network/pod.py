"""A Pod's network: a namespace joined to its node by one pair of interfaces."""

from collections.abc import Callable
from dataclasses import dataclass

from kubeproof.sandbox.network import addressing, rtnetlink
from kubeproof.sandbox.network.lan import HOST_SETTINGS, UPLINK, UPLINK_INDEX
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.rtnetlink import LOOPBACK, Interface, Message, Route, RtNetlink

_FIRST_POD_INDEX = 1000


class PodNetwork:
    """What one Pod has of the network; closing it takes the Pod off the network."""

    def __init__(self, key: str, address: str, ns: NetNs, release: Callable[[], None]) -> None:
        self.key = key
        self.address = address
        self.ns = ns
        self._release = release
        self._closed = False

    def close(self) -> None:
        """Take the Pod off the network: its address answers no more. Harmless when repeated."""
        if not self._closed:
            self._closed = True
            self._release()


@dataclass(frozen=True, slots=True)
class PodLink:
    """The cable between a node and one Pod: point to point, as the ptp CNI plugin lays it.

    A bridge per node would let Pods of one node answer each other directly, past the node's
    connection tracking, which has to undo the translation of Service addresses.
    ``serial`` is never used twice on a node, for a gone Pod's interface lingers.
    """

    address: str
    gateway: str
    serial: int

    @property
    def index(self) -> int:
        """The index of the node's end."""
        return _FIRST_POD_INDEX + self.serial

    def connect(self, ns: NetNs, links: RtNetlink, node_ns: NetNs) -> None:
        """Create the pair and bring both ends up; ``links`` is the node's."""
        ns.sysctl(HOST_SETTINGS)
        own = RtNetlink(ns)
        end = Interface(UPLINK, UPLINK_INDEX, addressing.hardware_address(self.address))
        try:
            own.apply(
                rtnetlink.link_up(LOOPBACK),
                rtnetlink.veth(end, Interface(f"veth{self.serial}", self.index), node_ns),
            )
            links.apply(*self._node_end())
            own.apply(*self._pod_end())
            links.wait_until_up(self.index)
        finally:
            own.close()

    def disconnect(self) -> Message:
        """The message, for the node, after which no packet finds the Pod.

        The pair goes with the Pod's namespace, in the background: to remove it here would stop
        the caller for tens of milliseconds.
        """
        return self._route().delete()

    def _route(self) -> Route:
        return Route(self.address, 32, device=self.index, source=self.gateway)

    def _node_end(self) -> tuple[Message, ...]:
        return (
            rtnetlink.link_up(self.index),
            rtnetlink.add_address(self.index, self.gateway, 32),
            self._route().add(),
            rtnetlink.forwarding(self.index, on=True),
        )

    def _pod_end(self) -> tuple[Message, ...]:
        return (
            rtnetlink.link_up(UPLINK_INDEX),
            rtnetlink.add_address(UPLINK_INDEX, self.address, 32),
            Route(self.gateway, 32, device=UPLINK_INDEX).add(),
            Route("0.0.0.0", 0, device=UPLINK_INDEX, via=self.gateway).add(),
        )
