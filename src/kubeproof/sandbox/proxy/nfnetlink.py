"""Messages of one nftables table (linux/netfilter/nf_tables.h), as payloads for a batch."""

import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kubeproof.sandbox.network.netlink import (
    NLM_F_APPEND,
    NLM_F_CREATE,
    Message,
    attribute,
    big32,
    nested,
    text,
)
from kubeproof.sandbox.proxy import expressions
from kubeproof.sandbox.proxy.datatypes import DataType, Key, encoded, encoded_size, type_number
from kubeproof.sandbox.proxy.model import Chain, Element, NamedSet, Verdict
from kubeproof.sandbox.proxy.text import DYNAMIC_SIZE

SUBSYSTEM = 10
BATCH_BEGIN = 0x10
BATCH_END = 0x11

_NEWTABLE, _DELTABLE = 0, 2
_NEWCHAIN, _DELCHAIN = 3, 5
_NEWRULE, _DELRULE = 6, 8
_NEWSET, _DELSET = 9, 11
_NEWSETELEM, _DELSETELEM = 12, 14

_HOOKS = {"prerouting": 0, "input": 1, "forward": 2, "output": 3, "postrouting": 4}
_ACCEPT = 1
_VERDICT_TYPE = 0xFFFFFF00

_ANONYMOUS, _CONSTANT, _INTERVAL, _MAP, _TIMEOUT, _EVAL = 1, 2, 4, 8, 0x10, 0x20
_INTERVAL_END = 1
_INTEGER = 4

# User data, which the kernel stores for ``nft list``: type, length, value.
_UD_COMMENT = 0
_UD_SET_KEY_BYTE_ORDER = 0
_UD_SET_COMMENT = 7
_HOST_BYTE_ORDER = 1
_MAX_COMMENT = 127

# An attribute holds at most 64 KiB.
_ELEMENTS_SIZE = 48 * 1024
_FAMILY_IPV4 = b"\x02\0\0\0"


def batch_mark(kind: int) -> Message:
    """The message which begins or ends a transaction."""
    return Message(kind, 0, struct.pack(">BBH", 0, 0, SUBSYSTEM), "transaction")


@dataclass(frozen=True, slots=True)
class AnonymousSet:
    """A set without a name, which one rule refers to by number and which goes with it."""

    number: int
    flags: int
    key_type: int
    key_size: int
    elements: tuple[bytes, ...]
    data_type: int = 0
    data_size: int = 0
    host_keys: bool = False

    name = "__set%d"


class TableMessages:
    """The messages about one table, ``name``, of the family ``ip``."""

    def __init__(self, name: str) -> None:
        self._table = text(1, name)

    def create_table(self, comment: str) -> Message:
        """Create the table."""
        return self._message(_NEWTABLE, attribute(6, _comment(comment)), meaning="create table")

    def delete_table(self) -> Message:
        """Remove the table with all it has; ENOENT when there is none."""
        return self._message(_DELTABLE, flags=0, meaning="delete table")

    def create_chain(self, name: str, chain: Chain) -> Message:
        """Create a chain without its rules; one that is there stays."""
        parts = [text(3, name)]
        if chain.hook:
            priority = attribute(2, struct.pack(">i", chain.hook.priority))
            parts.append(nested(4, big32(1, _HOOKS[chain.hook.point]), priority))
            parts.append(big32(5, _ACCEPT))
            parts.append(text(7, chain.hook.kind))
        if chain.comment:
            parts.append(attribute(12, _comment(chain.comment)))
        return self._message(_NEWCHAIN, *parts, meaning=f"create chain {name}")

    def flush_chain(self, name: str) -> Message:
        """Remove every rule of a chain."""
        return self._message(_DELRULE, text(2, name), flags=0, meaning=f"flush chain {name}")

    def delete_chain(self, name: str) -> Message:
        """Remove a chain nobody refers to, else EBUSY."""
        return self._message(_DELCHAIN, text(3, name), flags=0, meaning=f"delete chain {name}")

    def add_rule(self, chain: str, content: bytes, comment: str) -> Message:
        """Append a rule, given as its expressions."""
        parts = [text(2, chain), nested(4, content)]
        if comment:
            parts.append(attribute(7, _comment(comment)))
        flags = NLM_F_CREATE | NLM_F_APPEND
        return self._message(_NEWRULE, *parts, flags=flags, meaning=f"add rule to {chain}")

    def create_set(self, name: str, one: NamedSet, number: int) -> Message:
        """Create a named set or verdict map."""
        flags = _MAP if one.verdicts else 0
        parts = [big32(4, type_number(one.types)), big32(5, encoded_size(one.types))]
        if one.verdicts:
            parts += [big32(6, _VERDICT_TYPE), big32(7, 0)]
        if one.dynamic:
            flags |= _EVAL | (_TIMEOUT if one.timeout else 0)
            parts.append(nested(9, big32(1, DYNAMIC_SIZE)))
        if one.timeout:
            parts.append(attribute(11, struct.pack(">Q", one.timeout * 1000)))
        if one.comment:
            parts.append(attribute(13, _user_data(_UD_SET_COMMENT, _string(one.comment))))
        head = [text(2, name), big32(3, flags), big32(10, number)]
        return self._message(_NEWSET, *head, *parts, meaning=f"create set {name}")

    def delete_set(self, name: str) -> Message:
        """Remove a set nobody refers to, else EBUSY."""
        return self._message(_DELSET, text(2, name), flags=0, meaning=f"delete set {name}")

    def create_anonymous(self, one: AnonymousSet) -> Iterator[Message]:
        """Create a set without a name and fill it."""
        parts = [big32(4, one.key_type), big32(5, one.key_size)]
        flags = one.flags | _ANONYMOUS | _CONSTANT
        if one.data_type:
            flags |= _MAP
            parts += [big32(6, one.data_type), big32(7, one.data_size)]
        if one.host_keys:
            order = struct.pack("=I", _HOST_BYTE_ORDER)
            parts.append(attribute(13, _user_data(_UD_SET_KEY_BYTE_ORDER, order)))
        head = [text(2, one.name), big32(3, flags), big32(10, one.number)]
        yield self._message(_NEWSET, *head, *parts, meaning="create anonymous set")
        yield from self._elements(_NEWSETELEM, one.name, one.elements, one.number)

    def add_elements(
        self, name: str, types: Sequence[DataType], elements: Mapping[Key, Element]
    ) -> Iterator[Message]:
        """Add elements to a named set or map."""
        packed = [_element(encoded(types, key), element) for key, element in elements.items()]
        return self._elements(_NEWSETELEM, name, packed)

    def delete_elements(
        self, name: str, types: Sequence[DataType], keys: Iterable[Key]
    ) -> Iterator[Message]:
        """Remove elements from a named set or map; ENOENT for one that is not there."""
        packed = [_element(encoded(types, key), Element()) for key in keys]
        return self._elements(_DELSETELEM, name, packed)

    def _elements(
        self, kind: int, name: str, packed: Sequence[bytes], number: int = 0
    ) -> Iterator[Message]:
        head = [text(2, name), *([big32(4, number)] if number else [])]
        flags = NLM_F_CREATE if kind == _NEWSETELEM else 0
        for portion in _portions(packed):
            content = nested(3, *portion)
            yield self._message(kind, *head, content, flags=flags, meaning=f"elements of {name}")

    def _message(
        self, kind: int, *parts: bytes, flags: int = NLM_F_CREATE, meaning: str
    ) -> Message:
        payload = b"".join((_FAMILY_IPV4, self._table, *parts))
        return Message(SUBSYSTEM << 8 | kind, flags, payload, meaning)


