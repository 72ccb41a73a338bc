"""Port forwarding over a websocket's channels, as the official Python client does it.

Every message begins with its channel: 2n carries the data of the n-th port, 2n+1 its error. The
first message of each channel tells its port, in two bytes, little end first. Source:
``v4.channel.k8s.io`` as Kubernetes 1.36's cri-streaming serves it.
"""

import asyncio
import struct
from collections.abc import Sequence

from aiohttp import WSMsgType, web

from kubeproof.sandbox.api.port_forwarding import ForwardFailed, PodPorts

PROTOCOL = "v4.channel.k8s.io"
_QUEUED = 64


class _Channel:
    """The data channel of one port."""

    def __init__(self, socket: web.WebSocketResponse, number: int) -> None:
        self._socket = socket
        self._number = number
        self.received: asyncio.Queue[bytes] = asyncio.Queue(_QUEUED)

    async def read(self) -> bytes:
        """What the client sent next; channels have no end of their own."""
        return await self.received.get()

    async def write(self, data: bytes) -> None:
        """Send to the client. Raises ConnectionError."""
        await self._socket.send_bytes(bytes([self._number]) + data)


async def serve(socket: web.WebSocketResponse, pod: PodPorts, ports: Sequence[int]) -> None:
    """Forward every port once, until all connections or the websocket are closed."""
    channels = [_Channel(socket, 2 * index) for index in range(len(ports))]
    for index, port in enumerate(ports):
        for number in (2 * index, 2 * index + 1):
            await socket.send_bytes(bytes([number]) + struct.pack("<H", port))
    receiving = asyncio.ensure_future(_receive(socket, channels))
    forwarding = asyncio.gather(
        *(
            _forward(socket, pod, channel, port, 2 * index + 1)
            for index, (channel, port) in enumerate(zip(channels, ports, strict=True))
        )
    )
    try:
        await asyncio.wait((receiving, forwarding), return_when=asyncio.FIRST_COMPLETED)
    finally:
        receiving.cancel()
        forwarding.cancel()
        await asyncio.gather(receiving, forwarding, return_exceptions=True)
    await socket.close()


async def _forward(
    socket: web.WebSocketResponse, pod: PodPorts, channel: _Channel, port: int, error: int
) -> None:
    try:
        await pod.forward(port, channel)
    except ForwardFailed as failure:
        await socket.send_bytes(bytes([error]) + str(failure).encode())


async def _receive(socket: web.WebSocketResponse, channels: Sequence[_Channel]) -> None:
    async for message in socket:
        if message.type != WSMsgType.BINARY:
            continue
        data: bytes = message.data
        index = data[0] // 2 if data and not data[0] % 2 else len(channels)
        if index < len(channels) and len(data) > 1:
            await channels[index].received.put(data[1:])
