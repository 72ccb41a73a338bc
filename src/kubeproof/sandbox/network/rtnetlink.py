"""Links, addresses and routes over rtnetlink (linux/rtnetlink.h), in batches.

Interface indexes are chosen by the caller, so nothing has to be looked up. Addresses are
written as text; IPv4 and IPv6 alike.
"""

import errno
import socket
import struct
import time
from dataclasses import dataclass

from kubeproof.sandbox.network.netlink import (
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    Message,
    NetlinkError,
    NetlinkSocket,
    attribute,
    attributes,
    native32,
    nested,
    text,
)
from kubeproof.sandbox.network.netns import NetNs

LOOPBACK = 1

_RTM_NEWLINK = 16
_RTM_GETLINK = 18
_RTM_NEWADDR = 20
_RTM_DELADDR = 21
_RTM_NEWROUTE = 24
_RTM_DELROUTE = 25

_IFF_UP = 1
_IFLA_ADDRESS = 1
_IFLA_IFNAME = 3
_IFLA_MASTER = 10
_IFLA_OPERSTATE = 16
_IFLA_LINKINFO = 18
_IFLA_AF_SPEC = 26
_IFLA_NET_NS_FD = 28
_IFLA_INFO_KIND = 1
_IFLA_INFO_DATA = 2
_VETH_INFO_PEER = 1
_IFLA_INET_CONF = 1
_DEVCONF_FORWARDING = 1

_OPERATIONAL = b"\x06"
_LINK_HEADER_SIZE = 16
_UP_SECONDS = 5.0
_UP_POLL_SECONDS = 0.0005

_IFA_ADDRESS = 1
_IFA_LOCAL = 2

_RTA_DST = 1
_RTA_OIF = 4
_RTA_GATEWAY = 5
_RTA_PREFSRC = 7
_TABLE_MAIN = 254
_PROTOCOL_STATIC = 4
_SCOPE_UNIVERSE = 0
_SCOPE_LINK = 253
_TYPE_UNICAST = 1
_TYPE_UNREACHABLE = 7
_ANY_PROTOCOL = 0
_NOWHERE = 255


