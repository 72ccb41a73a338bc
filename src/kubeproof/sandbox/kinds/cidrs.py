"""CIDR blocks in the fields of Kubernetes objects: loadBalancerSourceRanges and its annotation.

As with addresses, a block that is stored already stays acceptable; a new one must be unambiguous.
"""

import ipaddress
from collections.abc import Collection

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import addresses

Block = tuple[addresses.Address, int]


def parse(value: str) -> Block | None:
    """Address and prefix length, leading zeros ignored (as ``netutils.ParseCIDRSloppy`` does)."""
    text, slash, length = value.partition("/")
    address = addresses.parse(text)
    if address is None or not slash or not (length.isascii() and length.isdigit()):
        return None
    return (address, int(length)) if int(length) <= address.max_prefixlen else None


def network_of(block: Block) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The block without the bits beyond its prefix."""
    address, length = block
    return ipaddress.ip_network((address, length), strict=False)


def _has_leading_zeros(value: str, block: Block) -> bool:
    text, _, length = value.partition("/")
    return bool(addresses.validate("", text)) or length != str(block[1])


def _is_mapped(block: Block) -> bool:
    address = block[0]
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


def validate(field: str, value: str, stored: Collection[str] = ()) -> list[FieldError]:
    """Whether the field may hold this block; stored ones stay acceptable."""
    if value in stored:
        return []
    block = parse(value)
    complaint = _complaint(value, block) if block else _NO_BLOCK
    return [FieldError.invalid(field, value, complaint)] if complaint else []


_NO_BLOCK = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def _complaint(value: str, block: Block) -> str:
    if _is_mapped(block):
        return "must not have an IPv4-mapped IPv6 address"
    if _has_leading_zeros(value, block):
        return "must not have leading 0s in IP or prefix length"
    if network_of(block).network_address != block[0]:
        return "must not have bits set beyond the prefix length"
    return ""


def warn(field: str, value: str) -> list[str]:
    """What the API says about a stored block that would not be accepted any more."""
    block = parse(value)
    if block is None:
        return []
    warnings = [*_ambiguous(field, value, block), *_unusual(field, value, block)]
    network = network_of(block)
    if not warnings and network.version == 6 and str(network) != value:
        warnings.append(
            f'{field}: IPv6 CIDR value "{value}" should be in RFC 5952 canonical format '
            f'("{network}")'
        )
    return warnings


def _ambiguous(field: str, value: str, block: Block) -> list[str]:
    network, single = network_of(block), f"{block[0]}/{block[0].max_prefixlen}"
    if network.network_address == block[0]:
        return []
    return [
        f'{field}: CIDR value "{value}" is ambiguous in this context '
        f'(should be "{network}" or "{single}"?)'
    ]


def _unusual(field: str, value: str, block: Block) -> list[str]:
    if not (_is_mapped(block) or _has_leading_zeros(value, block)):
        return []
    return [f'{field}: non-standard CIDR value "{value}" is invalid: use "{network_of(block)}"']
