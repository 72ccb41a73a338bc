"""The kernel's nftables expressions, as bytes for a rule: one small function each.

Numbers are those of linux/netfilter/nf_tables.h. A rule loads fields into registers, compares
them or looks them up, and acts. Register 1 has 16 bytes; registers 8 and up are its words of
four bytes and go on from there.
"""

import struct

from kubeproof.sandbox.network.netlink import attribute, big32, nested, text

VERDICT = 0
FIRST = 1
WORD_0 = 8

_LIST_ELEM = 1
_EXPR_NAME, _EXPR_DATA = 1, 2
_DATA_VALUE, _DATA_VERDICT = 1, 2
_VERDICT_CODE, _VERDICT_CHAIN = 1, 2
_NF_DROP = 0
_VERDICTS = {"drop": _NF_DROP, "jump": -3, "goto": -4, "return": -5}

NETWORK_HEADER = 1
TRANSPORT_HEADER = 2
EQUAL, NOT_EQUAL, GREATER = 0, 1, 4

_IPV4 = 2
_NAT_DNAT = 1
_RANDOM_FULLY = 0x10
_ICMP_UNREACHABLE, _PORT_UNREACHABLE = 0, 3
_NUMGEN_RANDOM = 1
_DYNSET_UPDATE = 1
_FIB_ADDRESS_TYPE = 3
_FIB_SOURCE = 1
_MARK = 3
_L4PROTO = 16
_LOOKUP_INVERT = 1


def expression(name: str, *attributes: bytes) -> bytes:
    """One expression as an element of a rule's list."""
    return nested(_LIST_ELEM, text(_EXPR_NAME, name), nested(_EXPR_DATA, *attributes))


def value(kind: int, data: bytes) -> bytes:
    """Plain data, nested as the kernel wants it."""
    return nested(kind, attribute(_DATA_VALUE, data))


def verdict_value(kind: int, name: str, chain: str = "") -> bytes:
    """A verdict as data: in an immediate expression or in a map's element."""
    parts = [attribute(_VERDICT_CODE, struct.pack(">i", _VERDICTS[name]))]
    if chain:
        parts.append(text(_VERDICT_CHAIN, chain))
    return nested(kind, nested(_DATA_VERDICT, *parts))


def payload(header: int, offset: int, size: int, register: int) -> bytes:
    """Load bytes of the packet."""
    return expression(
        "payload", big32(1, register), big32(2, header), big32(3, offset), big32(4, size)
    )


def meta_l4proto(register: int) -> bytes:
    """Load the transport protocol's number."""
    return expression("meta", big32(1, register), big32(2, _L4PROTO))


def load_mark(register: int) -> bytes:
    """Load the packet's mark, in the machine's byte order."""
    return expression("meta", big32(1, register), big32(2, _MARK))


def store_mark(register: int) -> bytes:
    """Make a register's content the packet's mark."""
    return expression("meta", big32(2, _MARK), big32(3, register))


def ct(key: int, register: int) -> bytes:
    """Load a fact of connection tracking: 0 the state, 2 the status."""
    return expression("ct", big32(1, register), big32(2, key))


def ct_original(key: int, register: int) -> bytes:
    """Load a fact of the connection as its first packet came: 12 the destination port."""
    return expression("ct", big32(1, register), big32(2, key), attribute(3, bytes((0,))))


def fib_source_type(register: int) -> bytes:
    """Load the type of the route to the packet's source: local, unicast …"""
    return expression("fib", big32(1, register), big32(2, _FIB_ADDRESS_TYPE), big32(3, _FIB_SOURCE))


def compare(register: int, data: bytes, operator: int = EQUAL) -> bytes:
    """Break off the rule unless a register compares to the data as it should."""
    return expression("cmp", big32(1, register), big32(2, operator), value(3, data))


def bitwise(register: int, mask: bytes, flip: bytes) -> bytes:
    """Replace a register by ``(content & mask) ^ flip``."""
    return expression(
        "bitwise",
        big32(1, register),
        big32(2, register),
        big32(3, len(mask)),
        value(4, mask),
        value(5, flip),
    )


def lookup(name: str, register: int, *, to: int | None = None, number: int = 0) -> bytes:
    """Break off unless a register's content is in a set; with ``to``, load what a map has.

    ``number`` is the set's number in this transaction, for a set that has no name yet.
    """
    parts = [text(1, name), big32(2, register)]
    if to is not None:
        parts.append(big32(3, to))
    if number:
        parts.append(big32(4, number))
    return expression("lookup", *parts)


def lookup_absent(name: str, register: int, number: int) -> bytes:
    """Break off if a register's content is in a set."""
    return expression(
        "lookup", text(1, name), big32(2, register), big32(4, number), big32(5, _LOOKUP_INVERT)
    )


def random_number(modulus: int, register: int) -> bytes:
    """Load a random number below ``modulus``, in the machine's byte order."""
    return expression("numgen", big32(1, register), big32(2, modulus), big32(3, _NUMGEN_RANDOM))


def immediate(register: int, data: bytes) -> bytes:
    """Load data."""
    return expression("immediate", big32(1, register), value(2, data))


def immediate_verdict(name: str, chain: str = "") -> bytes:
    """Decide."""
    return expression("immediate", big32(1, VERDICT), verdict_value(2, name, chain))


def dnat(address: int, port: int) -> bytes:
    """Translate the destination to the address and the port in these registers."""
    return expression(
        "nat", big32(1, _NAT_DNAT), big32(2, _IPV4), big32(3, address), big32(5, port)
    )


def masquerade() -> bytes:
    """Translate the source to the leaving interface's address and a random port."""
    return expression("masq", big32(1, _RANDOM_FULLY))


def reject() -> bytes:
    """Answer with ICMP port unreachable."""
    return expression(
        "reject", big32(1, _ICMP_UNREACHABLE), attribute(2, bytes((_PORT_UNREACHABLE,)))
    )


def update_set(name: str, register: int) -> bytes:
    """Put a register's content into a set, or renew its time there."""
    return expression("dynset", text(1, name), big32(3, _DYNSET_UPDATE), big32(4, register))
