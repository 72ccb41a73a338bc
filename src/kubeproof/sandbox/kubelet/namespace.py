"""What the kubelet needs of a network namespace: sockets that belong to it."""

import socket
from typing import Protocol


class Namespace(Protocol):
    """A network namespace, or anything else that makes sockets."""

    def socket(
        self,
        family: int = socket.AF_INET,
        kind: int = socket.SOCK_STREAM,
        proto: int = 0,
    ) -> socket.socket:
        """An unconnected socket."""
        ...


def listener(namespace: Namespace, address: str, port: int) -> socket.socket:
    """A TCP socket bound as Go's net.Listen binds it. Raises OSError."""
    sock = namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen()
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def bound_udp(namespace: Namespace, address: str, port: int) -> socket.socket:
    """A UDP socket bound to an address of the namespace. Raises OSError."""
    sock = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((address, port))
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock
