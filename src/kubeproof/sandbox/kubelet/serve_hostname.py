"""agnhost's ``serve-hostname``: answers with its hostname over HTTP, TCP or UDP.

Source: agnhost 2.63, command serve-hostname.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from kubeproof.sandbox.kubelet.flags import Flags, Value
from kubeproof.sandbox.kubelet.golang import errno_text
from kubeproof.sandbox.kubelet.http_message import Request, Response, text
from kubeproof.sandbox.kubelet.http_server import HttpServer
from kubeproof.sandbox.kubelet.namespace import bound_udp, listener
from kubeproof.sandbox.kubelet.process import Process

_FLAGS: Mapping[str, Value] = {
    "tcp": False,
    "udp": False,
    "http": True,
    "close": False,
    "port": 9376,
}
_LINGER = 60.0
"""Seconds between SIGTERM and the exit."""


class ServeHostname:
    """One serve-hostname process."""

    def __init__(self, process: Process, arguments: Sequence[str]) -> None:
        """Read the command line. Raises UsageError."""
        self.process = process
        self._flags = Flags(_FLAGS).parse(arguments)
        self._port = self._flags.number("port")
        self._hostname = process.surroundings.hostname
        self._http = HttpServer(self._answer)
        self._server: asyncio.Server | None = None
        self._udp: socket.socket | None = None
        self._linger: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen on what the flags ask for."""
        tcp, udp, http = (self._flags.on(name) for name in ("tcp", "udp", "http"))
        if http and (tcp or udp):
            message = "Can't server TCP/UDP mode and HTTP mode at the same time"  # sic
            self.process.fatal(message)
            return
        try:
            if tcp:
                await self._listen_tcp()
            if udp:
                self._listen_udp()
            if http:
                await self._http.listen(self._bound("tcp"))
        except OSError as error:
            self.process.fatal(f"listen tcp :{self._port}: bind: {errno_text(error)}")
            return
        self.process.log.print(f"Serving on port {self._port}.")

    def terminate(self) -> None:
        """SIGTERM: serve on for a minute, so that the Pod's deletion can be seen."""
        if self._linger is None:
            self.process.log.print("Shutting down after receiving signal: terminated.")
            self.process.log.print("Awaiting pod deletion.")
            self._linger = asyncio.get_running_loop().create_task(self._exit_later())

    def release(self) -> None:
        """Close every socket."""
        self._http.kill()
        if self._server is not None:
            self._server.close()
        if self._udp is not None and self._udp.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._udp.fileno())
            self._udp.close()
        if self._linger is not None:
            self._linger.cancel()

    def _bound(self, network: str) -> socket.socket:
        bind = listener if network == "tcp" else bound_udp
        return bind(self.process.surroundings.namespace, "", self._port)

    async def _listen_tcp(self) -> None:
        loop = asyncio.get_running_loop()
        sock = self._bound("tcp")
        self._server = await loop.create_server(lambda: _Once(self._greet), sock=sock)

    def _listen_udp(self) -> None:
        self._udp = self._bound("udp")
        asyncio.get_running_loop().add_reader(self._udp.fileno(), self._receive, self._udp)

    def _receive(self, sock: socket.socket) -> None:
        try:
            _, peer = sock.recvfrom(16)
            self.process.log.print(f"UDP request from {peer[0]}:{peer[1]}")
            sock.sendto(self._hostname.encode(), peer)
        except OSError:
            return  # nothing to read after all, or the answer could not be sent

    def _greet(self, remote: str) -> bytes:
        self.process.log.print(f"TCP request from {remote}")
        return self._hostname.encode()

    def _answer(self, request: Request) -> Response:
        self.process.log.print(f"HTTP request from {request.remote}")
        response = text(self._hostname)
        response.close = self._flags.on("close")
        return response

    async def _exit_later(self) -> None:
        await self.process.surroundings.clock.sleep(_LINGER)
        self.process.exit(0)


class _Once(asyncio.Protocol):
    """A connection that is written to once and closed."""

    def __init__(self, greet: Callable[[str], bytes]) -> None:
        self._greet = greet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername") or ("", 0)
        writing = cast(asyncio.Transport, transport)
        writing.write(self._greet(f"{peer[0]}:{peer[1]}"))
        writing.close()
