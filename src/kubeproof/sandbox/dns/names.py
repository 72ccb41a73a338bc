"""Domain names on the wire, with the compression that lets answers stay small.

A name is a string that ends in a dot; labels are taken as Latin-1. Source: RFC 1035.
"""

import struct

_MOST_LABEL = 63
_MOST_NAME = 255
_POINTER = 0xC0


class MalformedError(ValueError):
    """What came is not a DNS message."""


class Names:
    """Writes names into one message and points back to what was written before."""

    def __init__(self) -> None:
        self._offsets: dict[str, int] = {}

    def encode(self, name: str, offset: int, compress: bool = True) -> bytes:
        """A name that will stand at ``offset`` of the message. Raises MalformedError."""
        out = bytearray()
        rest = name.rstrip(".")
        while rest:
            known = self._offsets.get(rest)
            if known is not None and compress:
                return bytes(out) + struct.pack(">H", _POINTER << 8 | known)
            if offset + len(out) < 0x4000:
                self._offsets.setdefault(rest, offset + len(out))
            label, _, rest = rest.partition(".")
            out += _encode_label(label)
        out.append(0)
        return bytes(out)


def _encode_label(label: str) -> bytes:
    raw = label.encode("latin-1")
    if not 0 < len(raw) <= _MOST_LABEL:
        raise MalformedError(f"bad label {label!r}")
    return bytes([len(raw)]) + raw


def decode_name(message: bytes, offset: int) -> tuple[str, int]:
    """A name and the offset behind it. Raises MalformedError."""
    labels: list[str] = []
    end = -1
    while True:
        length = _byte(message, offset)
        if length & _POINTER == _POINTER:
            if end < 0:
                end = offset + 2
            target = (length & 0x3F) << 8 | _byte(message, offset + 1)
            if target >= offset:  # so that a message cannot lead in circles
                raise MalformedError("bad compression pointer")
            offset = target
            continue
        offset += 1
        if length == 0:
            break
        labels.append(_decode_label(message, offset, length))
        offset += length
    name = ".".join(labels) + "."
    if len(name) > _MOST_NAME:
        raise MalformedError("name too long")
    return name, offset if end < 0 else end


def _decode_label(message: bytes, offset: int, length: int) -> str:
    if length > _MOST_LABEL or offset + length > len(message):
        raise MalformedError("bad label")
    return message[offset : offset + length].decode("latin-1")


def _byte(message: bytes, offset: int) -> int:
    if offset >= len(message):
        raise MalformedError("message too short")
    return message[offset]
