"""Port forwarding over SPDY: a stream for data and one for an error per forwarded connection.

Source: ``portforward.k8s.io`` as Kubernetes 1.36's cri-streaming serves it.
"""

import asyncio
from collections.abc import Mapping

from kubeproof.sandbox.api.port_forwarding import ForwardFailed, PodPorts
from kubeproof.sandbox.api.spdy_connection import SpdyConnection, SpdyStream, Wire

PROTOCOL = "portforward.k8s.io"
_PAIRING = 30.0
"""Seconds for the second stream of a pair to arrive."""


class _Pair:
    """The two streams of one forwarded connection."""

    def __init__(self) -> None:
        self.streams: dict[str, SpdyStream] = {}
        self.complete = asyncio.Event()

    def add(self, kind: str, stream: SpdyStream) -> bool:
        """Take one of the streams; False if there is one of that kind already."""
        if kind in self.streams:
            return False
        self.streams[kind] = stream
        if len(self.streams) == 2:
            self.complete.set()
        return True


class SpdyForwarding:
    """Everything that one client forwards over one SPDY connection."""

    def __init__(self, ports: PodPorts, wire: Wire) -> None:
        self._ports = ports
        self.connection = SpdyConnection(wire, self._accept)
        self._pairs: dict[str, _Pair] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """The client is gone: end every forwarded connection."""
        self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, stream: SpdyStream) -> bool:
        kind, port = stream.headers.get("streamtype", ""), _port(stream.headers)
        if kind not in ("error", "data") or port is None:
            return False
        request = stream.headers.get("requestid") or _request_of(stream, kind)
        pair = self._pairs.get(request)
        if pair is None:
            pair = self._pairs[request] = _Pair()
            self._spawn(request, pair, port)
        return pair.add(kind, stream)

    def _spawn(self, request: str, pair: _Pair, port: int) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(request, pair, port))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, request: str, pair: _Pair, port: int) -> None:
        try:
            async with asyncio.timeout(_PAIRING):
                await pair.complete.wait()
        except TimeoutError:
            await self._refuse(pair, request)
            return
        finally:
            del self._pairs[request]
        try:
            await self._forward(pair.streams["data"], pair.streams["error"], port)
        except ConnectionError:
            return  # the client hung up

    async def _forward(self, data: SpdyStream, error: SpdyStream, port: int) -> None:
        try:
            await self._ports.forward(port, data)
        except ForwardFailed as failure:
            await error.write(str(failure).encode())
            await error.close()
            await data.reset()
            return
        await data.close()
        await error.close()

    async def _refuse(self, pair: _Pair, request: str) -> None:
        if "error" in pair.streams:
            message = f"(request={request}) timed out waiting for streams"
            await pair.streams["error"].write(message.encode())


def _port(headers: Mapping[str, str]) -> int | None:
    text = headers.get("port", "")
    return int(text) if text.isdecimal() and 0 < int(text) <= 0xFFFF else None


def _request_of(stream: SpdyStream, kind: str) -> str:
    """Old clients send no request id: their data stream follows right on their error stream."""
    return str(stream.id if kind == "error" else stream.id - 2)