def family_of(address: str) -> int:
    """The address family of an address written as text."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def packed(address: str) -> bytes:
    """An address as bytes in network order; OSError when it is none."""
    return socket.inet_pton(family_of(address), address)


def _link(index: int, *, up: bool | None = None) -> bytes:
    flags, change = (0, 0) if up is None else (int(up), _IFF_UP)
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, change)


@dataclass(frozen=True, slots=True)
class Interface:
    """One end of a veth pair: name (at most 15 bytes), index, and MAC address if it matters."""

    name: str
    index: int
    hardware: bytes = b""

    def attributes(self) -> bytes:
        """The interface as it stands at the head of a link message, without its kind."""
        body = _link(self.index) + text(_IFLA_IFNAME, self.name)
        return body + attribute(_IFLA_ADDRESS, self.hardware) if self.hardware else body


def veth(end: Interface, peer: Interface, peer_ns: NetNs) -> Message:
    """Create a pair of connected interfaces, the peer in another namespace.

    Both are down: the kernel refuses to bring an end up before its peer exists.
    """
    other = nested(_VETH_INFO_PEER, peer.attributes(), native32(_IFLA_NET_NS_FD, peer_ns.fileno()))
    kind = text(_IFLA_INFO_KIND, "veth")
    body = end.attributes() + nested(_IFLA_LINKINFO, kind, nested(_IFLA_INFO_DATA, other))
    return _new_link(body, f"create veth {end.name}", NLM_F_CREATE | NLM_F_EXCL)


def bridge(name: str, index: int) -> Message:
    """Create a bridge and bring it up."""
    body = text(_IFLA_IFNAME, name) + nested(_IFLA_LINKINFO, text(_IFLA_INFO_KIND, "bridge"))
    flags = NLM_F_CREATE | NLM_F_EXCL
    return _new_link(_link(index, up=True) + body, f"create bridge {name}", flags)


def link_up(index: int) -> Message:
    """Bring an interface up."""
    return _new_link(_link(index, up=True), f"bring interface {index} up")


def link_down(index: int) -> Message:
    """Take an interface down; its peer loses the carrier."""
    return _new_link(_link(index, up=False), f"take interface {index} down")


def join_bridge(index: int, bridge_index: int) -> Message:
    """Make an interface a port of a bridge and bring it up."""
    body = _link(index, up=True) + native32(_IFLA_MASTER, bridge_index)
    return _new_link(body, f"join interface {index} to bridge {bridge_index}")


def forwarding(index: int, *, on: bool) -> Message:
    """Switch IPv4 forwarding of packets that arrive here; needs no writable /proc/sys."""
    conf = nested(_IFLA_INET_CONF, native32(_DEVCONF_FORWARDING, int(on)))
    body = _link(index) + nested(_IFLA_AF_SPEC, nested(socket.AF_INET, conf))
    return _new_link(body, f"set forwarding of interface {index}")


def add_address(index: int, address: str, prefix: int) -> Message:
    """Give an interface an address; one that is there stays."""
    flags = NLM_F_CREATE | NLM_F_REPLACE
    body = _address(index, address, prefix)
    return Message(_RTM_NEWADDR, flags, body, f"add address {address}/{prefix}")


def delete_address(index: int, address: str, prefix: int) -> Message:
    """Take an address from an interface."""
    body = _address(index, address, prefix)
    return Message(_RTM_DELADDR, 0, body, f"delete address {address}/{prefix}")


@dataclass(frozen=True, slots=True)
class Route:
    """Where packets for ``destination``/``prefix`` go.

    Through interface ``device``, to the neighbour ``via`` if one is named, with ``source`` as
    the address the kernel prefers for its own. Without a device the destination is unreachable.
    """

    destination: str
    prefix: int
    device: int = 0
    via: str = ""
    source: str = ""

    def _payload(self, scope: int, kind: int) -> bytes:
        family = family_of(self.destination)
        body = struct.pack(
            "=BBBBBBBBI", family, self.prefix, 0, 0, _TABLE_MAIN, _PROTOCOL_STATIC, scope, kind, 0
        )
        if self.prefix:
            body += attribute(_RTA_DST, packed(self.destination))
        if self.via:
            body += attribute(_RTA_GATEWAY, packed(self.via))
        if self.source:
            body += attribute(_RTA_PREFSRC, packed(self.source))
        return body + native32(_RTA_OIF, self.device) if self.device else body

    def add(self) -> Message:
        """Add the route, in place of one to the same destination."""
        direct = self.device and not self.via
        scope = _SCOPE_LINK if direct else _SCOPE_UNIVERSE
        kind = _TYPE_UNICAST if self.device else _TYPE_UNREACHABLE
        flags = NLM_F_CREATE | NLM_F_REPLACE
        return Message(_RTM_NEWROUTE, flags, self._payload(scope, kind), f"add {self}")

    def delete(self) -> Message:
        """Remove the route."""
        return Message(_RTM_DELROUTE, 0, self._payload(_NOWHERE, _ANY_PROTOCOL), f"delete {self}")

    def __str__(self) -> str:
        return f"route {self.destination}/{self.prefix}"


class RtNetlink:
    """The rtnetlink socket of one namespace."""

    def __init__(self, ns: NetNs) -> None:
        self._netlink = NetlinkSocket(
            ns.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        )

    def apply(self, *messages: Message) -> None:
        """Carry out messages in order, as one datagram; NetlinkError names the one that failed."""
        self._netlink.request(messages)

    def wait_until_up(self, index: int) -> None:
        """Wait until an interface can send.

        Of a pair, the end that was brought up first is activated by the kernel in the
        background once the other is up; until then it loses what it should send. Asking for it
        makes Linux 6.8 and later do so at once; with others it takes a moment.
        """
        deadline = time.monotonic() + _UP_SECONDS
        request = Message(_RTM_GETLINK, 0, _link(index), f"look at interface {index}")
        while time.monotonic() < deadline:
            found = dict(attributes(self._netlink.query(request), _LINK_HEADER_SIZE))
            if found.get(_IFLA_OPERSTATE) == _OPERATIONAL:
                return
            time.sleep(_UP_POLL_SECONDS)
        raise NetlinkError(errno.ENETDOWN, f"interface {index} does not come up")

    def close(self) -> None:
        """Close the socket."""
        self._netlink.close()


def _new_link(payload: bytes, meaning: str, flags: int = 0) -> Message:
    return Message(_RTM_NEWLINK, flags, payload, meaning)


def _address(index: int, address: str, prefix: int) -> bytes:
    family = family_of(address)
    local = packed(address)
    body = struct.pack("=BBBBI", family, prefix, 0, 0, index)
    return body + attribute(_IFA_LOCAL, local) + attribute(_IFA_ADDRESS, local)
