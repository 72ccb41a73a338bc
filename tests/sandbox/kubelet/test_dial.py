"""/dial reports outcomes in the words that agnhost and Go use."""

import asyncio
import json
import re
import socket
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from kubeproof.sandbox.kubelet.images import Factory
from kubeproof.sandbox.kubelet.netexec import NetExec
from tests.sandbox.kubelet.surroundings import free_port, running
from tests.sandbox.kubelet.web import Reply, get

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


IMPATIENT = partial(NetExec, dial_timeout=0.05)


def outcome(target: str, program: Factory = NetExec, **parameters: str) -> Reply:
    """What /dial answers; ``{own}`` and ``{udp}`` stand for the dialling Pod's own ports."""

    async def scenario() -> Reply:
        own, udp = free_port(), free_port(socket.SOCK_DGRAM)
        async with running(program, f"--http-port={own}", f"--udp-port={udp}"):
            return await get(own, "/dial?" + target.format(own=own, udp=udp, **parameters))

    return asyncio.run(scenario())


def against(
    serve: Serve, request: str = "hostname", program: Factory = NetExec
) -> dict[str, list[str]]:
    """What /dial says of a server that behaves in its own way; ports are shown as P."""

    async def scenario() -> str:
        own = free_port()
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with running(program, f"--http-port={own}", "--udp-port=-1"):
            answer = await get(own, f"/dial?host=127.0.0.1&port={port}&request={request}")
        server.close()
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:P", answer.body)

    return json.loads(asyncio.run(scenario()))


def test_answers_are_listed() -> None:
    reply = outcome("host=127.0.0.1&port={own}&request=hostname&tries=3")
    assert (reply.status, reply.body) == (200, '{"responses":["pod-1","pod-1","pod-1"]}')


def test_every_try_is_a_new_connection() -> None:
    reply = outcome("host=127.0.0.1&port={own}&request=clientip&tries=5")
    clients = json.loads(reply.body)["responses"]
    assert len(set(clients)) == 5


def test_udp() -> None:
    reply = outcome("host=127.0.0.1&port={udp}&request=echo%20Hi&protocol=UDP&tries=2")
    assert reply.body == '{"responses":["hi","hi"]}'


def test_no_host_is_the_pod_itself() -> None:
    assert outcome("port={own}&request=hostname").body == '{"responses":["pod-1"]}'


def test_refused() -> None:
    port = str(free_port())
    reply = outcome("host=127.0.0.1&port={port}&request=hostname", port=port)
    why = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    errors = json.loads(reply.body)["errors"]
    assert errors == [f'Get "http://127.0.0.1:{port}/hostname": {why}']


def test_udp_refused() -> None:
    port = str(free_port(socket.SOCK_DGRAM))
    reply = outcome("host=127.0.0.1&port={port}&request=hostname&protocol=udp", port=port)
    found = re.fullmatch(
        r"reading from udp connection failed\. err:'read udp 127\.0\.0\.1:\d+->127\.0\.0\.1:(\d+): "
        r"read: connection refused'",
        json.loads(reply.body)["errors"][0],
    )
    assert found
    assert found[1] == port


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("host=127.0.0.1&port=1&request=x&tries=y",
         'tries parameter is invalid. strconv.Atoi: parsing "y": invalid syntax\n'),
        ("host=127.0.0.1&port=1", "request parameter not specified. <nil>\n"),
        ("host=127.0.0.1&port=1&request=x&protocol=ftp", "unsupported protocol. ftp\n"),
        ("host=127.0.0.1&port=99999&request=x",
         "host and/or port param are invalid. address 99999: invalid port\n"),
        ("host=127.0.0.1&port=nope&request=x",
         "host and/or port param are invalid. lookup tcp/nope: unknown port\n"),
    ],
)  # fmt: skip
def test_bad_parameters(query: str, why: str) -> None:
    reply = outcome(query)
    assert (reply.status, reply.body) == (400, why)


async def _close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


async def _half_a_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-")
    writer.close()


async def _half_a_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    writer.close()


async def _not_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-x\r\n")


async def _old_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.0 500 Oh\r\n\r\nstill an answer")
    writer.close()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


_GET = 'Get "http://127.0.0.1:P/hostname": '


@pytest.mark.parametrize(
    ("serve", "why"),
    [
        (_close, "EOF"),
        (_half_a_head, "unexpected EOF"),
        (_reset, "read tcp 127.0.0.1:P->127.0.0.1:P: read: connection reset by peer"),
        (
            _not_http,
            'net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-x"',
        ),
    ],
)
def test_what_servers_do(serve: Serve, why: str) -> None:
    assert against(serve) == {"errors": [_GET + why]}


def test_a_server_that_never_answers() -> None:
    why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    assert against(_silent, program=IMPATIENT) == {"errors": [_GET + why]}


def test_a_udp_server_that_never_answers() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = str(silent.getsockname()[1])
        query = "host=127.0.0.1&port={port}&request=x&protocol=udp"
        reply = outcome(query, IMPATIENT, port=port)
    assert f"->127.0.0.1:{port}: i/o timeout'" in json.loads(reply.body)["errors"][0]


def test_an_empty_datagram_is_no_answer() -> None:
    async def scenario() -> str:
        own, port = free_port(), free_port(socket.SOCK_DGRAM)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", port))
            sock.setblocking(False)

            def answer() -> None:
                sock.sendto(b"", sock.recvfrom(100)[1])

            asyncio.get_running_loop().add_reader(sock, answer)
            async with running(NetExec, f"--http-port={own}", "--udp-port=-1"):
                target = f"/dial?host=127.0.0.1&port={port}&request=x&protocol=udp"
                body = (await get(own, target)).body
            asyncio.get_running_loop().remove_reader(sock)
            return body

    told = "reading from udp connection failed. err:'<nil>'"
    assert json.loads(asyncio.run(scenario())) == {"errors": [told]}


def test_any_status_is_an_answer_and_http_1_0_is_spoken() -> None:
    assert against(_old_http) == {"responses": ["still an answer"]}


def test_half_a_body_counts_as_no_answer_and_no_error() -> None:
    assert against(_half_a_body) == {}


def test_a_failed_last_try_hides_the_answers_before_it() -> None:
    """So agnhost does: callers must not take missing responses for failures."""
    count = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await reader.readuntil(b"\r\n\r\n")
        if count == 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    found = against(once, request="hostname&tries=2")
    assert found == {"errors": [_GET + "EOF"]}


def test_redirects_are_followed() -> None:
    reply = outcome("host=127.0.0.1&port={own}&request=redirect%3Flocation=/echo%253Fmsg=there")
    assert reply.body == '{"responses":["there"]}'


def test_endless_redirects() -> None:
    async def again(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /hostname\r\nContent-Length: 0\r\n\r\n")

    assert against(again) == {"errors": [_GET + "stopped after 10 redirects"]}
