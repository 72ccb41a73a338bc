"""Take something away from this process, then run the command that follows.

confine.py no-capabilities|no-user-namespaces|no-unshare|no-netfilter COMMAND...
"""

import ctypes
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
CLONE_NEWUSER = 0x10000000
EPERM = 1
EPROTONOSUPPORT = 93
AF_NETLINK = 16
NETLINK_NETFILTER = 12
MACHINE = os.uname().machine
UNSHARE = {"x86_64": 272, "aarch64": 97}
SOCKET = {"x86_64": 41, "aarch64": 198}
CALL, FIRST_ARGUMENT, THIRD_ARGUMENT = 0, 16, 32
"""Offsets in struct seccomp_data, of which the filter sees the lower halves."""

Instruction: TypeAlias = tuple[int, int, int, int]
ALLOW: Instruction = (0x06, 0, 0, 0x7FFF0000)
LAST_CAPABILITY = Path("/proc/sys/kernel/cap_last_cap")

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def drop_capabilities() -> None:
    """A root user gets no capability from exec(2) that the bounding set lacks."""
    for capability in range(int(LAST_CAPABILITY.read_text()) + 1):
        check(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))


def forbid_user_namespaces() -> None:
    """Inside a user namespace whose limit of further ones is zero, without capabilities."""
    user, group = os.getuid(), os.getgid()
    check(libc.unshare(CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    drop_capabilities()


def forbid_unshare() -> None:
    """unshare(2) answers EPERM, as container engines have it."""
    load_call = (0x20, 0, 0, CALL)
    install(load_call, (0x15, 0, 1, UNSHARE[MACHINE]), fails_with(EPERM), ALLOW)


def forbid_netfilter() -> None:
    """There are no netfilter sockets, as with a kernel that was built without nf_tables."""
    install(
        (0x20, 0, 0, CALL),
        (0x15, 0, 5, SOCKET[MACHINE]),
        (0x20, 0, 0, FIRST_ARGUMENT),
        (0x15, 0, 3, AF_NETLINK),
        (0x20, 0, 0, THIRD_ARGUMENT),
        (0x15, 0, 1, NETLINK_NETFILTER),
        fails_with(EPROTONOSUPPORT),
        ALLOW,
    )


def fails_with(number: int) -> Instruction:
    return (0x06, 0, 0, 0x00050000 | number)


def install(*instructions: Instruction) -> None:
    """Install a seccomp filter: 0x20 loads a word, 0x15 skips unless equal, 0x06 returns."""
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    code = ctypes.create_string_buffer(program)
    filters = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    check(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(filters), 0, 0))


CONFINEMENTS: dict[str, Callable[[], None]] = {
    "no-capabilities": drop_capabilities,
    "no-user-namespaces": forbid_user_namespaces,
    "no-unshare": forbid_unshare,
    "no-netfilter": forbid_netfilter,
}

if __name__ == "__main__":
    CONFINEMENTS[sys.argv[1]]()
    os.execvp(sys.argv[2], sys.argv[2:])
