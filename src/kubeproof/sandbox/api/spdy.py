"""SPDY/3.1 frames: what ``kubectl port-forward`` speaks, whatever carries it.

Source: SPDY protocol draft 3.1. Flow control (WINDOW_UPDATE) is not taken part in: neither does
any client of Kubernetes.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from kubeproof.sandbox.api.spdy_dictionary import DICTIONARY

_VERSION = 3
_HEADER = struct.Struct(">II")
_FIN = 0x01
_CONTROL = 0x80000000
_ID = 0x7FFFFFFF
MOST_DATA = 1 << 15
"""Bytes of data put into one frame."""


class FrameType(IntEnum):
    """Types of control frames; data frames have none and are ``DATA`` here."""

    DATA = 0
    SYN_STREAM = 1
    SYN_REPLY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    HEADERS = 8
    WINDOW_UPDATE = 9


_READ = frozenset(FrameType) - {FrameType.DATA, FrameType.SETTINGS, FrameType.WINDOW_UPDATE}
"""Control frames that mean something here; each begins with the number of a stream or a ping."""


class ResetStatus(IntEnum):
    """Why a stream is reset."""

    PROTOCOL_ERROR = 1
    INVALID_STREAM = 2
    REFUSED_STREAM = 3
    CANCEL = 5


class ProtocolError(Exception):
    """What came is not SPDY/3."""


class Frame(NamedTuple):
    """One frame. ``headers`` with names in lower case; ``stream`` is a ping's number for PING."""

    type: FrameType
    stream: int = 0
    fin: bool = False
    data: bytes = b""
    headers: Mapping[str, str] = MappingProxyType({})


class Framer:
    """Reads and writes the frames of one connection: header compression runs through it."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now; unknown ones are skipped. Raises ProtocolError."""
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            first, second = _HEADER.unpack_from(self._buffer)
            end = _HEADER.size + (second & 0xFFFFFF)
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            frame = self._frame(first, bool(second >> 24 & _FIN), payload)
            if frame is not None:
                yield frame

    def _frame(self, first: int, fin: bool, payload: bytes) -> Frame | None:
        if not first & _CONTROL:
            return Frame(FrameType.DATA, first & _ID, fin, payload)
        version, number = first >> 16 & 0x7FFF, first & 0xFFFF
        if version != _VERSION:
            raise ProtocolError(f"SPDY version {version}")
        if number not in _READ:
            return None
        kind = FrameType(number)
        (stream,) = _unpack(">I", payload)
        headers: Mapping[str, str] = {}
        if kind == FrameType.SYN_STREAM:
            headers = self._headers(payload[10:])
        elif kind in (FrameType.SYN_REPLY, FrameType.HEADERS):
            headers = self._headers(payload[4:])
        return Frame(kind, stream if kind == FrameType.PING else stream & _ID, fin, b"", headers)

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            raw = self._inflate.decompress(block)
        except zlib.error as error:
            raise ProtocolError(f"headers: {error}") from error
        (count,) = _unpack(">I", raw)
        words: list[str] = []
        offset = 4
        for _ in range(2 * count):
            (length,) = _unpack(">I", raw, offset)
            words.append(raw[offset + 4 : offset + 4 + length].decode("latin-1"))
            offset += 4 + length
        return {name.lower(): value for name, value in zip(words[::2], words[1::2], strict=True)}

    def data(self, stream: int, data: bytes, fin: bool = False) -> bytes:
        """A data frame of at most ``MOST_DATA`` bytes."""
        return _HEADER.pack(stream, (_FIN if fin else 0) << 24 | len(data)) + data

    def syn_stream(self, stream: int, headers: Mapping[str, str], fin: bool = False) -> bytes:
        """Open a stream."""
        payload = struct.pack(">IIBB", stream, 0, 0, 0) + self._block(headers)
        return _control(FrameType.SYN_STREAM, payload, fin)

    def syn_reply(self, stream: int, headers: Mapping[str, str]) -> bytes:
        """Accept a stream."""
        return _control(FrameType.SYN_REPLY, struct.pack(">I", stream) + self._block(headers))

    def reset(self, stream: int, status: ResetStatus) -> bytes:
        """End a stream in both directions."""
        return _control(FrameType.RST_STREAM, struct.pack(">II", stream, status))

    def ping(self, number: int) -> bytes:
        """A ping, or the answer to one."""
        return _control(FrameType.PING, struct.pack(">I", number))

    def go_away(self, last: int) -> bytes:
        """Announce the end of the connection."""
        return _control(FrameType.GOAWAY, struct.pack(">II", last, 0))

    def _block(self, headers: Mapping[str, str]) -> bytes:
        words = [word for name, value in headers.items() for word in (name.lower(), value)]
        raw = struct.pack(">I", len(headers)) + b"".join(
            struct.pack(">I", len(word)) + word.encode("latin-1") for word in words
        )
        return self._deflate.compress(raw) + self._deflate.flush(zlib.Z_SYNC_FLUSH)


def _control(kind: FrameType, payload: bytes, fin: bool = False) -> bytes:
    first = _CONTROL | _VERSION << 16 | kind
    return _HEADER.pack(first, (_FIN if fin else 0) << 24 | len(payload)) + payload


def _unpack(layout: str, raw: bytes, offset: int = 0) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, raw, offset)
    except struct.error as error:
        raise ProtocolError("frame too short") from error
