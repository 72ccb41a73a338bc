"""Asking over UDP: agnhost answers each datagram with one, ``hostname`` with its Pod's name.

Nothing is sent a second time: what is lost shows as a time-out. A connected socket takes answers
from the address it dialled only, so that one which was not translated back is no answer.
"""

import socket
from types import TracebackType

from kubeproof.probing.observation import Target
from kubeproof.probing.transport import SocketSource

_ANSWER = 2048  # bytes; agnhost's own buffer (netexec.go)


class Flow:
    """One UDP socket that is connected to a target: all it sends has the same source port."""

    def __init__(self, sockets: SocketSource, target: Target, timeout: float) -> None:
        """Take a socket; ``timeout`` is in seconds, for one answer. Raises OSError."""
        self._sock = sockets(socket.SOCK_DGRAM)
        self._sock.settimeout(timeout)
        try:
            self._sock.connect((target.host, target.port))
        except BaseException:
            self._sock.close()
            raise

    def ask(self, command: str) -> str:
        """Send one of agnhost's commands and wait for the answer.

        Raises:
            OSError: a TimeoutError where none came; refused where the network said so.
        """
        self._sock.send(command.encode())
        return self._sock.recv(_ANSWER).decode("utf-8", "replace")

    def __enter__(self) -> "Flow":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sock.close()
