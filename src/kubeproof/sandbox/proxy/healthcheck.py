"""Serves what one node says of its health, on the node's address."""

import asyncio
import errno
import logging
import socket
from collections.abc import Mapping
from typing import Protocol

from kubeproof.sandbox.network.node import NodeNetwork

_BACKLOG = 128
_END_OF_HEAD = b"\r\n\r\n"
_MAX_HEAD = 1 << 16
_log = logging.getLogger(__name__)


class Check(Protocol):
    """What a port answers."""

    @property
    def port(self) -> int:
        """Where it is asked."""
        ...

    def response(self) -> bytes:
        """The whole HTTP response of this moment."""
        ...


class _Exchange(asyncio.Protocol):
    """One connection: every request gets the check's answer of that moment."""

    def __init__(self, server: "_Server") -> None:
        self._server = server
        self._head = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._server.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Answer every complete head; requests here have no body."""
        self._head += data
        while _END_OF_HEAD in self._head:
            head, self._head = self._head.split(_END_OF_HEAD, 1)
            self._transport.write(self._server.check.response())
            if b"connection: close" in head.lower() or b"HTTP/1.0" in head:
                self._transport.close()
        if len(self._head) > _MAX_HEAD:
            self._transport.close()


class _Server:
    """One port. It listens from the start and answers when the loop gets to it."""

    def __init__(self, listener: socket.socket, check: Check) -> None:
        self.check = check
        self.connections: set[asyncio.Transport] = set()
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop.add_reader(listener, self._accept)

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._loop.remove_reader(self._listener)
        self._listener.close()
        for transport in list(self.connections):
            transport.abort()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # the client gave up before it was its turn
        connection.setblocking(False)
        task = self._loop.create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        await self._loop.connect_accepted_socket(lambda: _Exchange(self), connection)


class HealthCheckServer:
    """The health checks of one node. Needs a running event loop."""

    def __init__(self, node: NodeNetwork) -> None:
        self._node = node
        self._servers: dict[str, _Server] = {}

    def sync(self, checks: Mapping[str, Check]) -> None:
        """Answer these checks, by Service, and no others.

        A port that is taken on the node is skipped and tried again at the next sync.
        """
        for key in list(self._servers):
            check = checks.get(key)
            if check is None or check.port != self._servers[key].check.port:
                self._servers.pop(key).close()
        for key, check in checks.items():
            if key in self._servers:
                self._servers[key].check = check
            else:
                self._open(key, check)

    def close(self) -> None:
        """Stop answering."""
        self.sync({})

    def _open(self, key: str, check: Check) -> None:
        listener = self._node.ns.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        try:
            listener.bind((self._node.address, check.port))
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise
            _log.warning("%s: health-check port %d is taken", self._node.name, check.port)
            return
        self._servers[key] = _Server(listener, check)
