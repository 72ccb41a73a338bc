"""Keys on the curve P-256 and their signatures (FIPS 186-5; SEC 1, sections 2 to 4).

Nothing is hidden from whoever measures time: these keys guard a cluster that nobody but its own
user reaches, and end with it. It is here so that no compiled library is needed for one signature.
"""

import secrets
from hashlib import sha256
from typing import NamedTuple

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SIZE = 32


class _Point(NamedTuple):
    """A point as x/z², y/z³ (Jacobian coordinates); z is 0 at infinity."""

    x: int
    y: int
    z: int = 1


_NOWHERE = _Point(1, 1, 0)
_BASE = _Point(
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


class PrivateKey:
    """A key that signs."""

    def __init__(self, secret: int) -> None:
        self._secret = secret
        x, y = _affine(_times(secret, _BASE))
        self.secret_bytes = secret.to_bytes(_SIZE, "big")
        self.public = b"\x04" + x.to_bytes(_SIZE, "big") + y.to_bytes(_SIZE, "big")

    @classmethod
    def generate(cls) -> "PrivateKey":
        """A new key that nobody can guess."""
        return cls(_any_number())

    def sign(self, message: bytes) -> tuple[int, int]:
        """The two numbers of an ECDSA signature over the message's SHA-256."""
        digest = int.from_bytes(sha256(message).digest(), "big")
        once = _any_number()
        r = _affine(_times(once, _BASE))[0] % _ORDER
        return r, pow(once, -1, _ORDER) * (digest + r * self._secret) % _ORDER


def _any_number() -> int:
    return 1 + secrets.randbelow(_ORDER - 1)


def _times(factor: int, point: _Point) -> _Point:
    found = _NOWHERE
    for bit in bin(factor)[2:]:
        found = _doubled(found)
        if bit == "1":
            found = _sum(found, point)
    return found


def _doubled(point: _Point) -> _Point:
    x, y, z = point
    if not z:
        return point
    yy = y * y % _P
    s = 4 * x * yy % _P
    m = 3 * (x - z * z) * (x + z * z) % _P
    doubled = (m * m - 2 * s) % _P
    return _Point(doubled, (m * (s - doubled) - 8 * yy * yy) % _P, 2 * y * z % _P)


def _sum(one: _Point, other: _Point) -> _Point:
    """The sum of two points which are not the same, the second of which has z = 1."""
    if not one.z:
        return other
    zz = one.z * one.z % _P
    h = (other.x * zz - one.x) % _P
    r = (other.y * zz * one.z - one.y) % _P
    hh = h * h % _P
    hhh = h * hh % _P
    v = one.x * hh % _P
    x = (r * r - hhh - 2 * v) % _P
    return _Point(x, (r * (v - x) - one.y * hhh) % _P, h * one.z % _P)


def _affine(point: _Point) -> tuple[int, int]:
    inverse = pow(point.z, -1, _P)
    square = inverse * inverse % _P
    return point.x * square % _P, point.y * square * inverse % _P
