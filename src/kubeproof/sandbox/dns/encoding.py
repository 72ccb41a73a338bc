"""Messages put on the wire. Sources: RFC 1035 section 4, RFC 2782, RFC 6891."""

import ipaddress
import struct

from kubeproof.sandbox.dns.message import IN, Edns, Message, Record, Soa, Srv, Type
from kubeproof.sandbox.dns.names import Names

_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")


def encode(message: Message, limit: int = 0xFFFF) -> bytes:
    """The message in at most ``limit`` bytes: what does not fit is left out and TC is set."""
    out = _Writer(message, limit)
    complete = all(
        out.add(records) for records in (message.answer, message.authority, message.additional)
    )
    return out.finish(truncated=message.truncated or not complete)


class _Writer:
    """Puts records into a message as long as there is room."""

    def __init__(self, message: Message, limit: int) -> None:
        self._message = message
        self._names = Names()
        self._out = bytearray(_HEADER.size)
        if message.question:
            self._out += self._names.encode(message.question.name, len(self._out))
            self._out += struct.pack(">HH", message.question.type, message.question.klass)
        self._tail = _encode_edns(message.edns) if message.edns else b""
        self._room = limit - len(self._tail)
        self._counts: list[int] = []

    def add(self, records: list[Record]) -> bool:
        """Add one section; False when it did not fit as a whole."""
        self._counts.append(0)
        for record in records:
            encoded = self._record(record)
            if len(self._out) + len(encoded) > self._room:
                return False
            self._out += encoded
            self._counts[-1] += 1
        return True

    def finish(self, truncated: bool) -> bytes:
        counts = self._counts + [0] * (3 - len(self._counts))
        counts[2] += 1 if self._tail else 0
        flags = _flags(self._message, truncated)
        asked = 1 if self._message.question else 0
        _HEADER.pack_into(self._out, 0, self._message.id, flags, asked, *counts)
        return bytes(self._out) + self._tail

    def _record(self, record: Record) -> bytes:
        start = len(self._out)
        name = self._names.encode(record.name, start)
        data = self._rdata(record, start + len(name) + _RECORD.size)
        return name + _RECORD.pack(record.type, IN, record.ttl, len(data)) + data

    def _rdata(self, record: Record, offset: int) -> bytes:
        data = record.data
        if isinstance(data, bytes):
            return data
        if isinstance(data, Soa):
            mname = self._names.encode(data.mname, offset)
            rname = self._names.encode(data.rname, offset + len(mname))
            numbers = (data.serial, data.refresh, data.retry, data.expire, data.minimum)
            return mname + rname + struct.pack(">IIIII", *numbers)
        if isinstance(data, Srv):  # RFC 2782: the target is not compressed
            head = struct.pack(">HHH", data.priority, data.weight, data.port)
            return head + self._names.encode(data.target, offset + 6, compress=False)
        return self._text(record.type, data, offset)

    def _text(self, kind: int, data: str, offset: int) -> bytes:
        if kind in (Type.A, Type.AAAA):
            return ipaddress.ip_address(data).packed
        if kind == Type.TXT:
            return bytes([len(data)]) + data.encode("latin-1")
        return self._names.encode(data, offset)


def _flags(message: Message, truncated: bool) -> int:
    return (
        message.response << 15
        | (message.opcode & 0xF) << 11
        | message.authoritative << 10
        | truncated << 9
        | message.recursion_desired << 8
        | (message.rcode & 0xF)
    )


def _encode_edns(edns: Edns) -> bytes:
    options = b"".join(struct.pack(">HH", code, len(raw)) + raw for code, raw in edns.options)
    flags = 0x8000 if edns.do else 0
    return b"\0" + _RECORD.pack(Type.OPT, edns.size, flags, len(options)) + options
