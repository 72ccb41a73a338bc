"""netexec answers as agnhost 2.63 does."""

import asyncio
import json
import re
import socket

import pytest

from kubeproof.sandbox.kubelet.flags import UsageError
from kubeproof.sandbox.kubelet.netexec import NetExec
from tests.sandbox.kubelet.surroundings import (
    Running,
    TurnedClock,
    eventually,
    free_port,
    running,
)
from tests.sandbox.kubelet.web import Reply, exchange, get, parse, request


def ask(target: str, *headers: str, flags: tuple[str, ...] = ()) -> tuple[Reply, Running]:
    """One request to a netexec of its own, and the process."""

    async def scenario() -> tuple[Reply, Running]:
        port, udp = free_port(), free_port(socket.SOCK_DGRAM)
        async with running(NetExec, f"--http-port={port}", f"--udp-port={udp}", *flags) as program:
            return await get(port, target, *headers), program

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("target", "status", "body", "logged"),
    [
        ("/hostname", 200, "pod-1", "GET /hostname"),
        ("/hostName", 200, "pod-1", "GET /hostName"),
        ("/echo?msg=hello", 200, "hello", "GET /echo?msg=hello&code="),
        ("/echo?msg=x&code=404", 404, "x", "GET /echo?msg=x&code=404"),
        (
            "/echo?msg=x&code=a",
            200,
            "argument 'code' must be an integer or empty, got \"a\"\n",
            "GET /echo?msg=x&code=a",
        ),
        ("/healthz", 200, "", "GET /healthz"),
        ("/readyz", 200, "ok", "GET /readyz"),
        ("/header?key=x-test", 200, "yes", "GET /header?key=x-test"),
        (
            "/header",
            200,
            '{"Connection":["close"],"X-Test":["yes"]}',
            "GET /header",
        ),
        (
            "/shell?cmd=id",
            200,
            '{"error":"exit status 127","output":"/bin/sh: 1: id: not found\\n"}',
            "GET /shell?cmd=id",
        ),
        ("/upload", 501, '{"error":"the sandbox\'s Pods have no file system"}', "GET /upload"),
    ],
)
def test_answers_and_logs(target: str, status: int, body: str, logged: str) -> None:
    reply, program = ask(target, "X-Test: yes")
    assert (reply.status, reply.body) == (status, body)
    assert program.messages[-1] == logged


def test_every_answer_says_when_and_what_it_is() -> None:
    reply, _ = ask("/hostname")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.headers["Content-Length"] == "5"
    assert reply.headers["Date"].endswith("GMT")


@pytest.mark.parametrize("target", ["/", "/nope", "/hostname/"])
def test_root_and_unknown_paths_tell_the_time(target: str) -> None:
    reply, program = ask(target)
    moment = r"NOW: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC m=\+\d+\.\d{9}"
    assert re.fullmatch(moment, reply.body)
    assert program.messages[-1] == "GET /"


def test_log_lines_look_like_klog() -> None:
    _, program = ask("/hostname")
    last = list(program.log.lines())[-1]
    assert re.fullmatch(
        r"I\d{4} \d\d:\d\d:\d\d\.\d{6}       1 log\.go:244\] GET /hostname", last.text
    )


def test_client_ip_names_the_connection() -> None:
    async def scenario() -> tuple[str, str]:
        port = free_port()
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            host, own = writer.get_extra_info("sockname")
            writer.write(request("GET", "/clientip"))
            reply = parse(await reader.read())
            writer.close()
            return reply.body, f"{host}:{own}"

    answered, expected = asyncio.run(scenario())
    assert answered == expected


def test_without_udp_it_is_never_healthy() -> None:
    async def scenario() -> list[int]:
        port = free_port()
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            return [(await get(port, path)).status for path in ("/healthz", "/readyz")]

    assert asyncio.run(scenario()) == [412, 412]


def test_redirects() -> None:
    reply, _ = ask("/redirect?location=/echo%3Fmsg=foobar&code=307")
    assert reply.status == 307
    assert reply.headers["Location"] == "/echo?msg=foobar"
    assert reply.body == '<a href="/echo?msg=foobar">Temporary Redirect</a>.\n\n'


def test_override_answers_every_path_alike() -> None:
    reply, _ = ask("/anything", flags=("--http-override=/echo?code=503&msg=down",))
    assert (reply.status, reply.body) == (503, "down")


def test_a_form_may_be_posted() -> None:
    async def scenario() -> Reply:
        port = free_port()
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            kind = "Content-Type: application/x-www-form-urlencoded"
            return parse(await exchange(port, request("POST", "/echo", kind, body="msg=a+b")))

    assert asyncio.run(scenario()).body == "a b"


