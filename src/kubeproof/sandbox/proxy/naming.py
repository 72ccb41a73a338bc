"""The names of a Service's chains and sets, as kube-proxy's nftables mode makes them."""

import base64
import hashlib

_HASH_LENGTH = 8
_MAX_LENGTH = 256 - 16


def service_base(namespace: str, service: str, protocol: str, port: str) -> str:
    """What the chains of one Service port have in common behind their prefix."""
    return _hashed(f"{namespace}/{service}/{protocol}/{port}")


def endpoint_base(
    namespace: str, service: str, protocol: str, port: str, address: str, number: int
) -> str:
    """What the chain and the affinity set of one endpoint have in common behind their prefix.

    ``port`` is the Service port's name, ``number`` the endpoint's port.
    """
    host = address.replace(":", ".")
    return _hashed(f"{namespace}/{service}/{protocol}/{port}__{host}/{number}")


def _hashed(name: str) -> str:
    """The name behind a hash of itself, so that cutting a long one cannot make two alike."""
    digest = base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()
    whole = f"{digest[:_HASH_LENGTH]}-{name}"
    return whole if len(whole) <= _MAX_LENGTH else whole[: _MAX_LENGTH - 3] + "..."
