"""Messages read from the wire. Sources: RFC 1035 section 4, RFC 2782, RFC 6891."""

import ipaddress
import struct
from collections.abc import Callable

from kubeproof.sandbox.dns.message import (
    Edns,
    Message,
    Question,
    Rdata,
    Record,
    Soa,
    Srv,
    Type,
)
from kubeproof.sandbox.dns.names import MalformedError, decode_name

_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")


def decode(raw: bytes) -> Message:
    """The message in ``raw``. Raises MalformedError."""
    if len(raw) < _HEADER.size:
        raise MalformedError("message too short")
    ident, flags, questions, *counts = _HEADER.unpack_from(raw)
    message = Message(
        ident,
        response=bool(flags >> 15),
        opcode=flags >> 11 & 0xF,
        authoritative=bool(flags >> 10 & 1),
        truncated=bool(flags >> 9 & 1),
        recursion_desired=bool(flags >> 8 & 1),
        rcode=flags & 0xF,
    )
    offset = _HEADER.size
    for _ in range(questions):
        message.question, offset = _decode_question(raw, offset)
    sections = (message.answer, message.authority, message.additional)
    for section, count in zip(sections, counts, strict=True):
        for _ in range(count):
            offset = _decode_record(raw, offset, section, message)
    return message


def _decode_question(raw: bytes, offset: int) -> tuple[Question, int]:
    name, offset = decode_name(raw, offset)
    kind, klass = _unpack(">HH", raw, offset)
    return Question(name, kind, klass), offset + 4


def _decode_record(raw: bytes, offset: int, section: list[Record], message: Message) -> int:
    name, offset = decode_name(raw, offset)
    kind, klass, ttl, length = _unpack(">HHIH", raw, offset)
    offset += _RECORD.size
    end = offset + length
    if end > len(raw):
        raise MalformedError("record too long")
    if kind == Type.OPT:
        message.edns = Edns(klass, bool(ttl & 0x8000), _decode_options(raw[offset:end]))
    else:
        section.append(Record(name, kind, ttl, _decode_rdata(kind, raw, offset, end)))
    return end


def _decode_options(raw: bytes) -> tuple[tuple[int, bytes], ...]:
    options: list[tuple[int, bytes]] = []
    offset = 0
    while offset < len(raw):
        code, length = _unpack(">HH", raw, offset)
        options.append((code, raw[offset + 4 : offset + 4 + length]))
        offset += 4 + length
    return tuple(options)


def _decode_rdata(kind: int, raw: bytes, offset: int, end: int) -> Rdata:
    decoder = _DECODERS.get(kind)
    return decoder(raw, offset, end) if decoder else raw[offset:end]


def _decode_address(raw: bytes, offset: int, end: int) -> Rdata:
    try:
        return str(ipaddress.ip_address(raw[offset:end]))
    except ValueError as error:
        raise MalformedError("bad address") from error


def _decode_target(raw: bytes, offset: int, end: int) -> Rdata:
    return decode_name(raw, offset)[0]


def _decode_srv(raw: bytes, offset: int, end: int) -> Rdata:
    priority, weight, port = _unpack(">HHH", raw, offset)
    return Srv(priority, weight, port, decode_name(raw, offset + 6)[0])


def _decode_soa(raw: bytes, offset: int, end: int) -> Rdata:
    mname, offset = decode_name(raw, offset)
    rname, offset = decode_name(raw, offset)
    return Soa(mname, rname, *_unpack(">IIIII", raw, offset))


def _decode_text(raw: bytes, offset: int, end: int) -> Rdata:
    (length,) = _unpack(">B", raw, offset)
    return raw[offset + 1 : offset + 1 + length].decode("latin-1")


_DECODERS: dict[int, Callable[[bytes, int, int], Rdata]] = {
    Type.A: _decode_address,
    Type.AAAA: _decode_address,
    Type.NS: _decode_target,
    Type.CNAME: _decode_target,
    Type.PTR: _decode_target,
    Type.TXT: _decode_text,
    Type.SRV: _decode_srv,
    Type.SOA: _decode_soa,
}


def _unpack(layout: str, raw: bytes, offset: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, raw, offset)
    except struct.error as error:
        raise MalformedError("message too short") from error
