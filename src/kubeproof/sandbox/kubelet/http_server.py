"""An HTTP/1.1 server on asyncio that treats connections as Go's net/http does."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast

from kubeproof.sandbox.kubelet import http1
from kubeproof.sandbox.kubelet.http1 import Body, Head, MalformedError
from kubeproof.sandbox.kubelet.http_message import Request, Response, render

_BACKLOG = 4096
_MOST_WAITING = 1 << 20
"""Bytes that a client may send ahead while a request of its own is being answered."""


class Aborted(Exception):
    """A handler gives no answer: the connection is closed, as when a Go handler panics."""


Handler: TypeAlias = Callable[[Request], "Response | Awaitable[Response]"]


class HttpServer:
    """Serves one listening socket. ``connections`` are those which are open."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._drained: asyncio.Event | None = None

    async def listen(self, listener: socket.socket) -> None:
        """Accept connections on a socket that is bound."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), sock=listener, backlog=_BACKLOG
        )

    def stop_listening(self) -> None:
        """Accept no more; connections that are open go on."""
        if self._server is not None:
            self._server.close()

    async def drain(self) -> None:
        """Stop listening and return once every request in hand is answered."""
        self.stop_listening()
        self._drained = asyncio.Event()
        for connection in list(self.connections):
            connection.close_when_idle()
        if self.connections:
            await self._drained.wait()

    def forget(self, connection: "_Connection") -> None:
        """A connection is closed."""
        self.connections.discard(connection)
        if self._drained is not None and not self.connections:
            self._drained.set()

    def kill(self) -> None:
        """Close everything at once, as the kernel does when a process dies."""
        self.stop_listening()
        for connection in list(self.connections):
            connection.abort()


class _Connection(asyncio.Protocol):
    """One connection: requests are answered one after another."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._head: Head | None = None
        self._body: Body | None = None
        self._pieces: list[bytes] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        self._remote = f"{peer[0]}:{peer[1]}"
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.forget(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._task is None:
            self._advance()
        elif len(self._buffer) > _MOST_WAITING:
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        self._closing = True
        return self._task is not None  # a request in hand is still answered

    def close_when_idle(self) -> None:
        self._closing = True
        if self._task is None:
            self._transport.close()

    def abort(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _advance(self) -> None:
        """Answer every request that has arrived in full."""
        while self._task is None and not self._transport.is_closing():
            try:
                request = self._next()
            except MalformedError:
                self._refuse("400 Bad Request")
                return
            if request is None:
                return
            self._answer(request)

    def _next(self) -> Request | None:
        if self._head is None:
            self._head = http1.take_head(self._buffer)
            if self._head is None:
                return None
            self._body = http1.request_body(self._head)
            if self._head.get("expect").lower() == "100-continue":
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert self._body is not None
        self._pieces.append(self._body.take(self._buffer))
        return self._request(self._head) if self._body.complete else None

    def _request(self, head: Head) -> Request:
        words = head.start.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise MalformedError(f"malformed request line {head.start!r}")
        method, target, version = words
        if version == "HTTP/1.1" and not any(key.lower() == "host" for key, _ in head.headers):
            raise MalformedError("missing required Host header")
        if head.has_token("connection", "close") or (
            version == "HTTP/1.0" and not head.has_token("connection", "keep-alive")
        ):
            self._closing = True
        body = b"".join(self._pieces)
        self._head, self._body, self._pieces = None, None, []
        return Request(method, _origin_form(target), head.headers, body, self._remote)

    def _answer(self, request: Request) -> None:
        try:
            answer = self._server.handler(request)
        except Aborted:
            self._transport.abort()
            return
        if isinstance(answer, Response):
            self._send(request, answer)
        else:
            self._task = asyncio.ensure_future(self._answer_later(request, answer))

    async def _answer_later(self, request: Request, answer: Awaitable[Response]) -> None:
        try:
            response = await answer
        except Aborted:
            self._transport.abort()
            return
        self._task = None
        self._send(request, response)
        self._transport.resume_reading()
        self._advance()

    def _send(self, request: Request, response: Response) -> None:
        if self._transport.is_closing():
            return
        closing = self._closing or response.close
        self._transport.write(render(request.method, response, closing))
        if closing:
            self._transport.close()

    def _refuse(self, why: str) -> None:
        head = f"HTTP/1.1 {why}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        self._transport.write(f"{head}Connection: close\r\n\r\n{why}".encode())
        self._transport.close()


def _origin_form(target: str) -> str:
    """The path and query of a target, which may be a whole URL."""
    if target.startswith("http://"):
        return "/" + target.removeprefix("http://").partition("/")[2]
    return target
