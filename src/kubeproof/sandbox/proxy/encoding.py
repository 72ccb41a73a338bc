"""Rules as the kernel takes them: statements become expressions and nameless sets."""

import itertools
import struct
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network
from typing import Any

from kubeproof.sandbox.network.netlink import Message
from kubeproof.sandbox.proxy import expressions as ex
from kubeproof.sandbox.proxy import nfnetlink
from kubeproof.sandbox.proxy.datatypes import INET_SERVICE, IPV4_ADDR, PROTOCOLS
from kubeproof.sandbox.proxy.model import (
    Field,
    Fragment,
    HasMark,
    InSet,
    Longer,
    LookUp,
    Masquerade,
    Match,
    Outside,
    RandomVerdict,
    Reject,
    Remember,
    Rule,
    SetMark,
    Statement,
    Translate,
    Verdict,
)
from kubeproof.sandbox.proxy.ranges import ranges

_ADDRESS_OFFSET = {Field.SOURCE: 12, Field.DESTINATION: 16}
_PORT_OFFSET = 2
_LENGTH_OFFSET, _FRAGMENT_OFFSET = 2, 6
_NO_FRAGMENT = 0x3FFF  # the flag for "more follow", and where in the datagram this one belongs
_CT_STATE, _CT_STATUS, _CT_PORT = 0, 2, 12
_CT_KEYS = {Field.CT_STATE: (_CT_STATE, "new", 0x8), Field.CT_STATUS: (_CT_STATUS, "dnat", 0x20)}
_ROUTE_TYPES = {"local": 2}
_ALL_BITS = 0xFFFFFFFF
_LAST_ADDRESS = 0xFFFFFFFF

_set_numbers = itertools.count(1)


def rule_messages(table: nfnetlink.TableMessages, chain: str, rule: Rule) -> list[Message]:
    """The messages which append a rule to a chain; they belong in one transaction."""
    content: list[bytes] = []
    messages: list[Message] = []
    for statement in rule.statements:
        encoder = _ENCODERS[type(statement)]
        for part in encoder(statement):
            if isinstance(part, bytes):
                content.append(part)
            else:
                messages.extend(table.create_anonymous(part))
    messages.append(table.add_rule(chain, b"".join(content), rule.comment))
    return messages


def next_set_number() -> int:
    """A number for a set, which no other set of the same transaction has."""
    return next(_set_numbers)


Part = bytes | nfnetlink.AnonymousSet


def _load(field: Field, register: int) -> bytes:
    if field is Field.PROTOCOL:
        return ex.meta_l4proto(register)
    if field is Field.PORT:
        return ex.payload(ex.TRANSPORT_HEADER, _PORT_OFFSET, 2, register)
    if field is Field.ORIGINAL_PORT:
        return ex.ct_original(_CT_PORT, register)
    return ex.payload(ex.NETWORK_HEADER, _ADDRESS_OFFSET[field], 4, register)


def _load_all(fields: Sequence[Field]) -> bytes:
    """The fields side by side, from register 1 on; only the first may have the long register."""
    registers = [ex.FIRST, *range(ex.WORD_0 + 1, ex.WORD_0 + len(fields))]
    return b"".join(_load(*pair) for pair in zip(fields, registers, strict=True))


def _match(statement: Match) -> Iterator[Part]:
    field, value = statement.field, statement.value
    if field in _ADDRESS_OFFSET:
        yield _match_prefix(statement)
    elif field is Field.PROTOCOL:
        yield _load(field, ex.FIRST) + ex.compare(ex.FIRST, bytes((PROTOCOLS[value],)))
    elif field is Field.SOURCE_TYPE:
        kind = struct.pack("=I", _ROUTE_TYPES[value])
        yield ex.fib_source_type(ex.FIRST) + ex.compare(ex.FIRST, kind)
    elif field in (Field.PORT, Field.ORIGINAL_PORT):
        yield _load(field, ex.FIRST) + ex.compare(ex.FIRST, INET_SERVICE.encode(int(value)))
    else:
        key, known, bit = _CT_KEYS[field]
        if value != known:
            raise ValueError(f"{field.value} {value} is not known")
        yield ex.ct(key, ex.FIRST) + _has_bits(bit)


def _match_prefix(statement: Match) -> bytes:
    """An address in a prefix; whole bytes are compared directly, as nft does."""
    network = IPv4Network(statement.value)
    operator = ex.NOT_EQUAL if statement.negated else ex.EQUAL
    offset = _ADDRESS_OFFSET[statement.field]
    size, odd = divmod(network.prefixlen, 8)
    first = network.network_address.packed
    if size and not odd:
        load = ex.payload(ex.NETWORK_HEADER, offset, size, ex.FIRST)
        return load + ex.compare(ex.FIRST, first[:size], operator)
    load = ex.payload(ex.NETWORK_HEADER, offset, 4, ex.FIRST)
    masked = ex.bitwise(ex.FIRST, network.netmask.packed, bytes(4))
    return load + masked + ex.compare(ex.FIRST, first, operator)


