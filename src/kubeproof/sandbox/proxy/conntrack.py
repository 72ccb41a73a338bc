"""Connection tracking of one namespace: what it holds, and removing entries (ctnetlink)."""

import errno
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubeproof.sandbox.network.netlink import (
    Message,
    NetlinkError,
    NetlinkSocket,
    attribute,
    attributes,
)
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.proxy.model import Target
from kubeproof.sandbox.proxy.transaction import netfilter_socket

TCP, UDP = 6, 17

_SUBSYSTEM = 1
_GET, _DELETE = 1, 2
_TUPLE_ORIGINAL, _TUPLE_REPLY, _STATUS, _TIMEOUT = 1, 2, 3, 7
_TUPLE_IP, _TUPLE_PROTO = 1, 2
_IP_SOURCE, _IP_DESTINATION = 1, 2
_PROTO_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3
_SEEN_REPLY = 0x2
_ASSURED = 0x4
_NESTED = 0x8000
_PROTOCOLS = {1: "icmp", TCP: "tcp", UDP: "udp", 132: "sctp"}
_HEADER = struct.pack(">BBH", socket.AF_INET, 0, 0)


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of a tracked connection."""

    source: Target
    destination: Target

    def __str__(self) -> str:
        return (
            f"src={self.source.address} dst={self.destination.address} "
            f"sport={self.source.port} dport={self.destination.port}"
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A tracked connection: as the client sees it, and where its answers come from."""

    protocol: int
    original: Direction
    reply: Direction
    status: int
    timeout: int
    identity: bytes

    @property
    def translated(self) -> bool:
        """Whether somebody else answers than was dialled."""
        return self.reply.source != self.original.destination

    def __str__(self) -> str:
        """As ``conntrack -L`` shows it, without the protocol's own state."""
        name = _PROTOCOLS.get(self.protocol, "unknown")
        unreplied = "" if self.status & _SEEN_REPLY else " [UNREPLIED]"
        assured = " [ASSURED]" if self.status & _ASSURED else ""
        head = f"{name} {self.protocol} {self.timeout} {self.original}{unreplied}"
        return f"{head} {self.reply}{assured}"


class Conntrack:
    """The connection tracking of one namespace. Needs CAP_NET_ADMIN there."""

    def __init__(self, ns: NetNs) -> None:
        self._netlink = NetlinkSocket(netfilter_socket(ns))

    def close(self) -> None:
        """Close the socket."""
        self._netlink.close()

    def entries(self) -> list[Entry]:
        """Every IPv4 connection that is tracked."""
        request = Message(_SUBSYSTEM << 8 | _GET, 0, _HEADER, "list connections")
        found = (_entry(payload) for _, payload in self._netlink.dump(request))
        return [entry for entry in found if entry]

    def delete(self, entry: Entry) -> None:
        """Forget a connection: its next packet is a new one. Harmless when it is gone."""
        identity = attribute(_TUPLE_ORIGINAL | _NESTED, entry.identity)
        message = Message(_SUBSYSTEM << 8 | _DELETE, 0, _HEADER + identity, f"delete {entry}")
        try:
            self._netlink.request([message])
        except NetlinkError as error:
            if error.errno != errno.ENOENT:
                raise

    def delete_stale(self, serving: "Serving") -> int:
        """Forget flows to Services that do not lead to a serving endpoint; says how many."""
        stale = [entry for entry in self.entries() if serving.is_stale(entry)]
        for entry in stale:
            self.delete(entry)
        return len(stale)


@dataclass(frozen=True, slots=True)
class Serving:
    """Which endpoints serve behind the addresses and node ports of some Services.

    Behind an address that has no endpoint nobody serves, and no flow to it is worth keeping.
    """

    addresses: Mapping[Target, frozenset[Target]]
    node_ports: Mapping[int, frozenset[Target]]
    protocol: int = UDP

    def is_stale(self, entry: Entry) -> bool:
        """Whether the entry is for one of the Services but leads to none of its endpoints."""
        if entry.protocol != self.protocol:
            return False
        dialled = entry.original.destination
        for endpoints in (self.addresses.get(dialled), self.node_ports.get(dialled.port)):
            if endpoints is not None and entry.reply.source not in endpoints:
                return True
        return False


def texts(entries: Iterable[Entry]) -> list[str]:
    """Entries as lines."""
    return [str(entry) for entry in entries]


def _entry(payload: bytes) -> Entry | None:
    parts = dict(attributes(payload, len(_HEADER)))
    if _TUPLE_ORIGINAL not in parts or _TUPLE_REPLY not in parts:
        return None
    protocol, original = _direction(parts[_TUPLE_ORIGINAL])
    _, reply = _direction(parts[_TUPLE_REPLY])
    return Entry(
        protocol,
        original,
        reply,
        status=_number(parts.get(_STATUS)),
        timeout=_number(parts.get(_TIMEOUT)),
        identity=parts[_TUPLE_ORIGINAL],
    )


def _direction(payload: bytes) -> tuple[int, Direction]:
    parts = dict(attributes(payload))
    addresses = dict(attributes(parts.get(_TUPLE_IP, b"")))
    proto = dict(attributes(parts.get(_TUPLE_PROTO, b"")))
    source = Target(_address(addresses, _IP_SOURCE), _number(proto.get(_SOURCE_PORT)))
    destination = Target(
        _address(addresses, _IP_DESTINATION), _number(proto.get(_DESTINATION_PORT))
    )
    return (proto.get(_PROTO_NUMBER) or b"\0")[0], Direction(source, destination)


def _address(addresses: Mapping[int, bytes], kind: int) -> str:
    return socket.inet_ntoa(addresses[kind]) if kind in addresses else "0.0.0.0"


def _number(data: bytes | None) -> int:
    return int.from_bytes(data or b"", "big")
