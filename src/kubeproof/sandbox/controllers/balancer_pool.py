"""The pool of addresses that load balancers get theirs from."""

from collections.abc import Mapping
from ipaddress import IPv4Address

Key = tuple[str, str]


class PoolExhausted(Exception):
    """Every address of the pool is taken."""


class AddressRefused(Exception):
    """The address asked for is outside the pool or another Service's."""


class AddressPool:
    """A range of IPv4 addresses, written `172.30.0.200-172.30.0.220`, both ends included."""

    def __init__(self, text: str) -> None:
        """Raises ValueError if the text is no range or the range is empty."""
        first, _, last = text.partition("-")
        self._first, self._last = IPv4Address(first.strip()), IPv4Address((last or first).strip())
        if self._last < self._first:
            raise ValueError(f"{text!r}: the range ends before it begins")

    def __contains__(self, address: str) -> bool:
        return self._first <= IPv4Address(address) <= self._last

    def lowest_free(self, taken: Mapping[str, Key]) -> str:
        """The lowest address that nobody has. Raises PoolExhausted."""
        for number in range(int(self._first), int(self._last) + 1):
            if str(IPv4Address(number)) not in taken:
                return str(IPv4Address(number))
        raise PoolExhausted

    def next_free(self, after: str, taken: Mapping[str, Key]) -> str:
        """The next free address behind another one, from the start again at the end.

        The same one if no other is free.
        """
        size = int(self._last) - int(self._first) + 1
        offset = int(IPv4Address(after)) - int(self._first)
        for step in range(1, size):
            address = str(self._first + (offset + step) % size)
            if address not in taken:
                return address
        return after

    def claim(self, wanted: str, key: Key, taken: Mapping[str, Key]) -> str:
        """The address that a Service asks for by name. Raises AddressRefused."""
        try:
            inside = wanted in self
        except ValueError:
            inside = False
        if not inside:
            raise AddressRefused(f"{wanted} is not in the pool {self}")
        if taken.get(wanted, key) != key:
            namespace, name = taken[wanted]
            raise AddressRefused(f"{wanted} is in use by service {namespace}/{name}")
        return wanted

    def __str__(self) -> str:
        return f"{self._first}-{self._last}"
