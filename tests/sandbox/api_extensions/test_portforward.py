"""Port forwarding, in each of the three ways in which clients ask for it."""

import asyncio
import json
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType

from kubeproof.sandbox.api import portforward_channels
from kubeproof.sandbox.api.spdy import FrameType
from tests.sandbox.api_extensions.forwarding import PATH, WAYS, Client
from tests.sandbox.api_extensions.server import Served, served
from tests.sandbox.kubelet.surroundings import eventually, free_port
from tests.sandbox.kubelet.web import parse, request


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> str:
    """One of the ways to carry SPDY."""
    return str(request.param)


@asynccontextmanager
async def _client(way: str) -> AsyncGenerator[tuple[Served, int, Client]]:
    async with served() as api:
        port = await api.run_pod()
        async with WAYS[way](api) as wire:
            yield api, port, Client(wire)


def test_a_request_is_forwarded(way: str) -> None:
    async def scenario() -> tuple[str, bytes]:
        async with _client(way) as (_, port, client):
            error, data = await client.open(port)
            await client.send(data, request("GET", "/hostname"))
            body = parse(await client.until_end(data)).body
            return body, await client.until_end(error)

    assert asyncio.run(scenario()) == ("pod-1", b"")


def test_connections_go_beside_each_other(way: str) -> None:
    async def scenario() -> list[str]:
        async with _client(way) as (_, port, client):
            streams = [(await client.open(port, str(number)))[1] for number in range(5)]
            for number, stream in enumerate(reversed(streams)):
                await client.send(stream, request("GET", f"/echo?msg={number}"))
            return [parse(await client.until_end(stream)).body for stream in streams]

    assert asyncio.run(scenario()) == ["4", "3", "2", "1", "0"]


def test_much_goes_both_ways(way: str) -> None:
    async def scenario() -> int:
        async with _client(way) as (_, port, client):
            _, data = await client.open(port)
            form = "Content-Type: application/x-www-form-urlencoded"
            raw = request("POST", "/echo", form, body="msg=" + "x" * 1_000_000)
            for start in range(0, len(raw), 30_000):
                await client.send(data, raw[start : start + 30_000])
            return len(parse(await client.until_end(data)).body)

    assert asyncio.run(scenario()) == 1_000_000


def test_old_clients_without_request_ids(way: str) -> None:
    async def scenario() -> str:
        async with _client(way) as (_, port, client):
            _, data = await client.open(port, "")
            await client.send(data, request("GET", "/hostname"))
            return parse(await client.until_end(data)).body

    assert asyncio.run(scenario()) == "pod-1"


def test_a_half_closed_connection_still_brings_its_answer(way: str) -> None:
    """A server that answers only once it has read to the end."""

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(str(len(await reader.read())).encode())
        writer.close()

    async def scenario() -> bytes:
        async with _client(way) as (_, _, client):
            server = await asyncio.start_server(count, "127.0.0.1", 0)
            _, data = await client.open(server.sockets[0].getsockname()[1])
            await client.send(data, b"hello", fin=True)
            answer = await client.until_end(data)
            server.close()
            return answer

    assert asyncio.run(scenario()) == b"5"


def test_a_closed_port_is_told_on_the_error_stream_and_the_rest_goes_on(way: str) -> None:
    async def scenario() -> tuple[str, str]:
        async with _client(way) as (_, port, client):
            error, _ = await client.open(free_port(), "0")
            told = (await client.until_end(error)).decode()
            _, data = await client.open(port, "1")
            await client.send(data, request("GET", "/hostname"))
            return told, parse(await client.until_end(data)).body

    told, body = asyncio.run(scenario())
    assert told.startswith("error forwarding port ")
    assert told.endswith(": connect: connection refused")
    assert body == "pod-1"


def test_the_fault(way: str) -> None:
    async def scenario() -> str:
        async with _client(way) as (api, port, client):
            api.cluster.faults.replace(["port-forward-broken"])
            error, _ = await client.open(port)
            return (await client.until_end(error)).decode()

    assert asyncio.run(scenario()).startswith("error forwarding port ")


def test_streams_that_make_no_sense_are_refused(way: str) -> None:
    async def scenario() -> list[FrameType]:
        async with _client(way) as (_, _, client):
            error, data = await client.open(0)
            await client.until_end(error)
            await client.until_end(data)
            return [frame.type for frame in client.frames]

    assert asyncio.run(scenario()) == [FrameType.RST_STREAM] * 2


