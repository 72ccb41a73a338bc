"""Docker's way to send two streams over one connection."""

import struct

_HEADER = struct.Struct(">B3xI")  # which stream, and how many bytes follow


def plain(content: bytes) -> str:
    """Both streams as one text, as they were written (Engine API, ContainerAttach)."""
    parts: list[bytes] = []
    at = 0
    while at + _HEADER.size <= len(content):
        stream, length = _HEADER.unpack_from(content, at)
        if stream > 2:  # a terminal's output comes without headers
            return content.decode("utf-8", "replace")
        at += _HEADER.size
        parts.append(content[at : at + length])
        at += length
    return b"".join(parts).decode("utf-8", "replace")
