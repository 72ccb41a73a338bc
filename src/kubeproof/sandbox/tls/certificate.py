"""The certificate of the sandbox's API server, which vouches for itself (RFC 5280).

A cluster has an authority that vouches for its API server, and Pods are given the authority's
certificate. Here both are one: whoever trusts it trusts this server and no other.
"""

import base64
import os
import secrets
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from ipaddress import ip_address

from kubeproof.sandbox.tls import der
from kubeproof.sandbox.tls.p256 import PrivateKey

_ECDSA_WITH_SHA256 = der.sequence(der.object_id("1.2.840.10045.4.3.2"))
_CURVE = der.object_id("1.2.840.10045.3.1.7")
_EC_KEY = der.sequence(der.object_id("1.2.840.10045.2.1"), _CURVE)
_COMMON_NAME = der.object_id("2.5.4.3")
_SUBJECT_KEY, _KEY_USAGE, _ALTERNATIVE_NAMES, _BASIC, _EXTENDED = (
    f"2.5.29.{number}" for number in (14, 15, 17, 19, 37)
)
_SERVER_AUTHENTICATION = der.object_id("1.3.6.1.5.5.7.3.1")
_SIGNS_AND_CERTIFIES = der.bits(b"\x84", unused=2)  # digitalSignature, keyCertSign
_V3 = der.context(0, der.integer(2), holds_values=True)
_DNS_NAME, _IP_ADDRESS = 2, 7
_LINE = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, both as PEM."""

    certificate: str
    key: str

    def context(self) -> ssl.SSLContext:
        """What a server needs to prove that it is the one of the certificate."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        file = os.memfd_create("kubeproof-identity", os.MFD_CLOEXEC)
        try:
            os.write(file, f"{self.certificate}{self.key}".encode())
            made.load_cert_chain(f"/proc/self/fd/{file}")
        finally:
            os.close(file)
        return made


def identity(name: str, names: Iterable[str], now: datetime, valid: timedelta) -> Identity:
    """A new identity of that common name, for these host names and addresses.

    It is valid from an hour before ``now`` on, because clocks differ.
    """
    key = PrivateKey.generate()
    subject = der.sequence(der.set_of(der.sequence(_COMMON_NAME, der.text(name))))
    since = now.astimezone(UTC) - timedelta(hours=1)
    told = der.sequence(
        _V3,
        der.integer(secrets.randbits(63)),
        _ECDSA_WITH_SHA256,
        subject,
        der.sequence(der.moment(since), der.moment(since + valid)),
        subject,
        der.sequence(_EC_KEY, der.bits(key.public)),
        der.context(3, der.sequence(*_extensions(key, names)), holds_values=True),
    )
    signature = der.sequence(*(der.integer(number) for number in key.sign(told)))
    signed = der.sequence(told, _ECDSA_WITH_SHA256, der.bits(signature))
    return Identity(_pem("CERTIFICATE", signed), _pem("EC PRIVATE KEY", _private(key)))


def _extensions(key: PrivateKey, names: Iterable[str]) -> Iterable[bytes]:
    yield _extension(_BASIC, der.sequence(der.true()), critical=True)
    yield _extension(_KEY_USAGE, _SIGNS_AND_CERTIFIES, critical=True)
    yield _extension(_EXTENDED, der.sequence(_SERVER_AUTHENTICATION))
    yield _extension(_SUBJECT_KEY, der.octets(sha1(key.public, usedforsecurity=False).digest()))
    yield _extension(_ALTERNATIVE_NAMES, der.sequence(*map(_alternative, names)))


def _extension(number: str, content: bytes, *, critical: bool = False) -> bytes:
    marked = (der.true(),) if critical else ()
    return der.sequence(der.object_id(number), *marked, der.octets(content))


def _alternative(name: str) -> bytes:
    try:
        return der.context(_IP_ADDRESS, ip_address(name).packed)
    except ValueError:
        return der.context(_DNS_NAME, name.encode())


def _private(key: PrivateKey) -> bytes:
    """The key as SEC 1 has it, section C.4."""
    curve = der.context(0, _CURVE, holds_values=True)
    public = der.context(1, der.bits(key.public), holds_values=True)
    return der.sequence(der.integer(1), der.octets(key.secret_bytes), curve, public)


def _pem(what: str, content: bytes) -> str:
    written = base64.b64encode(content).decode()
    lines = [written[at : at + _LINE] for at in range(0, len(written), _LINE)]
    return "\n".join((f"-----BEGIN {what}-----", *lines, f"-----END {what}-----", ""))
