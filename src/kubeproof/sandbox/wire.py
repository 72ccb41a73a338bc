"""Messages on a control socket: one JSON object a packet, with file descriptors beside it.

The socket is a SEQPACKET one, so a packet is whole or not there. One that would not fit into
the send buffer (a node's rules may be megabytes) travels in an anonymous file instead.
"""

import array
import json
import os
import socket
from collections.abc import Sequence

from kubeproof.sandbox.objects import Object

INLINE, IN_FILE = b"=", b"@"
MOST_INLINE = 64 * 1024
MOST_FDS = 8


def send(control: socket.socket, message: Object, fds: Sequence[int] = (), flags: int = 0) -> None:
    """Send one message; the descriptors stay open here. Raises OSError when the peer is gone."""
    body = json.dumps(message, separators=(",", ":")).encode()
    if len(body) <= MOST_INLINE:
        _send(control, INLINE + body, fds, flags)
        return
    file = os.memfd_create("kubeproof-message", os.MFD_CLOEXEC)
    try:
        _write(file, body)
        _send(control, IN_FILE, [file, *fds], flags)
    finally:
        os.close(file)


def receive(control: socket.socket) -> tuple[Object, list[int]]:
    """Take one message and the descriptors that came with it, which are not inheritable.

    Raises EOFError when the peer is gone and TimeoutError as the socket's time-out says.
    """
    space = socket.CMSG_SPACE(MOST_FDS * array.array("i").itemsize)
    packet, ancillary, _, _ = control.recvmsg(
        MOST_INLINE + len(INLINE), space, socket.MSG_CMSG_CLOEXEC
    )
    fds = _descriptors(ancillary)
    if not packet:
        raise EOFError("the control socket was closed")
    if packet[:1] == INLINE:
        return json.loads(packet[1:]), fds
    with os.fdopen(fds.pop(0), "rb") as file:
        file.seek(0)
        return json.loads(file.read()), fds


def _send(control: socket.socket, packet: bytes, fds: Sequence[int], flags: int) -> None:
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    control.sendmsg([packet], rights, flags | socket.MSG_NOSIGNAL)


def _write(file: int, body: bytes) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(file, view) :]


def _descriptors(ancillary: Sequence[tuple[int, int, bytes]]) -> list[int]:
    fds = array.array("i")
    for level, kind, payload in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
    return list(fds)