def number_map(
    number: int, elements: Sequence[bytes], data_type: int, data_size: int
) -> AnonymousSet:
    """A map from random numbers to the data that is in ``elements``."""
    return AnonymousSet(
        number, 0, _INTEGER, 4, tuple(elements), data_type, data_size, host_keys=True
    )


def verdict_choices(number: int, verdicts: Sequence[Verdict]) -> AnonymousSet:
    """A map from 0, 1, 2 … to verdicts."""
    packed = [
        nested(
            1,
            expressions.value(1, _native(position)),
            expressions.verdict_value(2, verdict.kind, verdict.chain),
        )
        for position, verdict in enumerate(verdicts)
    ]
    return number_map(number, packed, _VERDICT_TYPE, 0)


def value_choices(number: int, types: Sequence[DataType], keys: Sequence[Key]) -> AnonymousSet:
    """A map from 0, 1, 2 … to values."""
    packed = [
        nested(
            1, expressions.value(1, _native(position)), expressions.value(2, encoded(types, key))
        )
        for position, key in enumerate(keys)
    ]
    return number_map(number, packed, type_number(types), encoded_size(types))


def interval_set(
    number: int, kind: DataType, intervals: Sequence[tuple[bytes, bytes]]
) -> AnonymousSet:
    """A set of intervals: first value, and the value after the last (empty: no end)."""
    packed: list[bytes] = []
    for first, after in intervals:
        packed.append(nested(1, expressions.value(1, first)))
        if after:
            packed.append(nested(1, expressions.value(1, after), big32(3, _INTERVAL_END)))
    return AnonymousSet(number, _INTERVAL, kind.number, encoded_size((kind,)), tuple(packed))


def _element(key: bytes, element: Element) -> bytes:
    parts = [expressions.value(1, key)]
    if element.verdict:
        parts.append(expressions.verdict_value(2, element.verdict.kind, element.verdict.chain))
    if element.comment:
        parts.append(attribute(6, _comment(element.comment)))
    return nested(1, *parts)


def _portions(packed: Sequence[bytes]) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    size = 0
    for one in packed:
        if size + len(one) > _ELEMENTS_SIZE:
            yield portion
            portion, size = [], 0
        portion.append(one)
        size += len(one)
    if portion:
        yield portion


def _comment(comment: str) -> bytes:
    return _user_data(_UD_COMMENT, _string(comment))


def _string(comment: str) -> bytes:
    return comment.encode()[:_MAX_COMMENT] + b"\0"


def _user_data(kind: int, data: bytes) -> bytes:
    return bytes((kind, len(data))) + data


def _native(number: int) -> bytes:
    return number.to_bytes(4, sys.byteorder)
