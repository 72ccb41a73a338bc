"""Port forwarding, in each of the three ways in which clients ask for it."""

import asyncio
import importlib
import json
import shutil
import socket
import struct
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from kubeproof.sandbox.api import portforward_channels
from kubeproof.sandbox.api.spdy import Frame, Framer, FrameType
from kubeproof.sandbox.objects import Object
from tests.sandbox.api_extensions.server import TOKEN, Served, served
from tests.sandbox.kubelet.surroundings import eventually, free_port
from tests.sandbox.kubelet.web import parse, request

_PATH = "/api/v1/namespaces/default/pods/pod-1/portforward"
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
        f"POST {_PATH} HTTP/1.1",
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
    async with api.session.ws_connect(api.url + _PATH, protocols=(_TUNNEL,)) as websocket:
        assert websocket.protocol == _TUNNEL
        yield _Tunnel(websocket)


_WAYS = {"raw": _raw, "tunnel": _tunnel}


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


@pytest.fixture(params=list(_WAYS))
def way(request: pytest.FixtureRequest) -> str:
    """One of the ways to carry SPDY."""
    return str(request.param)


@asynccontextmanager
async def _client(way: str) -> AsyncGenerator[tuple[Served, int, Client]]:
    async with served() as api:
        port = await api.run_pod()
        async with _WAYS[way](api) as wire:
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
            async with _WAYS[way](api) as wire:
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
            url = f"{api.url}{_PATH}{query}"
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
                url = f"{api.url}{_PATH}?ports={port},{closed}"
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
                url = f"{api.url}{_PATH}?ports={port}"
                async with api.session.ws_connect(url) as websocket:
                    await websocket.send_bytes(b"\0" + request("GET", "/hostname"))
                    while True:
                        message = await asyncio.wait_for(websocket.receive(), 5)
                        if message.type != WSMsgType.BINARY:
                            return message.type

        assert asyncio.run(scenario()) == WSMsgType.CLOSE

    def test_the_official_python_client(self) -> None:
        async def scenario() -> bytes:
            async with served() as api:
                port = await api.run_pod()
                return await asyncio.to_thread(_with_the_official_client, api.url, port)

        assert asyncio.run(scenario()).endswith(b"pod-1")


def _with_the_official_client(url: str, port: int) -> bytes:
    # Untyped, slow to import, and needed here alone.
    client: Any = importlib.import_module("kubernetes.client")
    stream: Any = importlib.import_module("kubernetes.stream")
    configuration = client.Configuration(host=url)
    configuration.api_key = {"authorization": TOKEN}
    configuration.api_key_prefix = {"authorization": "Bearer"}
    api = client.CoreV1Api(client.ApiClient(configuration))
    forwarding = stream.portforward(
        api.connect_get_namespaced_pod_portforward, "pod-1", "default", ports=str(port)
    )
    sock: socket.socket = forwarding.socket(port)
    sock.settimeout(5)
    sock.sendall(request("GET", "/hostname"))
    received = b""
    while not received.endswith(b"pod-1"):
        piece = sock.recv(4096)
        assert piece, forwarding.error(port)
        received += piece
    forwarding.close()
    return received


@pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl on this machine")
@pytest.mark.parametrize("websockets", ["true", "false"])
def test_the_stock_kubectl(websockets: str) -> None:
    async def scenario() -> list[str]:
        async with served() as api:
            port, local = await api.run_pod(), free_port()
            with tempfile.TemporaryDirectory() as home:
                process = await asyncio.create_subprocess_exec(
                    "kubectl",
                    "port-forward",
                    f"--kubeconfig={_kubeconfig(Path(home), api)}",
                    "pod/pod-1",
                    f"{local}:{port}",
                    stdout=asyncio.subprocess.PIPE,
                    env={"HOME": home, "KUBECTL_PORT_FORWARD_WEBSOCKETS": websockets},
                )
                assert process.stdout
                await asyncio.wait_for(process.stdout.readuntil(b"Forwarding from"), 20)
                bodies = [await _ask(local) for _ in range(3)]
                process.terminate()
                await process.wait()
            return bodies

    assert asyncio.run(scenario()) == ["pod-1"] * 3


async def _ask(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("GET", "/hostname"))
    body = parse(await asyncio.wait_for(reader.read(), 10)).body
    writer.close()
    return body


def _kubeconfig(home: Path, api: Served) -> Path:
    path = home / "kubeconfig"
    named = [{"name": "x", "cluster": {"server": api.url}}]
    context = [{"name": "x", "context": {"cluster": "x", "user": "x"}}]
    users: list[Object] = [{"name": "x", "user": {}}]
    text: Object = {"clusters": named, "contexts": context, "users": users, "current-context": "x"}
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **text}))
    return path


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
