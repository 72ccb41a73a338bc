"""Network namespaces held by a file descriptor: no names, no mounts, nothing to clean up.

A namespace lives as long as a descriptor, a process or a socket refers to it. Moving concerns
the calling thread alone, so the code here may run in any thread.
"""

import contextlib
import os
import socket
from collections.abc import Generator, Mapping
from pathlib import Path

from kubeproof.sandbox.network.syscalls import CLONE_NEWNET, setns, unshare

_OWN = "/proc/thread-self/ns/net"


def _own_fd() -> int:
    return os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)


class NetNs:
    """One network namespace. Closing it gives up this reference, which need not be the last."""

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def current(cls) -> "NetNs":
        """The namespace the calling thread is in."""
        return cls(_own_fd())

    @classmethod
    def create(cls) -> "NetNs":
        """A new, empty namespace; the calling thread stays where it is.

        Raises OSError (EPERM) without CAP_SYS_ADMIN in the current user namespace.
        """
        home = _own_fd()
        try:
            unshare(CLONE_NEWNET)
            try:
                return cls(_own_fd())
            finally:
                setns(home, CLONE_NEWNET)
        finally:
            os.close(home)

    def fileno(self) -> int:
        """The descriptor, for setns(2) and for IFLA_NET_NS_FD."""
        return self._fd

    @contextlib.contextmanager
    def entered(self) -> Generator[None]:
        """Let the calling thread run inside; keep it short and do not await in it."""
        home = _own_fd()
        try:
            setns(self._fd, CLONE_NEWNET)
            try:
                yield
            finally:
                setns(home, CLONE_NEWNET)
        finally:
            os.close(home)

    def socket(
        self,
        family: int = socket.AF_INET,
        kind: int = socket.SOCK_STREAM,
        proto: int = 0,
    ) -> socket.socket:
        """An unconnected socket which belongs to this namespace for the rest of its life."""
        with self.entered():
            return socket.socket(family, kind | socket.SOCK_CLOEXEC, proto)

    def sysctl(self, settings: Mapping[str, str]) -> list[str]:
        """Write settings below /proc/sys/net and return those that could not be written.

        Containers often have /proc/sys mounted read-only; nothing here is needed so badly that
        the cluster should not start without it.
        """
        refused: list[str] = []
        with self.entered():
            for name, value in settings.items():
                try:
                    Path("/proc/sys/net", name).write_text(value, encoding="ascii")
                except OSError:
                    refused.append(name)
        return refused

    def close(self) -> None:
        """Give up the reference; harmless when repeated."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