def test_a_body_in_chunks_is_understood() -> None:
    async def scenario() -> Reply:
        port = free_port()
        head = request(
            "POST",
            "/echo",
            "Transfer-Encoding: chunked",
            "Content-Type: application/x-www-form-urlencoded",
        )
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            return parse(await exchange(port, head + b"3\r\nmsg\r\n6\r\n=hi%21\r\n0\r\n\r\n"))

    assert asyncio.run(scenario()).body == "hi!"


def test_requests_on_one_connection_are_answered_in_order() -> None:
    async def scenario() -> bytes:
        port = free_port()
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            dial = f"/dial?host=127.0.0.1&port={port}&request=hostname"
            first = f"GET {dial} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            return await exchange(port, first + request("GET", "/echo?msg=second"))

    raw = asyncio.run(scenario())
    assert raw.index(b'{"responses":["pod-1"]}') < raw.index(b"second")


@pytest.mark.parametrize("line", ["GET /hostname", "GET /hostname HTTP/1.1\r\nNo-Colon"])
def test_what_is_not_http_is_refused(line: str) -> None:
    async def scenario() -> bytes:
        port = free_port()
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            return await exchange(port, f"{line}\r\n\r\n".encode())

    assert asyncio.run(scenario()).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_client_that_does_not_wait_for_answers_is_held_back() -> None:
    """What it sends while a request is being answered does not pile up."""

    async def scenario() -> int:
        port, silent = free_port(), socket.socket()
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        target = f"/dial?host=127.0.0.1&port={silent.getsockname()[1]}&request=hostname"
        loop = asyncio.get_running_loop()
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            with silent, socket.socket() as sock:
                sock.setblocking(False)
                await loop.sock_connect(sock, ("127.0.0.1", port))
                await loop.sock_sendall(sock, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                return await _sent_until_blocked(sock)

    assert asyncio.run(scenario()) < 100_000_000


def test_a_client_that_was_held_back_is_heard_again() -> None:
    async def scenario() -> bytes:
        port, asked, release = free_port(), asyncio.Event(), asyncio.Event()

        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await release.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow")
            writer.close()

        server = await asyncio.start_server(slow, "127.0.0.1", 0)
        target = f"/dial?host=127.0.0.1&port={server.sockets[0].getsockname()[1]}&request=x"
        form = "Content-Type: application/x-www-form-urlencoded"
        large = request("POST", "/echo", form, body="msg=" + "x" * 30_000_000)
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            first = f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            both = asyncio.ensure_future(exchange(port, first + large))
            await asked.wait()
            release.set()
            raw = await both
        server.close()
        return raw

    raw = asyncio.run(scenario())
    assert b'{"responses":["slow"]}' in raw
    assert raw.endswith(b"x" * 1000)


async def _sent_until_blocked(sock: socket.socket, most: int = 200_000_000) -> int:
    """How much goes into a connection before it takes no more for a while."""
    loop = asyncio.get_running_loop()
    for sent in range(0, most, 1_000_000):
        try:
            await asyncio.wait_for(loop.sock_sendall(sock, b"x" * 1_000_000), 0.3)
        except TimeoutError:
            return sent
    return most


class TestUdp:
    @pytest.mark.parametrize(
        ("sent", "answer"),
        [("hostname", "pod-1"), (" HostName\n", "pod-1"), ("echo Hello You", "hello you")],
    )
    def test_commands(self, sent: str, answer: str) -> None:
        assert self._ask(sent)[0] == answer

    def test_client_ip(self) -> None:
        answer, client, _ = self._ask("clientip")
        assert answer == client

    def test_server_port(self) -> None:
        answer, _, port = self._ask("serverport")
        assert answer == str(port)

    def _ask(self, sent: str) -> tuple[str, str, int]:
        async def scenario() -> tuple[str, str, int]:
            port, udp = free_port(), free_port(socket.SOCK_DGRAM)
            loop = asyncio.get_running_loop()
            async with running(NetExec, f"--http-port={port}", f"--udp-port={udp}"):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    sock.setblocking(False)
                    sock.connect(("127.0.0.1", udp))
                    sock.send(sent.encode())
                    answer = await asyncio.wait_for(loop.sock_recv(sock, 100), 5)
                    return answer.decode(), "{}:{}".format(*sock.getsockname()), udp

        return asyncio.run(scenario())


class TestEndings:
    def test_sigterm_ends_it_at_once(self) -> None:
        async def scenario() -> list[int]:
            async with running(NetExec, f"--http-port={free_port()}", "--udp-port=-1") as program:
                program.process.terminate()
                return program.exits

        assert asyncio.run(scenario()) == [0]

    def test_delayed_shutdown_serves_on_and_is_not_ready(self) -> None:
        async def scenario() -> tuple[list[str], int, list[int], list[int]]:
            clock, port = TurnedClock(), free_port()
            flags = (f"--http-port={port}", "--udp-port=-1", "--delay-shutdown=7")
            async with running(NetExec, *flags, clock=clock) as program:
                program.process.terminate()
                await clock.turn(6.9)
                answered = (await get(port, "/hostname")).body, (await get(port, "/readyz")).body
                before = list(program.exits)
                await clock.turn(0.2)
                return list(answered), program.process.exit_code or 0, before, program.exits

        answered, _, before, after = asyncio.run(scenario())
        assert answered == ["pod-1", "shutting down"]
        assert (before, after) == ([], [0])

    def test_exit_gives_no_answer(self) -> None:
        async def scenario() -> tuple[bytes, list[int]]:
            port = free_port()
            async with running(NetExec, f"--http-port={port}", "--udp-port=-1") as program:
                return await exchange(port, request("GET", "/exit?code=3")), program.exits

        assert asyncio.run(scenario()) == (b"", [3])

    def test_exit_with_a_timeout_answers_and_drains(self) -> None:
        async def scenario() -> tuple[int, list[int], str]:
            port = free_port()
            async with running(NetExec, f"--http-port={port}", "--udp-port=-1") as program:
                status = (await get(port, "/exit?code=4&timeout=5s")).status
                await eventually(lambda: program.exits)
                return status, program.exits, program.messages[-1]

        said = "Graceful shutdown completed with: <nil>"
        assert asyncio.run(scenario()) == (200, [4], said)

    def test_a_dead_process_refuses_connections(self) -> None:
        async def scenario() -> None:
            port = free_port()
            async with running(NetExec, f"--http-port={port}", "--udp-port=-1") as program:
                program.process.kill()
                await asyncio.sleep(0)
                with pytest.raises(ConnectionRefusedError):
                    await get(port, "/hostname")

        asyncio.run(scenario())

    def test_killing_it_ends_what_it_was_doing(self) -> None:
        async def scenario() -> bytes:
            port, silent = free_port(), socket.socket()
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            target = f"/dial?host=127.0.0.1&port={silent.getsockname()[1]}&request=hostname"
            async with running(NetExec, f"--http-port={port}", "--udp-port=-1") as program:
                pending = asyncio.ensure_future(exchange(port, request("GET", target)))
                await eventually(lambda: any("/dial" in line for line in program.messages))
                program.process.kill()
                with silent:
                    return await asyncio.wait_for(pending, 2)

        assert asyncio.run(scenario()) == b""

    def test_a_port_in_use_is_fatal(self) -> None:
        async def scenario() -> tuple[list[int], list[str]]:
            with socket.socket() as taken:
                taken.bind(("0.0.0.0", 0))
                taken.listen()
                port = taken.getsockname()[1]
                async with running(NetExec, f"--http-port={port}") as program:
                    return program.exits, program.messages

        exits, messages = asyncio.run(scenario())
        assert exits == [1]
        assert re.fullmatch(r"listen tcp :\d+: bind: address already in use", messages[-1])

    def test_a_udp_port_in_use_is_fatal(self) -> None:
        async def scenario() -> tuple[list[int], str]:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
                taken.bind(("0.0.0.0", 0))
                port = taken.getsockname()[1]
                flags = (f"--http-port={free_port()}", f"--udp-port={port}")
                async with running(NetExec, *flags) as program:
                    return program.exits, program.messages[-1]

        exits, last = asyncio.run(scenario())
        assert exits == [1]
        assert last.endswith("bind: address already in use")


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        ("--nope", "unknown flag: --nope"),
        ("--http-port=x", 'invalid argument "x" for "--http-port" flag'),
        ("--tls-cert-file=/x", "does not offer --tls-cert-file"),
        ("--sctp-port=9", "does not offer --sctp-port"),
        ("extra", "accepts at most 0 arg(s)"),
    ],
)
def test_a_command_line_it_does_not_take(flag: str, why: str) -> None:
    async def scenario() -> None:
        async with running(NetExec, flag):
            pass

    with pytest.raises(UsageError, match=re.escape(why)):
        asyncio.run(scenario())


def test_dial_output_is_json() -> None:
    async def scenario() -> str:
        port = free_port()
        async with running(NetExec, f"--http-port={port}", "--udp-port=-1"):
            target = f"/dial?host=127.0.0.1&port={port}&request=echo?msg=%3Cx%3E"
            return (await get(port, target)).body

    body = asyncio.run(scenario())
    assert body == '{"responses":["\\u003cx\\u003e"]}'
    assert json.loads(body) == {"responses": ["<x>"]}
