"""A connection taken over from HTTP after ``101 Switching Protocols``."""

import asyncio

from aiohttp import web

_PIECE = 1 << 16


class _TakenOver(asyncio.StreamReaderProtocol):
    """Reads what arrives; the server that had the connection hears of its end."""

    def __init__(self, reader: asyncio.StreamReader, before: asyncio.BaseProtocol) -> None:
        super().__init__(reader)
        self._before = before

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._before.connection_lost(exc)


class UpgradedConnection:
    """The bytes of a connection that speaks another protocol from now on."""

    def __init__(self, response: web.StreamResponse, transport: asyncio.Transport) -> None:
        self.response = response
        loop = asyncio.get_running_loop()
        self._reader = asyncio.StreamReader(loop=loop)
        protocol = _TakenOver(self._reader, transport.get_protocol())
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)

    @classmethod
    async def take_over(
        cls, request: web.Request, protocol: str, headers: dict[str, str]
    ) -> "UpgradedConnection":
        """Answer 101 and switch to ``protocol``; the client sends nothing before that."""
        fields = {"Connection": "Upgrade", "Upgrade": protocol, **headers}
        response = web.StreamResponse(status=101, headers=fields)
        response.force_close()
        await response.prepare(request)
        if request.transport is None:
            raise ConnectionResetError("the client is gone")
        return cls(response, request.transport)

    async def read(self) -> bytes:
        """What arrived next; empty at the end. Raises ConnectionError."""
        return await self._reader.read(_PIECE)

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting while too many are on their way. Raises ConnectionError."""
        if self._writer.is_closing():
            raise ConnectionResetError("the connection is closing")
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._writer.close()
