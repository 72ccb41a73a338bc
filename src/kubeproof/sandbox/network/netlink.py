"""Netlink messages: framing, attributes, and a socket that waits for every acknowledgement.

Formats: linux/netlink.h. Attribute values are native-endian for rtnetlink and big-endian for
netfilter; both are offered here.
"""

import os
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NLM_F_REQUEST = 0x1
NLM_F_MULTI = 0x2
NLM_F_ACK = 0x4
NLM_F_EXCL = 0x200
NLM_F_REPLACE = 0x100
NLM_F_DUMP = 0x300
NLM_F_CREATE = 0x400
NLM_F_APPEND = 0x800
NLM_F_DUMP_INTR = 0x10

NLMSG_ERROR = 2
NLMSG_DONE = 3

_NLA_F_NESTED = 0x8000
_NLA_TYPE_MASK = 0x3FFF
_SOL_NETLINK = 270
_NETLINK_CAP_ACK = 10
_NETLINK_EXT_ACK = 11
_NLMSGERR_ATTR_MSG = 1
_RECEIVE = 1 << 18

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")

HEADER_SIZE = _HEADER.size


class NetlinkError(OSError):
    """The kernel refused a message; ``errno`` says why, the text says which message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request: its type, flags beside NLM_F_REQUEST, and what follows the netlink header."""

    kind: int
    flags: int
    payload: bytes
    meaning: str = ""


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, padded to four bytes. At most 65,531 bytes of value."""
    size = 4 + len(value)
    return _ATTRIBUTE.pack(size, kind) + value + _PADDING[size & 3]


def nested(kind: int, *attributes: bytes) -> bytes:
    """An attribute made of attributes."""
    return attribute(kind | _NLA_F_NESTED, b"".join(attributes))


def text(kind: int, value: str) -> bytes:
    """A zero-terminated string."""
    return attribute(kind, value.encode() + b"\0")


def native32(kind: int, value: int) -> bytes:
    """An unsigned 32 bit number in the machine's byte order (rtnetlink)."""
    return struct.pack("=HHI", 8, kind, value)


def big32(kind: int, value: int) -> bytes:
    """An unsigned 32 bit number in network byte order (netfilter)."""
    return struct.pack("=HH", 8, kind) + struct.pack(">I", value)


def attributes(payload: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """The attributes of a payload from offset ``start`` on, flags taken off their types."""
    at = start
    while at + 4 <= len(payload):
        size, kind = _ATTRIBUTE.unpack_from(payload, at)
        if size < 4:
            return
        yield kind & _NLA_TYPE_MASK, payload[at + 4 : at + size]
        at += (size + 3) & ~3


def framed(message: Message, sequence: int) -> bytes:
    """The message as it goes over the wire."""
    size = _HEADER.size + len(message.payload)
    flags = NLM_F_REQUEST | message.flags
    padding = _PADDING[size & 3]
    return _HEADER.pack(size, message.kind, flags, sequence, 0) + message.payload + padding


def frames(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Type, flags, sequence number and payload of every message in a received datagram."""
    at = 0
    while at + _HEADER.size <= len(data):
        size, kind, flags, sequence, _ = _HEADER.unpack_from(data, at)
        yield kind, flags, sequence, data[at + _HEADER.size : at + size]
        at += (size + 3) & ~3


def failure(payload: bytes) -> tuple[int, str]:
    """Error number (0 for an acknowledgement) and the kernel's own words from an NLMSG_ERROR."""
    (number,) = struct.unpack_from("=i", payload)
    words = dict(attributes(payload, 4 + _HEADER.size)).get(_NLMSGERR_ATTR_MSG, b"")
    return -number, words.rstrip(b"\0").decode(errors="replace")


class NetlinkSocket:
    """A netlink socket of one namespace; requests are synchronous, the kernel answers at once."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._sequence = 0
        sock.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
        sock.setsockopt(_SOL_NETLINK, _NETLINK_EXT_ACK, 1)
        sock.bind((0, 0))

    @property
    def socket(self) -> socket.socket:
        """The socket itself, for its options."""
        return self._socket

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def next_sequence(self) -> int:
        """A sequence number that was not used before."""
        self._sequence += 1
        return self._sequence

    def request(self, messages: Sequence[Message]) -> None:
        """Send messages as one datagram and wait until each was acknowledged.

        The kernel carries out all of them whatever becomes of the others; the first failure is
        raised as NetlinkError after all were answered.
        """
        waiting = {self.next_sequence(): message for message in messages}
        self.send([framed(_acknowledged(m), number) for number, m in waiting.items()])
        first: NetlinkError | None = None
        while waiting:
            for kind, _, sequence, payload in self.receive():
                if kind != NLMSG_ERROR or sequence not in waiting:
                    continue
                error = _as_error(payload, waiting.pop(sequence))
                first = first or error
        if first:
            raise first

    def query(self, message: Message) -> bytes:
        """The payload of the one object a request yields; NetlinkError when there is none."""
        sequence = self.next_sequence()
        self.send([framed(message, sequence)])
        while True:
            for kind, _, number, payload in self.receive():
                if number != sequence:
                    continue
                if kind == NLMSG_ERROR:
                    raise _as_error(payload, message) or NetlinkError(0, "no answer")
                return payload

    def dump(self, message: Message) -> list[tuple[int, bytes]]:
        """Every object a dump request yields: message type and payload.

        Raises NetlinkError when the kernel refuses.
        """
        sequence = self.next_sequence()
        self.send([framed(Message(message.kind, NLM_F_DUMP, message.payload), sequence)])
        found: list[tuple[int, bytes]] = []
        while True:
            for kind, _, number, payload in self.receive():
                if number != sequence:
                    continue
                if kind == NLMSG_DONE:
                    return found
                if kind == NLMSG_ERROR:
                    raise _as_error(payload, message) or NetlinkError(0, "dump ended early")
                found.append((kind, payload))

    def send(self, datagram: Sequence[bytes]) -> None:
        """Send frames as one datagram; OSError EMSGSIZE above the socket's send buffer."""
        self._socket.sendmsg([b"".join(datagram)])

    def receive(self) -> Iterator[tuple[int, int, int, bytes]]:
        """The frames of the next datagram."""
        return frames(self._socket.recv(_RECEIVE))


def _acknowledged(message: Message) -> Message:
    return Message(message.kind, message.flags | NLM_F_ACK, message.payload)


def _as_error(payload: bytes, message: Message) -> NetlinkError | None:
    number, words = failure(payload)
    if not number:
        return None
    said = f" ({words})" if words else ""
    return NetlinkError(number, f"{message.meaning}: {os.strerror(number)}{said}")
