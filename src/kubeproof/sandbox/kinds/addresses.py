"""IP addresses and CIDR blocks in the fields of Kubernetes objects.

Fields that are older than strict parsing accept an address which has been stored before, whatever
it looks like; a new value must be unambiguous (KEP-4858, on since 1.36).
"""

import ipaddress
from collections.abc import Callable, Collection

from kubeproof.sandbox.api.field import FieldError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse(value: str) -> Address | None:
    """The address, leading zeros of IPv4 octets ignored (as ``netutils.ParseIPSloppy`` does)."""
    if "%" in value or "/" in value:
        return None
    try:
        return ipaddress.ip_address(_without_zeros(value))
    except ValueError:
        return None


def _without_zeros(value: str) -> str:
    head, colon, octets = value.rpartition(":")
    if "." not in octets:
        return value
    plain = ".".join(octet.lstrip("0") or octet[-1:] for octet in octets.split("."))
    return f"{head}{colon}{plain}"


def is_ipv6(value: str) -> bool:
    """Whether the text is an IPv6 address; an IPv4-mapped one counts as IPv4, as in Go."""
    address = parse(value)
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None


def family_of(value: str) -> str:
    """The IP family of an address as the API spells it, ``unknown`` if it is none."""
    if parse(value) is None:
        return "unknown"
    return "IPv6" if is_ipv6(value) else "IPv4"


def canonical(address: Address) -> str:
    """The text Go prints: an IPv4-mapped IPv6 address is shown as the IPv4 address."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _is_mapped(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


def _has_leading_zeros(value: str) -> bool:
    return _without_zeros(value) != value


def validate(field: str, value: str, stored: Collection[str] = ()) -> list[FieldError]:
    """Whether a field of the older kind may hold this address; stored ones stay acceptable."""
    if value in stored:
        return []
    address = parse(value)
    if address is None:
        detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        return [FieldError.invalid(field, value, detail)]
    if _has_leading_zeros(value):
        return [FieldError.invalid(field, value, "must not have leading 0s")]
    if _is_mapped(address):
        return [FieldError.invalid(field, value, "must not be an IPv4-mapped IPv6 address")]
    return []


def validate_strictly(field: str, value: str) -> list[FieldError]:
    """Whether a field of the newer kind may hold this address: canonical form only."""
    errors = validate(field, value)
    address = parse(value)
    if errors or address is None or canonical(address) == value:
        return errors
    detail = f'must be in canonical form ("{canonical(address)}")'
    return [FieldError.invalid(field, value, detail)]


def validate_endpoint(field: str, value: str) -> list[FieldError]:
    """Whether traffic may be sent to this address: not loopback, link-local or unspecified."""
    address = parse(value)
    if address is None:
        return [FieldError.invalid(field, value, "must be a valid IP address")]
    complaints = [text.format(value) for holds, text in _SPECIAL if holds(_plain(address))]
    return [FieldError.invalid(field, value, complaint) for complaint in complaints]


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_link_local_multicast(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address in ipaddress.IPv4Network("224.0.0.0/24")
    return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02


_SPECIAL: tuple[tuple[Callable[[Address], bool], str], ...] = (
    (lambda ip: ip.is_unspecified, "may not be unspecified ({})"),
    (lambda ip: ip.is_loopback, "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    (
        lambda ip: ip.is_link_local,
        "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
    ),
    (
        _is_link_local_multicast,
        "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
    ),
)


def warn(field: str, value: str) -> list[str]:
    """What the API says about an address that is valid but not written in the usual form."""
    address = parse(value)
    if address is None:
        return []
    if _has_leading_zeros(value) or _is_mapped(address):
        usual = canonical(address)
        return [f'{field}: non-standard IP address "{value}" is invalid: use "{usual}"']
    if str(address) != value:
        return [
            f'{field}: IPv6 address "{value}" should be in RFC 5952 canonical format ("{address}")'
        ]
    return []
