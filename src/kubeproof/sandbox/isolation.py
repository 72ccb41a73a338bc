"""Leaving the host's namespaces: with the capabilities at hand, or through a user namespace.

Which of the two works is found by trying. The user id says nothing: root in a container often
lacks CAP_SYS_ADMIN, and an ordinary user often may have a user namespace (user_namespaces(7)).
Creating the namespaces is not proof either: on Ubuntu 24.04 it succeeds, and AppArmor then
denies every capability inside. So a capability is used before anything counts as working.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from kubeproof.sandbox.network.syscalls import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    unshare,
)
from kubeproof.sandbox.objects import Object

SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15

Way: TypeAlias = Literal["direct capabilities", "user namespace"]
_libc = ctypes.CDLL(None, use_errno=True)


class Refused(Exception):
    """The kernel refused a step on the way into the namespaces."""

    def __init__(self, way: Way, step: str, error: OSError) -> None:
        self.way, self.step, self.errno = way, step, error.errno or 0
        super().__init__(f"{way}: {step}: {error.strerror}")

    def facts(self) -> Object:
        """The refusal as it is told to the process that asked for the sandbox."""
        return {"way": self.way, "step": self.step, "errno": self.errno}


def isolate() -> Way:
    """Move this process into fresh network and mount namespaces; its next child is PID 1.

    Only for a process with a single thread: the kernel refuses a user namespace to others.
    Raises Refused, for the last way tried, when no way is open.
    """
    try:
        return _directly()
    except Refused as refused:
        if refused.errno != errno.EPERM:
            raise
    return _through_user_namespace()


def die_with_parent(signal: int) -> None:
    """Have the kernel send the signal to this process when its parent ends (prctl(2))."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0))


def set_process_name(name: str) -> None:
    """Name this process as ps and top show it; at most 15 bytes."""
    _check(_libc.prctl(PR_SET_NAME, name.encode(), 0, 0, 0))


def _directly() -> Way:
    way: Way = "direct capabilities"
    _step(way, "unshare(CLONE_NEWNET)", lambda: unshare(CLONE_NEWNET))
    _step(way, "setting a link up", _use_network)
    flags = CLONE_NEWNS | CLONE_NEWPID
    _step(way, "unshare(CLONE_NEWNS|CLONE_NEWPID)", lambda: unshare(flags))
    return way


def _through_user_namespace() -> Way:
    way: Way = "user namespace"
    user, group = os.geteuid(), os.getegid()
    flags = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID
    _step(way, "unshare(CLONE_NEWUSER)", lambda: unshare(flags))
    _map(user, group)
    _step(way, "setting a link up", _use_network)
    return way


def _step(way: Way, step: str, take: Callable[[], None]) -> None:
    try:
        take()
    except OSError as error:
        raise Refused(way, step, error) from error


def _map(user: int, group: int) -> None:
    """Be root inside, as far as the kernel lets: nothing in a sandbox depends on it.

    The capabilities come with the namespace. The mapping is refused to a root user without
    CAP_SETFCAP (user_namespaces(7)), who does without it.
    """
    with contextlib.suppress(PermissionError):
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _use_network() -> None:
    """Use CAP_NET_ADMIN: set the loopback link up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
