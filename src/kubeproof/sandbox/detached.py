"""Sandboxes that outlive the command that started them: up, attach, down."""

import os
import select
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from kubeproof.sandbox import lease
from kubeproof.sandbox.channel import Channel
from kubeproof.sandbox.errors import NotRunning, SandboxFailed
from kubeproof.sandbox.lease import Lease

_CONTROL = "control"
_STOPPING = 2.0
"""Seconds in which a sandbox that was asked to stop has to be gone before it is killed."""


def listening(place: Path) -> socket.socket:
    """The control socket in a sandbox's directory, listening."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    _through_descriptor(place, listener.bind)
    listener.listen()
    return listener


def connected(found: Lease) -> Channel:
    """A channel to a sandbox that runs. Raises SandboxFailed when it does not answer."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        _through_descriptor(found.directory, control.connect)
    except OSError as error:
        control.close()
        raise SandboxFailed(
            f"sandbox {found.name} (process {found.pid}) does not answer: {error.strerror}; "
            f"end it with: kubeproof down {found.name}"
        ) from error
    return Channel(control)


def found_running(name: str) -> Lease:
    """The lease of a sandbox that runs. Raises NotRunning; what a dead one left is removed."""
    found = lease.read(name)
    if found and found.runs():
        return found
    if found:
        lease.forget(found)
        raise NotRunning(f"sandbox {name} does not run any more; what it left was removed")
    raise NotRunning(f"no sandbox called {name} runs")


def down(name: str) -> None:
    """End a sandbox and remove what it kept; it is gone when this returns."""
    found = found_running(name)
    process = os.pidfd_open(found.pid)
    try:
        if not found.runs():  # it ended, and its id was used again, before the descriptor was open
            raise NotRunning(f"sandbox {name} does not run any more")
        if not (_asked_to_stop(found) and _ended(process, _STOPPING)):
            signal.pidfd_send_signal(process, signal.SIGKILL)
            _ended(process, _STOPPING)
    finally:
        os.close(process)
    lease.forget(found)


def _asked_to_stop(found: Lease) -> bool:
    try:
        with connected(found) as channel:
            channel.tell("stop")
    except (SandboxFailed, OSError):  # it cannot be asked, or ends by itself just now
        return False
    return True


def _ended(process: int, seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(process, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def _through_descriptor(place: Path, act: Callable[[str], None]) -> None:
    """Name the control socket so shortly that any directory's fits into a socket address."""
    fd = os.open(place, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        act(f"/proc/self/fd/{fd}/{_CONTROL}")
    finally:
        os.close(fd)
