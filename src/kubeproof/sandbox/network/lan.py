"""The LAN: a bridge in a namespace of its own, with every node and the outside client as ports."""

from collections.abc import Mapping

from kubeproof.sandbox.network import addressing, rtnetlink
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.rtnetlink import LOOPBACK, Interface, Route, RtNetlink

UPLINK = "eth0"
UPLINK_INDEX = 2

_BRIDGE_INDEX = 2
_FIRST_PORT_INDEX = 100

# A new namespace inherits IPv4 settings from the machine's first one, so what matters is set,
# not assumed. ICMP is not rate-limited: a refusal that comes late reads as a time-out.
HOST_SETTINGS: Mapping[str, str] = {
    "ipv4/icmp_ratemask": "0",
    "ipv4/icmp_ratelimit": "0",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/conf/all/arp_ignore": "0",
    "ipv4/conf/default/arp_ignore": "0",
    "ipv4/conf/all/accept_redirects": "0",
    "ipv4/conf/default/accept_redirects": "0",
    "ipv4/conf/all/send_redirects": "0",
    "ipv4/conf/default/send_redirects": "0",
}

# Only there on hosts that have loaded br_netfilter, as those with Docker do: a switch leaves
# packets alone.
_BRIDGE_SETTINGS: Mapping[str, str] = {"bridge/bridge-nf-call-iptables": "0"}


class LanHost:
    """A machine on the LAN: a namespace with a loopback and an uplink."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.ns = NetNs.create()
        self.ns.sysctl(HOST_SETTINGS)
        self.links = RtNetlink(self.ns)
        self.port = 0

    def close(self) -> None:
        """Give up the namespace."""
        self.links.close()
        self.ns.close()


class Lan:
    """The switch between the machines; also the default gateway, which leads nowhere."""

    def __init__(self) -> None:
        self._ns = NetNs.create()
        self._ns.sysctl({**HOST_SETTINGS, **_BRIDGE_SETTINGS})
        self._links = RtNetlink(self._ns)
        self._ports = _FIRST_PORT_INDEX
        self._links.apply(
            rtnetlink.link_up(LOOPBACK),
            rtnetlink.bridge("br0", _BRIDGE_INDEX),
            rtnetlink.add_address(_BRIDGE_INDEX, addressing.LAN_GATEWAY, addressing.LAN.prefixlen),
            rtnetlink.forwarding(_BRIDGE_INDEX, on=False),
        )

    @property
    def ns(self) -> NetNs:
        """The gateway's namespace; what listens there is on the LAN, beside the nodes."""
        return self._ns

    def plug(self, host: LanHost, routes: tuple[Route, ...] = (), *, forwards: bool) -> None:
        """Connect a machine and give it its address and routes."""
        self._ports += 1
        host.port = self._ports
        uplink = Interface(UPLINK, UPLINK_INDEX, addressing.hardware_address(host.address))
        host.links.apply(
            rtnetlink.link_up(LOOPBACK),
            rtnetlink.veth(uplink, Interface(f"port{host.port}", host.port), self._ns),
            rtnetlink.add_address(UPLINK_INDEX, host.address, addressing.LAN.prefixlen),
            rtnetlink.forwarding(UPLINK_INDEX, on=forwards),
            rtnetlink.link_up(UPLINK_INDEX),
            *(route.add() for route in routes),
        )
        self._links.apply(rtnetlink.join_bridge(host.port, _BRIDGE_INDEX))
        host.links.wait_until_up(UPLINK_INDEX)

    def unplug(self, host: LanHost) -> None:
        """Pull the cable: nothing reaches the machine, nothing leaves it."""
        self._links.apply(rtnetlink.link_down(host.port))

    def replug(self, host: LanHost) -> None:
        """Put the cable back."""
        self._links.apply(rtnetlink.link_up(host.port))
        host.links.wait_until_up(UPLINK_INDEX)

    def close(self) -> None:
        """Give up the namespace, and with it every port."""
        self._links.close()
        self._ns.close()
