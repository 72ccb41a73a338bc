"""Small servers on 127.0.0.1: what a client meets at the other end of a connection."""

import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from kubeproof.probing import Target

Handler = Callable[[socket.socket, "Server"], None]


@dataclass
class Server:
    """A listening socket, and for each connection the pages that were asked for over it."""

    port: int
    asked: list[list[str]] = field(default_factory=list[list[str]])
    clients: list[str] = field(default_factory=list[str])
    requests: list[str] = field(default_factory=list[str])
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def target(self) -> Target:
        return Target("the server", "127.0.0.1", self.port)

    def page(self, connection: socket.socket) -> str | None:
        """The next page asked for over a connection; None when the client has closed it."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (received := connection.recv(4096)):
                return None
            head += received
        self.requests.append(head.decode())
        page = head.decode().split(" ")[1]
        self.asked[-1].append(page)
        return page


@contextmanager
def serving(handler: Handler) -> Generator[Server]:
    """A server that gives one connection after the other to the handler."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        thread = threading.Thread(target=_accept, args=(listener, server, handler))
        thread.start()
        try:
            yield server
        finally:
            server.ending.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(2)
            assert not thread.is_alive(), "a client has left a connection open"


def _accept(listener: socket.socket, server: Server, handler: Handler) -> None:
    threads: list[threading.Thread] = []
    while True:
        try:
            connection, client = listener.accept()
        except OSError:
            break
        server.asked.append([])
        server.clients.append(f"{client[0]}:{client[1]}")
        threads.append(threading.Thread(target=_handle, args=(connection, server, handler)))
        threads[-1].start()
    for thread in threads:
        thread.join(5)


def _handle(connection: socket.socket, server: Server, handler: Handler) -> None:
    with connection, suppress(OSError):
        handler(connection, server)


def response(body: str, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", *headers, "", body]
    return "\r\n".join(lines).encode()


def named(name: str) -> Handler:
    """Answers as agnhost does in the Pod of that name, over connections that are kept alive."""

    def handle(connection: socket.socket, server: Server) -> None:
        host, port = connection.getpeername()
        while page := server.page(connection):
            text = f"{host}:{port}" if page.endswith("clientip") else name
            connection.sendall(response(text))

    return handle


def saying(*parts: bytes, then_wait: bool = False) -> Handler:
    """Answers these bytes, whatever they are, and closes, at once or when the test ends."""

    def handle(connection: socket.socket, server: Server) -> None:
        server.page(connection)
        for part in parts:
            connection.sendall(part)
        if then_wait:
            server.ending.wait(5)

    return handle


def reset(connection: socket.socket, server: Server) -> None:
    """Accepts and ends with RST: closing throws away what is unsent (SO_LINGER of 0 s)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection: socket.socket, server: Server) -> None:
    """Accepts and never says a word."""
    server.ending.wait(5)


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