def _outside(statement: Outside) -> Iterator[Part]:
    number = next_set_number()
    intervals = [
        (_word(one.first), _word(one.last + 1) if one.last < _LAST_ADDRESS else b"")
        for one in ranges(statement.prefixes)
    ]
    yield nfnetlink.interval_set(number, IPV4_ADDR, intervals)
    load = _load(statement.field, ex.FIRST)
    yield load + ex.lookup_absent(nfnetlink.AnonymousSet.name, ex.FIRST, number)


def _in_set(statement: InSet) -> Iterator[Part]:
    yield _load_all(statement.fields) + ex.lookup(statement.set, ex.FIRST)


def _look_up(statement: LookUp) -> Iterator[Part]:
    yield _load_all(statement.fields) + ex.lookup(statement.map, ex.FIRST, to=ex.VERDICT)


def _has_mark(statement: HasMark) -> Iterator[Part]:
    yield ex.load_mark(ex.FIRST) + _has_bits(statement.bits)


def _longer(statement: Longer) -> Iterator[Part]:
    load = ex.payload(ex.NETWORK_HEADER, _LENGTH_OFFSET, 2, ex.FIRST)
    yield load + ex.compare(ex.FIRST, struct.pack(">H", statement.than), ex.GREATER)


def _fragment(statement: Fragment) -> Iterator[Part]:
    load = ex.payload(ex.NETWORK_HEADER, _FRAGMENT_OFFSET, 2, ex.FIRST)
    masked = ex.bitwise(ex.FIRST, struct.pack(">H", _NO_FRAGMENT), bytes(2))
    yield load + masked + ex.compare(ex.FIRST, bytes(2), ex.NOT_EQUAL)


def _has_bits(bits: int) -> bytes:
    mask = struct.pack("=I", bits)
    return ex.bitwise(ex.FIRST, mask, bytes(4)) + ex.compare(ex.FIRST, bytes(4), ex.NOT_EQUAL)


def _set_mark(statement: SetMark) -> Iterator[Part]:
    keep = _ALL_BITS if statement.operator == "^" else _ALL_BITS ^ statement.bits
    flip = struct.pack("=I", statement.bits)
    change = ex.bitwise(ex.FIRST, struct.pack("=I", keep), flip)
    yield ex.load_mark(ex.FIRST) + change + ex.store_mark(ex.FIRST)


def _random_verdict(statement: RandomVerdict) -> Iterator[Part]:
    choices = nfnetlink.verdict_choices(next_set_number(), statement.verdicts)
    yield choices
    yield ex.random_number(len(statement.verdicts), ex.FIRST)
    yield ex.lookup(choices.name, ex.FIRST, to=ex.VERDICT, number=choices.number)


def _translate(statement: Translate) -> Iterator[Part]:
    targets = statement.targets
    if statement.spread:
        keys = [(target.address, target.port) for target in targets]
        types = (IPV4_ADDR, INET_SERVICE)
        choices = nfnetlink.value_choices(next_set_number(), types, keys)
        yield choices
        yield ex.random_number(len(targets), ex.FIRST)
        yield ex.lookup(choices.name, ex.FIRST, to=ex.FIRST, number=choices.number)
    else:
        yield ex.immediate(ex.FIRST, IPV4_ADDR.encode(targets[0].address))
        yield ex.immediate(ex.WORD_0 + 1, INET_SERVICE.encode(targets[0].port))
    yield ex.dnat(ex.FIRST, ex.WORD_0 + 1)


def _remember(statement: Remember) -> Iterator[Part]:
    yield _load(Field.SOURCE, ex.FIRST) + ex.update_set(statement.set, ex.FIRST)


def _masquerade(statement: Masquerade) -> Iterator[Part]:
    yield ex.masquerade()


def _reject(statement: Reject) -> Iterator[Part]:
    yield ex.reject()


def _verdict(statement: Verdict) -> Iterator[Part]:
    yield ex.immediate_verdict(statement.kind, statement.chain)


def _word(number: int) -> bytes:
    return struct.pack(">I", number)


# By type of statement; a table, for a node's load goes through it thousands of times.
_ENCODERS: dict[type[Statement], Callable[[Any], Iterator[Part]]] = {
    Match: _match,
    Outside: _outside,
    InSet: _in_set,
    LookUp: _look_up,
    HasMark: _has_mark,
    Longer: _longer,
    Fragment: _fragment,
    SetMark: _set_mark,
    RandomVerdict: _random_verdict,
    Translate: _translate,
    Remember: _remember,
    Masquerade: _masquerade,
    Reject: _reject,
    Verdict: _verdict,
}
