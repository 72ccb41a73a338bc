"""The DNS server: questions over UDP and TCP from one network namespace.

Source: RFC 1035 section 4.2, RFC 6891; flags, truncation and the shuffled order of addresses as
CoreDNS with its ``loadbalance`` plugin.
"""

import asyncio
import random
import socket
import struct
from typing import cast

from kubeproof.sandbox.dns.decoding import decode
from kubeproof.sandbox.dns.encoding import encode
from kubeproof.sandbox.dns.message import Edns, Message, Rcode, Record, Type
from kubeproof.sandbox.dns.names import MalformedError
from kubeproof.sandbox.dns.zone import Zone

PORT = 53
_SMALLEST = 512
_UDP_BATCH = 64
_KEPT_OPTIONS = frozenset((3, 9, 10, 11, 12))
"""NSID, EXPIRE, COOKIE, TCP-KEEPALIVE and PADDING: CoreDNS sends these back as they came."""


class DnsServer:
    """Answers from a zone, on sockets that are already bound to port 53."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self._udp: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[_TcpConnection] = set()

    async def listen(self, udp: socket.socket, tcp: socket.socket) -> None:
        """Answer on both sockets from now on."""
        self._udp = udp
        loop = asyncio.get_running_loop()
        loop.add_reader(udp.fileno(), self._receive)
        self._server = await loop.create_server(lambda: _TcpConnection(self), sock=tcp)

    def close(self) -> None:
        """Close the sockets and every connection."""
        if self._udp is not None:
            asyncio.get_running_loop().remove_reader(self._udp.fileno())
            self._udp.close()
            self._udp = None
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()

    def respond(self, raw: bytes, tcp: bool) -> bytes | None:
        """The answer to a message; None for what deserves none."""
        try:
            query = decode(raw)
        except MalformedError:
            return _format_error(raw)
        if query.response:
            return None
        reply = self._reply(query)
        return encode(reply, 0xFFFF if tcp else _udp_size(query))

    def _reply(self, query: Message) -> Message:
        reply = Message(
            query.id,
            query.question,
            response=True,
            opcode=query.opcode,
            recursion_desired=query.recursion_desired,
            edns=_edns_of(query),
        )
        if query.opcode != 0 or query.question is None:
            reply.rcode = Rcode.NOTIMP if query.opcode else Rcode.FORMERR
            return reply
        answer = self.zone.answer(query.question)
        reply.rcode = answer.rcode
        reply.authoritative = answer.authoritative
        reply.answer = shuffled(answer.answer)
        reply.authority = list(answer.authority)
        reply.additional = list(answer.additional)
        return reply

    def _receive(self) -> None:
        for _ in range(_UDP_BATCH):
            if self._udp is None:
                return
            try:
                raw, peer = self._udp.recvfrom(0xFFFF)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # an ICMP error for an earlier answer
                continue
            self._send(self.respond(raw, tcp=False), peer)

    def _send(self, reply: bytes | None, peer: tuple[str, int]) -> None:
        if reply is None or self._udp is None:
            return
        try:
            self._udp.sendto(reply, peer)
        except OSError:
            return  # as with any datagram: the client asks again

    def connected(self, connection: "_TcpConnection") -> None:
        """Remember a connection."""
        self._connections.add(connection)

    def disconnected(self, connection: "_TcpConnection") -> None:
        """Forget a connection."""
        self._connections.discard(connection)


class _TcpConnection(asyncio.Protocol):
    """Messages over TCP, each after its length (RFC 1035 section 4.2.2)."""

    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connected(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.disconnected(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 2:
            end = 2 + struct.unpack_from(">H", self._buffer)[0]
            if len(self._buffer) < end:
                return
            reply = self._server.respond(bytes(self._buffer[2:end]), tcp=True)
            del self._buffer[:end]
            if reply is not None:
                self._transport.write(struct.pack(">H", len(reply)) + reply)

    def abort(self) -> None:
        self._transport.abort()


def shuffled(records: tuple[Record, ...]) -> list[Record]:
    """The records with their addresses in random order, behind the others."""
    addresses = [record for record in records if record.type in (Type.A, Type.AAAA)]
    others = [record for record in records if record.type not in (Type.A, Type.AAAA)]
    random.shuffle(addresses)
    return others + addresses


def _udp_size(query: Message) -> int:
    return max(query.edns.size, _SMALLEST) if query.edns else _SMALLEST


def _edns_of(query: Message) -> Edns | None:
    if query.edns is None:
        return None
    options = tuple(item for item in query.edns.options if item[0] in _KEPT_OPTIONS)
    return Edns(_udp_size(query), query.edns.do, options)


def _format_error(raw: bytes) -> bytes | None:
    if len(raw) < 12 or raw[2] & 0x80:
        return None
    (ident,) = struct.unpack_from(">H", raw)
    return encode(Message(ident, response=True, rcode=Rcode.FORMERR))
