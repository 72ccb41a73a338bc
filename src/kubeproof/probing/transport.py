"""httpx over sockets of our choosing: each connection starts in the namespace its socket is from.

A socket keeps the network namespace it was made in, so a client in another namespace needs no
process there: somebody hands over an unconnected socket and httpx connects it.
"""

import socket
import ssl
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

SocketSource = Callable[[int], socket.socket]  # socket.SOCK_STREAM or SOCK_DGRAM → unconnected


def here(kind: int) -> socket.socket:
    """A socket of this process's own network namespace."""
    return socket.socket(socket.AF_INET, kind)


class _Stream(httpcore.NetworkStream):
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sock.settimeout(timeout)
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            return self._sock.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._sock.settimeout(timeout)
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            self._sock.sendall(buffer)

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        self.close()
        raise httpcore.UnsupportedProtocol("probes speak plain HTTP, as agnhost does")

    def get_extra_info(self, info: str) -> Any:
        # httpcore asks whether an idle connection has become readable, that is: was closed.
        return self._sock if info == "socket" else None


class _Backend(httpcore.NetworkBackend):
    def __init__(self, source: SocketSource) -> None:
        self._source = source

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        sock = self._source(socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
                sock.connect((host, port))
        except BaseException:
            sock.close()
            raise
        return _Stream(sock)


@contextmanager
def _mapped(on_timeout: type[Exception], on_error: type[Exception]) -> Generator[None]:
    try:
        yield
    except TimeoutError as error:
        raise on_timeout(str(error)) from error
    except OSError as error:
        raise on_error(str(error)) from error


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(self._request):
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class NamespaceTransport(httpx.BaseTransport):
    """Carries httpx's requests over connections whose sockets come from one source."""

    def __init__(self, source: SocketSource) -> None:
        self._pool = httpcore.ConnectionPool(network_backend=_Backend(source))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; network errors keep their OSError as the cause."""
        asked = httpcore.Request(
            request.method,
            httpcore.URL(str(request.url)),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        with _as_httpx(request):
            answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, request))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


_SAME_NAME = (
    "ConnectTimeout", "ConnectError", "ReadTimeout", "ReadError", "WriteTimeout", "WriteError",
    "RemoteProtocolError", "UnsupportedProtocol",
)  # fmt: skip


@contextmanager
def _as_httpx(request: httpx.Request) -> Generator[None]:
    try:
        yield
    except tuple(getattr(httpcore, name) for name in _SAME_NAME) as error:
        raise getattr(httpx, type(error).__name__)(str(error), request=request) from error
