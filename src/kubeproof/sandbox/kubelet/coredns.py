"""The cluster's DNS as a program in a Pod: CoreDNS with its usual Corefile.

It answers questions on port 53, ``/health`` on 8080 and ``/ready`` on 8181. Under the fault
``dns-stopped`` nobody listens on port 53.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from kubeproof.sandbox.dns.directory import Directory
from kubeproof.sandbox.dns.faulty import FaultyZone
from kubeproof.sandbox.dns.server import PORT, DnsServer
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kubelet.golang import errno_text
from kubeproof.sandbox.kubelet.http_message import Request, Response, error, text
from kubeproof.sandbox.kubelet.http_server import HttpServer
from kubeproof.sandbox.kubelet.namespace import bound_udp, listener
from kubeproof.sandbox.kubelet.process import Process

_HEALTH_PORT = 8080
_READY_PORT = 8181
_LAMEDUCK = 5.0
"""Seconds for which a CoreDNS that was told to end goes on answering."""


class CoreDns:
    """One CoreDNS process. All of a cluster's have one ``directory``."""

    def __init__(
        self,
        process: Process,
        arguments: Sequence[str],
        directory: Directory,
        domain: str,
        faults: Faults,
    ) -> None:
        self._process = process
        self._zone = FaultyZone(directory, domain, faults)
        self._faults = faults
        self._dns: DnsServer | None = None
        self._probes = [
            (HttpServer(_endpoint("/health", "OK")), _HEALTH_PORT),
            (HttpServer(_endpoint("/ready", "OK")), _READY_PORT),
        ]
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        namespace = self._process.surroundings.namespace
        try:
            for server, port in self._probes:
                await server.listen(listener(namespace, "", port))
            await self._listen()
        except OSError as failure:
            self._process.fatal(f"listen tcp :{PORT}: bind: {errno_text(failure)}")
            return
        self._faults.subscribe(self._faults_changed)
        self._process.log.write(f".:{PORT}")

    def terminate(self) -> None:
        """SIGTERM: answer for a while longer."""
        self._process.log.write(
            "[INFO] SIGTERM: Shutting down servers then terminating\n"
            "[INFO] plugin/health: Going into lameduck mode for 5s"
        )
        self._keep(self._exit_later())

    def release(self) -> None:
        """Close every socket."""
        for server, _ in self._probes:
            server.kill()
        self._close()
        for task in self._tasks:
            task.cancel()

    async def _listen(self) -> None:
        """Answer questions, unless a fault keeps anybody from it."""
        if self._dns is None and not self._faults.active("dns-stopped"):
            namespace = self._process.surroundings.namespace
            udp, tcp = bound_udp(namespace, "", PORT), listener(namespace, "", PORT)
            self._dns = DnsServer(self._zone)
            await self._dns.listen(udp, tcp)

    def _faults_changed(self) -> None:
        if not self._process.running:
            return
        if self._faults.active("dns-stopped"):
            self._close()
        else:
            self._keep(self._listen())

    def _close(self) -> None:
        if self._dns is not None:
            self._dns.close()
            self._dns = None

    async def _exit_later(self) -> None:
        await self._process.surroundings.clock.sleep(_LAMEDUCK)
        self._process.exit(0)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _endpoint(path: str, body: str) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return text(body) if request.path == path else error("404 page not found", 404)

    return answer
