"""What port forwarding does, whatever carries it: a connection to a port inside a Pod.

Source: containerd's port forwarding, which dials localhost inside the Pod's network namespace;
its and the kubelet's wording of failures.
"""

import asyncio
import random
import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kubelet.golang import GoError
from kubeproof.sandbox.kubelet.http_client import connect
from kubeproof.sandbox.kubelet.namespace import Namespace

_LOCALHOST = "127.0.0.1"
_PIECE = 1 << 16
_LINGER = 1.0
"""Seconds for the Pod to say the last when the client has hung up."""


class ForwardFailed(Exception):
    """A port could not be forwarded; the text is what the client is told."""


class Duplex(Protocol):
    """The client's end of one forwarded connection."""

    async def read(self) -> bytes:
        """What the client sent next; empty when it sends no more."""
        ...

    async def write(self, data: bytes) -> None:
        """Send to the client. Raises ConnectionError."""
        ...


class PodPorts:
    """The ports of one Pod, seen from inside of it. ``pod`` names it in messages."""

    def __init__(self, pod: str, namespace: Namespace, node: str, faults: Faults) -> None:
        self._pod = pod
        self._namespace = namespace
        self._node = node
        self._faults = faults
        self.alike: Callable[[], Sequence[Namespace]] = lambda: (namespace,)
        """The Pods that look like this one, for the fault that confuses them."""

    async def forward(self, port: int, client: Duplex) -> None:
        """Carry bytes both ways until either side is done. Raises ForwardFailed."""
        try:
            sock = await self._dial(port)
        except GoError as error:
            raise ForwardFailed(self._told(port, str(error))) from error
        with sock:
            await _carry(sock, client)

    async def _dial(self, port: int) -> socket.socket:
        if self._faults.active("port-forward-broken", self._node):
            raise GoError(f"dial tcp {_LOCALHOST}:{port}: connect: connection refused")
        namespace = self._namespace
        if self._faults.active("port-forward-spreads", self._node):
            namespace = random.choice(self.alike())
        return await connect(namespace, _LOCALHOST, port)

    def _told(self, port: int, why: str) -> str:
        dialled = why.replace("dial tcp ", "dial tcp4 ", 1)
        return (
            f"error forwarding port {port} to pod {self._pod}, uid : failed to execute "
            f'portforward in network namespace "{self._pod}": failed to connect to '
            f'localhost:{port} inside namespace "{self._pod}", IPv4: {dialled}'
        )


async def _carry(sock: socket.socket, client: Duplex) -> None:
    """Copy in both directions. The Pod's end ends it; the client's end leaves the Pod a moment."""
    to_pod = asyncio.ensure_future(_to_pod(sock, client))
    from_pod = asyncio.ensure_future(_from_pod(sock, client))
    try:
        await asyncio.wait((to_pod, from_pod), return_when=asyncio.FIRST_COMPLETED)
        if not from_pod.done():
            await asyncio.wait((from_pod,), timeout=_LINGER)
    finally:
        for task in (to_pod, from_pod):
            task.cancel()
        await asyncio.gather(to_pod, from_pod, return_exceptions=True)


async def _to_pod(sock: socket.socket, client: Duplex) -> None:
    loop = asyncio.get_running_loop()
    while data := await client.read():
        await loop.sock_sendall(sock, data)
    sock.shutdown(socket.SHUT_WR)


async def _from_pod(sock: socket.socket, client: Duplex) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(sock, _PIECE):
        await client.write(data)
