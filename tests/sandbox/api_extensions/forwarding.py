"""A client of port forwarding in a test: SPDY over a plain connection or over a websocket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import ClientWebSocketResponse, WSMsgType

from kubeproof.sandbox.api.spdy import Frame, Framer, FrameType
from tests.sandbox.api_extensions.server import TOKEN, Served

PATH = "/api/v1/namespaces/default/pods/pod-1/portforward"
_TUNNEL = "SPDY/3.1+portforward.k8s.io"


class Wire(Protocol):
    """Carries the bytes of SPDY to the API server."""

    async def send(self, data: bytes) -> None: ...

    async def receive(self) -> bytes: ...


class _Raw:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self) -> bytes:
        return await self._reader.read(1 << 16)


class _Tunnel:
    def __init__(self, websocket: ClientWebSocketResponse) -> None:
        self._websocket = websocket

    async def send(self, data: bytes) -> None:
        await self._websocket.send_bytes(data)

    async def receive(self) -> bytes:
        message = await self._websocket.receive()
        return message.data if message.type == WSMsgType.BINARY else b""


@asynccontextmanager
async def _raw(api: Served) -> AsyncGenerator[Wire]:
    """``Upgrade: SPDY/3.1`` of a plain connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    lines = [
        f"POST {PATH} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {TOKEN}",
        "Connection: Upgrade",
        "Upgrade: SPDY/3.1",
        "X-Stream-Protocol-Version: portforward.k8s.io",
        "Content-Length: 0",
    ]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert head.startswith("HTTP/1.1 101 ")
    assert "Upgrade: SPDY/3.1\r\n" in head
    assert "X-Stream-Protocol-Version: portforward.k8s.io\r\n" in head
    try:
        yield _Raw(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def _tunnel(api: Served) -> AsyncGenerator[Wire]:
    """SPDY in the messages of a websocket."""
    async with api.session.ws_connect(api.url + PATH, protocols=(_TUNNEL,)) as websocket:
        assert websocket.protocol == _TUNNEL
        yield _Tunnel(websocket)


WAYS = {"raw": _raw, "tunnel": _tunnel}


class Client:
    """The client's side: opens pairs of streams and sorts what comes back."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._framer = Framer()
        self._next = 1
        self.frames: list[Frame] = []

    async def open(self, port: int, request_id: str = "0") -> tuple[int, int]:
        """An error and a data stream for a port."""
        numbers: list[int] = []
        for kind in ("error", "data"):
            headers = {"streamType": kind, "port": str(port), "requestID": request_id}
            await self._wire.send(
                self._framer.syn_stream(self._next, {k: v for k, v in headers.items() if v})
            )
            numbers.append(self._next)
            self._next += 2
        await self._wire.send(self._framer.data(numbers[0], b"", True))
        return numbers[0], numbers[1]

    async def send(self, stream: int, data: bytes, fin: bool = False) -> None:
        await self._wire.send(self._framer.data(stream, data, fin))

    async def until_end(self, stream: int) -> bytes:
        """Everything that came on a stream, once it has ended."""

        def ended(frame: Frame) -> bool:
            over = frame.fin or frame.type == FrameType.RST_STREAM
            return frame.stream == stream and over

        while not any(ended(frame) for frame in self.frames):
            data = await asyncio.wait_for(self._wire.receive(), 5)
            assert data, "the connection ended"
            self.frames += self._framer.feed(data)
        mine = (frame for frame in self.frames if frame.stream == stream)
        return b"".join(frame.data for frame in mine if frame.type == FrameType.DATA)
