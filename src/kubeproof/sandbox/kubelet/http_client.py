"""One HTTP exchange over one new connection, from a given network namespace, worded as Go words it.

Every failure is a GoError whose text is what Go's net/http reports, without the leading
``Get "…": `` which its Client adds.
"""

import asyncio
import socket
from collections.abc import AsyncIterable, AsyncIterator
from typing import NamedTuple

from kubeproof.sandbox.api.gotext import quote
from kubeproof.sandbox.kubelet import http1
from kubeproof.sandbox.kubelet.golang import GoError, errno_text
from kubeproof.sandbox.kubelet.http1 import Body, Head, Headers, MalformedError
from kubeproof.sandbox.kubelet.namespace import Namespace

_PIECE = 1 << 16


class Answer(NamedTuple):
    """Status and header fields of an answer; its body is read from the exchange."""

    status: int
    reason: str
    head: Head


class DialError(GoError):
    """No connection came about, e.g. ``dial tcp 10.0.0.1:80: connect: connection refused``."""


async def connect(namespace: Namespace, address: str, port: int) -> socket.socket:
    """A TCP connection made from a namespace, without a time limit. Raises DialError."""
    sock = namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except OSError as error:
        sock.close()
        why = f"dial tcp {address}:{port}: connect: {errno_text(error)}"
        raise DialError(why) from error
    except asyncio.CancelledError:
        sock.close()
        raise
    return sock


class Exchange:
    """One request and its answer on a connection of their own. Close it when done."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._body: Body = http1.LengthBody(0)
        local, remote = sock.getsockname(), sock.getpeername()
        self._ends = f"tcp {local[0]}:{local[1]}->{remote[0]}:{remote[1]}"

    @classmethod
    async def open(cls, namespace: Namespace, address: str, port: int) -> "Exchange":
        """Connect from a namespace. Raises DialError."""
        sock = await connect(namespace, address, port)
        try:
            return cls(sock)
        except OSError as error:  # reset between connect(2) and getpeername(2)
            sock.close()
            raise GoError(f"read tcp {address}:{port}: read: connection reset by peer") from error

    async def send(self, method: str, target: str, headers: Headers, body: bytes = b"") -> None:
        """Send a request with the body that is at hand. Raises GoError."""
        await self._write(http1.render_head(f"{method} {target} HTTP/1.1", headers) + body)

    async def send_pieces(self, pieces: AsyncIterable[bytes]) -> None:
        """Send a body piece by piece, as it is. Raises GoError."""
        async for piece in pieces:
            await self._write(piece)

    async def send_chunks(self, pieces: AsyncIterable[bytes]) -> None:
        """Send a body piece by piece, in chunks. Raises GoError."""
        async for piece in pieces:
            if piece:
                await self._write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await self._write(b"0\r\n\r\n")

    async def answer(self, method: str) -> Answer:
        """Wait for the head of the answer; interim answers are skipped. Raises GoError."""
        while True:
            head = await self._head()
            status, reason = _status_of(head)
            if status >= 200 or status == 101:
                break
        try:
            self._body = http1.response_body(head, status, method)
        except MalformedError as error:
            raise GoError(str(error)) from error
        return Answer(status, reason, head)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body of the answer as it arrives. Raises GoError."""
        while True:
            piece = self._take()
            if piece:
                yield piece
            if self._body.complete or not await self._fill():
                return

    async def read(self, most: int | None = None) -> bytes:
        """The whole body, or as much of it as reaches ``most`` bytes. Raises GoError."""
        found = bytearray()
        async for piece in self.pieces():
            found += piece
            if most is not None and len(found) >= most:
                break
        return bytes(found)

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()

    def _take(self) -> bytes:
        try:
            return self._body.take(self._buffer)
        except MalformedError as error:
            raise GoError(str(error)) from error

    async def _head(self) -> Head:
        while True:
            try:
                head = http1.take_head(self._buffer)
            except MalformedError as error:
                raise _malformed(self._buffer) from error
            if head is not None:
                return head
            if self._buffer and not b"HTTP/".startswith(self._buffer[:5]):
                raise _malformed(self._buffer)
            if not await self._receive():
                raise GoError("unexpected EOF" if self._buffer else "EOF")

    async def _fill(self) -> bool:
        """Receive more of the body; False where the body may end so, else GoError."""
        if await self._receive():
            return True
        if isinstance(self._body, http1.EndlessBody):
            return False
        raise GoError("unexpected EOF")

    async def _receive(self) -> bool:
        try:
            data = await self._loop.sock_recv(self._sock, _PIECE)
        except OSError as error:
            raise GoError(f"read {self._ends}: read: {errno_text(error)}") from error
        self._buffer += data
        return bool(data)

    async def _write(self, data: bytes) -> None:
        try:
            await self._loop.sock_sendall(self._sock, data)
        except OSError as error:
            raise GoError(f"write {self._ends}: write: {errno_text(error)}") from error


def _status_of(head: Head) -> tuple[int, str]:
    version, _, rest = head.start.partition(" ")
    code, _, reason = rest.partition(" ")
    if not version.startswith("HTTP/1.") or len(code) != 3 or not code.isdecimal():
        raise _malformed(head.start.encode("latin-1"))
    return int(code), reason


def _malformed(received: bytes | bytearray) -> GoError:
    line = bytes(received).split(b"\n", 1)[0].rstrip(b"\r").decode("latin-1")
    return GoError(
        f"net/http: HTTP/1.x transport connection broken: malformed HTTP response {quote(line)}"
    )
