"""serve-hostname answers as agnhost 2.63 does."""

import asyncio
import re
import socket

from kubeproof.sandbox.kubelet.serve_hostname import ServeHostname
from tests.sandbox.kubelet.surroundings import TurnedClock, free_port, running
from tests.sandbox.kubelet.web import get


def test_over_http_on_any_path() -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        port = free_port()
        async with running(ServeHostname, f"--port={port}") as program:
            bodies = [(await get(port, path)).body for path in ("/", "/any")]
            return bodies, program.messages

    bodies, messages = asyncio.run(scenario())
    assert bodies == ["pod-1", "pod-1"]
    assert re.fullmatch(r"Serving on port \d+\.", messages[0])
    assert re.fullmatch(r"HTTP request from 127\.0\.0\.1:\d+", messages[-1])


def test_over_tcp_and_udp() -> None:
    async def scenario() -> tuple[bytes, bytes]:
        port, loop = free_port(), asyncio.get_running_loop()
        flags = ("--tcp", "--udp", "--http=false", f"--port={port}")
        async with running(ServeHostname, *flags):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            over_tcp = await reader.read()
            writer.close()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.connect(("127.0.0.1", port))
                sock.send(b"?")
                return over_tcp, await asyncio.wait_for(loop.sock_recv(sock, 100), 5)

    assert asyncio.run(scenario()) == (b"pod-1", b"pod-1")


def test_both_at_once_is_too_much() -> None:
    async def scenario() -> list[int]:
        async with running(ServeHostname, "--tcp") as program:
            return program.exits

    assert asyncio.run(scenario()) == [1]


def test_it_serves_for_a_minute_after_sigterm() -> None:
    async def scenario() -> tuple[str, list[int], list[int], list[str]]:
        clock, port = TurnedClock(), free_port()
        async with running(ServeHostname, f"--port={port}", clock=clock) as program:
            program.process.terminate()
            await clock.turn(59)
            body, before = (await get(port, "/")).body, list(program.exits)
            await clock.turn(1.1)
            return body, before, program.exits, program.messages[1:3]

    body, before, after, said = asyncio.run(scenario())
    assert (body, before, after) == ("pod-1", [], [0])
    assert said == ["Shutting down after receiving signal: terminated.", "Awaiting pod deletion."]


def test_a_port_in_use_is_fatal() -> None:
    async def scenario() -> tuple[list[int], str]:
        with socket.socket() as taken:
            taken.bind(("0.0.0.0", 0))
            taken.listen()
            port = taken.getsockname()[1]
            async with running(ServeHostname, f"--port={port}") as program:
                return program.exits, program.messages[-1]

    exits, last = asyncio.run(scenario())
    assert exits == [1]
    assert last.endswith("bind: address already in use")
