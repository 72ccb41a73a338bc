"""The accepting side of a SPDY/3.1 connection: streams over whatever carries bytes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from kubeproof.sandbox.api.spdy import MOST_DATA, Frame, Framer, FrameType, ResetStatus

_QUEUED = 64
"""Frames of one stream that may wait to be read before the connection is read no further."""


class Wire(Protocol):
    """What carries the bytes of a connection."""

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting while too many are on their way. Raises ConnectionError."""
        ...


class SpdyStream:
    """One stream, opened by the client with some headers."""

    def __init__(
        self, connection: "SpdyConnection", ident: int, headers: Mapping[str, str]
    ) -> None:
        self.id = ident
        self.headers = headers
        self._connection = connection
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(_QUEUED)
        self._received_all = False
        self._closed = False

    async def read(self) -> bytes:
        """What the client sent next; empty when it sends no more."""
        if self._received_all and self._queue.empty():
            return b""
        return await self._queue.get()

    async def write(self, data: bytes) -> None:
        """Send to the client. Raises ConnectionError."""
        for start in range(0, len(data), MOST_DATA):
            await self._connection.send_data(self.id, data[start : start + MOST_DATA])

    async def close(self) -> None:
        """Tell the client that no more is sent; what it still sends is dropped."""
        if not self._closed:
            self._stop_reading()
            await self._connection.send_data(self.id, b"", fin=True)

    async def reset(self) -> None:
        """End the stream in both directions."""
        self._stop_reading()
        await self._connection.send_reset(self.id, ResetStatus.CANCEL)

    async def take(self, data: bytes, last: bool) -> None:
        """Data from the client; waits while the reader is too far behind."""
        if data and not self._received_all and not self._closed:
            await self._queue.put(data)
        if last:
            self.end()

    def end(self) -> None:
        """The client sends no more."""
        if not self._received_all:
            self._received_all = True
            if not self._queue.full():  # else the reader finds out when it has read all
                self._queue.put_nowait(b"")

    @property
    def is_over(self) -> bool:
        """Whether both sides have said all."""
        return self._closed and self._received_all

    def _stop_reading(self) -> None:
        self._closed = True
        while not self._queue.empty():
            self._queue.get_nowait()


class SpdyConnection:
    """All streams of one connection. ``accept`` is told of each new one and may refuse it."""

    def __init__(self, wire: Wire, accept: Callable[[SpdyStream], bool]) -> None:
        self._wire = wire
        self._accept = accept
        self._framer = Framer()
        self._streams: dict[int, SpdyStream] = {}
        self.gone_away = False

    async def receive(self, data: bytes) -> None:
        """Take bytes from the client. Raises ProtocolError and ConnectionError."""
        for frame in self._framer.feed(data):
            await self._take(frame)

    def close(self) -> None:
        """The connection is gone: end every stream."""
        for stream in self._streams.values():
            stream.end()
        self._streams.clear()

    async def send_data(self, stream: int, data: bytes, fin: bool = False) -> None:
        """Send on a stream. Raises ConnectionError."""
        if stream not in self._streams:
            raise ConnectionResetError(f"stream {stream} is closed")
        await self._wire.write(self._framer.data(stream, data, fin))
        self._forget_if_over(stream)

    async def send_reset(self, stream: int, status: ResetStatus) -> None:
        """End a stream in both directions."""
        if self._streams.pop(stream, None) is not None:
            await self._wire.write(self._framer.reset(stream, status))

    async def _take(self, frame: Frame) -> None:
        if frame.type == FrameType.SYN_STREAM:
            await self._open(frame)
        elif frame.type == FrameType.DATA:
            stream = self._streams.get(frame.stream)
            if stream is not None:
                await stream.take(frame.data, frame.fin)
                self._forget_if_over(frame.stream)
        elif frame.type == FrameType.RST_STREAM:
            stream = self._streams.pop(frame.stream, None)
            if stream is not None:
                stream.end()
        elif frame.type == FrameType.PING and frame.stream % 2:  # clients' pings are odd
            await self._wire.write(self._framer.ping(frame.stream))
        elif frame.type == FrameType.GOAWAY:
            self.gone_away = True

    def _forget_if_over(self, ident: int) -> None:
        stream = self._streams.get(ident)
        if stream is not None and stream.is_over:
            del self._streams[ident]

    async def _open(self, frame: Frame) -> None:
        if not frame.stream % 2 or frame.stream in self._streams:
            await self._wire.write(self._framer.reset(frame.stream, ResetStatus.PROTOCOL_ERROR))
            return
        stream = SpdyStream(self, frame.stream, frame.headers)
        self._streams[frame.stream] = stream
        if not self._accept(stream):
            await self.send_reset(frame.stream, ResetStatus.REFUSED_STREAM)
            return
        await self._wire.write(self._framer.syn_reply(frame.stream, {}))
        if frame.fin:
            stream.end()
