"""DER, as far as a certificate needs it (ITU-T X.690)."""

from collections.abc import Iterable
from datetime import datetime

INTEGER, BIT_STRING, OCTET_STRING, OBJECT_ID, UTF8, UTC_TIME = 0x02, 0x03, 0x04, 0x06, 0x0C, 0x17
BOOLEAN, SEQUENCE, SET = 0x01, 0x30, 0x31
_SHORT = 0x80


def tagged(tag: int, content: bytes) -> bytes:
    """A value: its tag, its length, its content."""
    size = len(content)
    if size < _SHORT:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _SHORT | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """Several values in their order."""
    return tagged(SEQUENCE, b"".join(parts))


def set_of(part: bytes) -> bytes:
    """A set of one value."""
    return tagged(SET, part)


def integer(number: int) -> bytes:
    """A whole number that is not negative; one more bit than it has keeps it so."""
    return tagged(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def true() -> bytes:
    """The boolean."""
    return tagged(BOOLEAN, b"\xff")


def bits(content: bytes, unused: int = 0) -> bytes:
    """A string of bits; so many at its end do not count."""
    return tagged(BIT_STRING, bytes((unused,)) + content)


def octets(content: bytes) -> bytes:
    """A string of bytes."""
    return tagged(OCTET_STRING, content)


def text(words: str) -> bytes:
    """A string of characters."""
    return tagged(UTF8, words.encode())


def moment(when: datetime) -> bytes:
    """A time of UTC in whole seconds, between 1950 and 2049."""
    return tagged(UTC_TIME, when.strftime("%y%m%d%H%M%SZ").encode())


def object_id(dotted: str) -> bytes:
    """The identifier that is written ``1.2.840.10045.2.1``."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return tagged(OBJECT_ID, b"".join(_base128((40 * first + second, *rest))))


def context(number: int, content: bytes, *, holds_values: bool = False) -> bytes:
    """A value whose meaning follows from where it stands; it may hold others."""
    return tagged((0xA0 if holds_values else 0x80) | number, content)


def _base128(numbers: Iterable[int]) -> Iterable[bytes]:
    for number in numbers:
        sevens = [number & 0x7F]
        while number := number >> 7:
            sevens.append(0x80 | (number & 0x7F))
        yield bytes(reversed(sevens))
