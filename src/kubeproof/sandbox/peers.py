"""Whose process is at the other end of a connection from this machine, as a Unix socket tells.

The kernel lists every TCP connection of a network namespace with its owner (proc(5):
/proc/net/tcp). The list is opened before the sandbox leaves the host's namespace, and goes on
showing that one.
"""

import io
import os
import socket
import struct
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TypeAlias

Address: TypeAlias = tuple[str, int]

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_OWNER = 4
"""Which word after the two addresses is the owner's user id."""


class Peers:
    """Tells connections that certain users of this machine made from all others."""

    def __init__(self, tables: Sequence[io.FileIO], users: Collection[int]) -> None:
        self._tables = tables
        self._users = users

    @classmethod
    def of_this_user(cls) -> "Peers":
        """Those of the user that this process belongs to, and of root, who may do anything.

        To be made in the network namespace which the connections are in.
        """
        tables = [io.FileIO(path) for path in _TABLES if Path(path).exists()]
        return cls(tables, {0, os.geteuid()})

    def includes(self, peer: Address, local: Address) -> bool:
        """Whether one of the users made the IPv4 connection from ``peer`` to ``local``."""
        return self._owner(peer, local) in self._users

    def _owner(self, peer: Address, local: Address) -> int | None:
        """None where there is no such connection, as with one from another machine."""
        for table in self._tables:
            table.seek(0)
            text = table.readall().decode()
            for written in (_written, _written_mapped):
                _, found, rest = text.partition(f" {written(peer)} {written(local)} ")
                if found:
                    return int(rest.split(maxsplit=_OWNER + 1)[_OWNER])
        return None


def _written(address: Address) -> str:
    """As /proc/net/tcp writes it: the number as it lies in memory, in hexadecimal."""
    (number,) = struct.unpack("=I", socket.inet_aton(address[0]))
    return f"{number:08X}:{address[1]:04X}"


def _written_mapped(address: Address) -> str:
    """As /proc/net/tcp6 writes an IPv4 address that an IPv6 socket uses (RFC 4291, 2.5.5.2)."""
    (mark,) = struct.unpack("=I", b"\0\0\xff\xff")
    return f"{0:08X}{0:08X}{mark:08X}{_written(address)}"
