"""The asking end of a control socket."""

import contextlib
import os
import socket
import threading
from collections.abc import Sequence
from typing import Any

from kubeproof.sandbox import wire
from kubeproof.sandbox.errors import SandboxClosed, SandboxError
from kubeproof.sandbox.objects import Object


class Channel:
    """Asks and waits for the answer. Threads may share one; their questions take turns.

    A process forked from the owner may not use it, since both would read each other's answers.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._turn = threading.Lock()
        self._owner = os.getpid()
        self._open = True

    def ask(self, op: str, fds: Sequence[int] = (), /, **arguments: Any) -> Object:
        """Ask for an operation whose answer carries no descriptor."""
        answer, _ = self._exchange({"op": op, **arguments}, fds)
        return answer

    def tell(self, op: str) -> None:
        """Ask for an operation that is never answered."""
        wire.send(self._control, {"op": op})

    def ask_socket(self, namespace: str, kind: int) -> socket.socket:
        """Ask for an unconnected socket inside a namespace."""
        request = {"op": "socket", "namespace": namespace, "kind": int(kind)}
        _, fds = self._exchange(request, ())
        return socket.socket(fileno=fds[0])

    def opened(self, timeout: float) -> "Channel":
        """Another channel to the same sandbox, for an answer that may take up to ``timeout`` s.

        So a long wait holds up nobody else's questions.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.ask("open", [theirs.fileno()])
        ours.settimeout(timeout)
        return Channel(ours)

    def close(self) -> None:
        """Close it; the peer sees that even when a forked process holds a copy. Repeatable."""
        self._open = False
        if self._owner == os.getpid() and self._control.fileno() >= 0:
            with contextlib.suppress(OSError):  # the peer may have gone before
                self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()

    def __enter__(self) -> "Channel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _exchange(self, request: Object, fds: Sequence[int]) -> tuple[Object, list[int]]:
        if not self._open or self._owner != os.getpid():
            raise SandboxClosed("the sandbox was closed, or belongs to another process")
        with self._turn:
            wire.send(self._control, request, fds)
            answer, received = wire.receive(self._control)
        if "error" in answer:
            raise SandboxError(answer["error"])
        return answer, received