def test_forwarded_connections_end_with_the_client(way: str) -> None:
    """The Pod's side is closed when the client goes, whatever it was doing."""

    async def scenario() -> bool:
        async with served() as api:
            await api.run_pod()
            greeted, ended = asyncio.Event(), asyncio.Event()

            async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readexactly(5)
                greeted.set()
                await reader.read()
                ended.set()
                writer.close()

            server = await asyncio.start_server(wait, "127.0.0.1", 0)
            async with WAYS[way](api) as wire:
                client = Client(wire)
                _, data = await client.open(server.sockets[0].getsockname()[1])
                await client.send(data, b"hello")
                await asyncio.wait_for(greeted.wait(), 5)
            await asyncio.wait_for(ended.wait(), 5)
            server.close()
            return True

    assert asyncio.run(scenario())


def _refused(headers: dict[str, str], query: str = "", bound: bool = True) -> tuple[int, str]:
    async def scenario() -> tuple[int, str]:
        async with served() as api:
            if bound:
                await api.run_pod()
            url = f"{api.url}{PATH}{query}"
            async with api.session.get(url, headers=headers) as response:
                return response.status, json.loads(await response.text())["message"]

    return asyncio.run(scenario())


_WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def test_what_is_refused_is_refused_with_a_status() -> None:
    assert _refused({}) == (400, "Upgrade request required")
    assert _refused({}, bound=False) == (404, 'pods "pod-1" not found')
    assert _refused(_WEBSOCKET) == (400, 'query parameter "ports" is required')
    assert _refused(_WEBSOCKET, "?ports=x") == (400, 'unable to parse "x" as a port')
    assert _refused(_WEBSOCKET, "?ports=0") == (400, 'port "0" must be > 0')
    unknown = {**_WEBSOCKET, "Sec-WebSocket-Protocol": "v9.nope"}
    assert _refused(unknown)[0] == 400


class TestChannels:
    def test_each_port_has_two_channels(self) -> None:
        async def scenario() -> tuple[dict[int, bytes], str, str]:
            async with served() as api:
                port, closed = await api.run_pod(), free_port()
                url = f"{api.url}{PATH}?ports={port},{closed}"
                protocol = portforward_channels.PROTOCOL
                async with api.session.ws_connect(url, protocols=(protocol,)) as websocket:
                    assert websocket.protocol == protocol
                    firsts = [await websocket.receive_bytes() for _ in range(4)]
                    await websocket.send_bytes(b"\0" + request("GET", "/hostname"))
                    answer, told = b"", ""
                    while not answer.endswith(b"pod-1") or not told:
                        message = await asyncio.wait_for(websocket.receive_bytes(), 5)
                        answer += message[1:] if message[0] == 0 else b""
                        told += message[1:].decode() if message[0] == 3 else ""
                expected = struct.pack("<H", port), struct.pack("<H", closed)
                found = {first[0]: first[1:] for first in firsts}
                assert found == {0: expected[0], 1: expected[0], 2: expected[1], 3: expected[1]}
                return found, parse(answer).body, told

        _, body, told = asyncio.run(scenario())
        assert body == "pod-1"
        assert told.endswith("connection refused")

    def test_the_websocket_ends_when_all_ports_are_done(self) -> None:
        async def scenario() -> WSMsgType:
            async with served() as api:
                port = await api.run_pod()
                url = f"{api.url}{PATH}?ports={port}"
                async with api.session.ws_connect(url) as websocket:
                    await websocket.send_bytes(b"\0" + request("GET", "/hostname"))
                    while True:
                        message = await asyncio.wait_for(websocket.receive(), 5)
                        if message.type != WSMsgType.BINARY:
                            return message.type

        assert asyncio.run(scenario()) == WSMsgType.CLOSE


def test_a_pod_that_ends_ends_its_forwarded_connections(way: str) -> None:
    async def scenario() -> bool:
        async with _client(way) as (api, port, client):
            _, data = await client.open(port)
            await client.send(data, b"GET /hostname HTTP/1.1\r\n")
            api.cluster.delete()
            await eventually(lambda: not api.cluster.exists())
            await client.until_end(data)
            return True

    assert asyncio.run(scenario())
