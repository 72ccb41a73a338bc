"""The nftables data types that Service rules use: their names, their numbers, their bytes.

Numbers and sizes are nft's (libnftables' ``enum datatypes``); the kernel only stores them, so
that ``nft list`` can show what a set holds.
"""

import functools
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = str | int
Key: TypeAlias = tuple[Value, ...]

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
_BITS_PER_TYPE = 6


@dataclass(frozen=True, slots=True)
class DataType:
    """A type of value, as a set's key or as a part of it."""

    name: str
    number: int
    encode: Callable[[Value], bytes]


@functools.lru_cache(maxsize=65536)
def _address(value: Value) -> bytes:
    return socket.inet_aton(str(value))


def _protocol(value: Value) -> bytes:
    return bytes((PROTOCOLS[str(value)],))


def _port(value: Value) -> bytes:
    return struct.pack(">H", int(value))


IPV4_ADDR = DataType("ipv4_addr", 7, _address)
INET_PROTO = DataType("inet_proto", 12, _protocol)
INET_SERVICE = DataType("inet_service", 13, _port)

_WORD_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")


def type_number(types: Sequence[DataType]) -> int:
    """The number of a concatenation of types."""
    number = 0
    for part in types:
        number = number << _BITS_PER_TYPE | part.number
    return number


def encoded(types: Sequence[DataType], key: Key) -> bytes:
    """The bytes of a key; in a concatenation every part fills whole words of four bytes."""
    parts = [part.encode(value) for part, value in zip(types, key, strict=True)]
    if len(parts) == 1:
        return parts[0]
    return b"".join([part + _WORD_PADDING[len(part) & 3] for part in parts])


def encoded_size(types: Sequence[DataType]) -> int:
    """How many bytes a key has."""
    sizes = {IPV4_ADDR.number: 4, INET_PROTO.number: 1, INET_SERVICE.number: 2}
    if len(types) == 1:
        return sizes[types[0].number]
    return 4 * len(types)
