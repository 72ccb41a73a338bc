"""agnhost's ``netexec``: the HTTP and UDP server that Kubernetes' own network tests use.

Source: agnhost 2.63, command netexec: its answers and log lines, its flags and how it ends. TLS
and SCTP are not offered, ``/shell`` has a few commands, and ``/upload`` answers that it is none.
"""

import asyncio
import posixpath
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from kubeproof.sandbox.dns.targets import is_address
from kubeproof.sandbox.kubelet.dial import TIMEOUT
from kubeproof.sandbox.kubelet.flags import Flags, UsageError, Value
from kubeproof.sandbox.kubelet.golang import errno_text
from kubeproof.sandbox.kubelet.http_message import Request, Response
from kubeproof.sandbox.kubelet.http_server import HttpServer
from kubeproof.sandbox.kubelet.namespace import bound_udp, listener
from kubeproof.sandbox.kubelet.netexec_routes import ROUTES, Answer
from kubeproof.sandbox.kubelet.netexec_udp import UdpResponder
from kubeproof.sandbox.kubelet.process import Process

_FLAGS: Mapping[str, Value] = {
    "http-port": 8080,
    "udp-port": 8081,
    "sctp-port": -1,
    "tls-cert-file": "",
    "tls-private-key-file": "",
    "http-override": "",
    "udp-listen-addresses": "",
    "delay-shutdown": 0,
}


class NetExec:
    """One netexec process."""

    def __init__(
        self, process: Process, arguments: Sequence[str], dial_timeout: float = TIMEOUT
    ) -> None:
        """Read the command line. Raises UsageError."""
        self.dial_timeout = dial_timeout
        self._flags = Flags(_FLAGS).parse(arguments)
        _refuse_what_is_not_offered(self._flags)
        self.process = process
        self.http_port = self._flags.number("http-port")
        self.ready = False
        self.shutting_down = False
        self.started = time.monotonic()
        self._http = HttpServer(self._handle)
        self._udp: list[UdpResponder] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; a port in use ends the process as it ends agnhost."""
        try:
            sock = listener(self.process.surroundings.namespace, "", self.http_port)
        except OSError as error:
            self.process.fatal(f"listen tcp :{self.http_port}: bind: {errno_text(error)}")
            return
        await self._http.listen(sock)
        self.process.log.print(f"Started HTTP server on port {self.http_port}")
        if self._flags.number("udp-port") != -1:
            self._start_udp(self._flags.number("udp-port"))

    def terminate(self) -> None:
        """SIGTERM: go on for as long as --delay-shutdown says, then exit 0."""
        if self.shutting_down:
            return
        self.shutting_down = True
        delay = self._flags.number("delay-shutdown")
        if delay <= 0:
            self.process.exit(0)
            return
        self.process.log.print(f"Sleeping {delay} seconds before terminating...")
        self._spawn(self._exit_later(delay))

    def shut_down(self, code: int, timeout: float) -> None:
        """Exit once open connections are done, or after ``timeout`` seconds."""
        self._spawn(self._exit_when_drained(code, timeout))

    def release(self) -> None:
        """Close every socket and forget what was still to be done."""
        self._http.kill()
        for responder in self._udp:
            responder.close()
        for task in self._tasks:
            task.cancel()

    def _start_udp(self, port: int) -> None:
        addresses = self._flags.text("udp-listen-addresses")
        for address in sorted(set(addresses.split(","))):
            if address and not is_address(address):
                self.process.fatal(f"parseAddress: invalid address {address}")
                return
            try:
                sock = bound_udp(self.process.surroundings.namespace, address, port)
            except OSError as error:
                what = f"failed to create listener for UDP address {address}:{port}"
                why = f"listen udp {address}:{port}: bind: {errno_text(error)}"
                self.process.fatal(f"Error occurred: {what}:{why}")
                return
            self._udp.append(UdpResponder(self.process, sock, port))
            self.process.log.print(f"Started UDP server on port {address} {port}")
            self.ready = True

    def _handle(self, request: Request) -> Answer:
        override = self._flags.text("http-override")
        if override:
            request = Request("GET", override, [])
        path = request.path
        route = ROUTES.get(path)
        if route is None and _cleaned(path) != path:
            return _moved(request, _cleaned(path))
        return (route or ROUTES["/"])(self, request)

    async def _exit_later(self, seconds: float) -> None:
        await self.process.surroundings.clock.sleep(seconds)
        self.process.exit(0)

    async def _exit_when_drained(self, code: int, timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                await self._http.drain()
            outcome = "<nil>"
        except TimeoutError:
            outcome = "context deadline exceeded"
        self.process.log.print(f"Graceful shutdown completed with: {outcome}")
        self.process.exit(code)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _refuse_what_is_not_offered(flags: Flags) -> None:
    for name in ("tls-cert-file", "tls-private-key-file"):
        if flags.text(name):
            raise UsageError(f"the sandbox's netexec does not offer --{name}")
    if flags.number("sctp-port") != -1:
        raise UsageError("the sandbox's netexec does not offer --sctp-port")


def _cleaned(path: str) -> str:
    """A path without ``//``, ``.`` and ``..``, as Go's ServeMux wants it."""
    clean = posixpath.normpath(f"/{path}").replace("//", "/")
    return f"{clean}/" if path.endswith("/") and clean != "/" else clean


def _moved(request: Request, path: str) -> Response:
    query = request.target.partition("?")[2]
    where = f"{path}?{query}" if query else path
    body = f'<a href="{where}">Moved Permanently</a>.\n\n'.encode()
    headers = [("Location", where), ("Content-Type", "text/html; charset=utf-8")]
    return Response(301, body, headers)
