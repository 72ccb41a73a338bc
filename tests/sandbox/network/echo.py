"""Tiny servers and clients of the tests: a server answers who it is and whom it sees."""

import collections
import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from kubeproof.sandbox.network.netns import NetNs

TIMEOUT = 0.4
PATIENCE = 5.0


@dataclass(frozen=True)
class Answer:
    """Who answered, and which address it saw; or the failure, in a word."""

    who: str
    seen: str = ""


class EchoServer:
    """Answers every TCP connection and every datagram with its name and the peer's address."""

    def __init__(self, ns: NetNs, name: str, port: int = 8080) -> None:
        self._name = name.encode()
        self._tcp = ns.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._tcp.bind(("0.0.0.0", port))
        self._tcp.listen(128)
        self._udp = ns.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("0.0.0.0", port))
        for loop in (self._serve_tcp, self._serve_udp):
            threading.Thread(target=self._until_closed, args=(loop,), daemon=True).start()

    def close(self) -> None:
        for sock in (self._tcp, self._udp):
            # An unconnected datagram socket says ENOTCONN and wakes its reader all the same.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _serve_tcp(self) -> None:
        connection, peer = self._tcp.accept()
        with connection:
            connection.sendall(self._name + b" " + peer[0].encode())

    def _serve_udp(self) -> None:
        _, peer = self._udp.recvfrom(4096)
        if peer is None:  # the socket was shut down
            raise OSError("closed")
        self._udp.sendto(self._name + b" " + peer[0].encode(), peer)

    @staticmethod
    def _until_closed(serve: Callable[[], None]) -> None:
        try:
            while True:
                serve()
        except OSError:
            return


def ask(ns: NetNs, address: str, port: int, kind: int = socket.SOCK_STREAM) -> Answer:
    """One new connection from a namespace; failures are answers too."""
    with ns.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(TIMEOUT)
        try:
            sock.connect((address, port))
            # Once connected an answer is on its way: a busy machine must not turn it away.
            sock.settimeout(PATIENCE if kind == socket.SOCK_STREAM else TIMEOUT)
            if kind == socket.SOCK_DGRAM:
                sock.send(b"who")
            words = sock.recv(4096).decode().split()
        except TimeoutError:
            return Answer("timeout")
        except ConnectionRefusedError:
            return Answer("refused")
        except OSError as error:
            return Answer(error.strerror or "error")
    return Answer(*words) if words else Answer("closed")


def ask_often(ns: NetNs, address: str, port: int, times: int) -> "collections.Counter[str]":
    """Who answered how often."""
    return collections.Counter(ask(ns, address, port).who for _ in range(times))
