"""curl in the background of the sandbox's Pods: one connection for as long as it lasts."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

import pytest

from kubeproof.probing.kept import command
from kubeproof.probing.observation import Target
from kubeproof.sandbox.kubelet import shell
from kubeproof.sandbox.kubelet.clock import SystemClock
from kubeproof.sandbox.kubelet.jobs import Jobs
from kubeproof.sandbox.kubelet.process import Surroundings
from kubeproof.sandbox.kubelet.resolv_conf import ResolvConf
from kubeproof.sandbox.kubelet.resolver import Resolver
from tests.sandbox.kubelet.surroundings import Here, eventually, free_port

PATH = "/tmp/kept-1"
ANSWER = b"HTTP/1.1 200 OK\r\n%sContent-Length: 5\r\n\r\npod-1"
WHERE = Surroundings("pod-1", Here(), Resolver(Here(), ResolvConf(), {}), SystemClock())


@contextlib.asynccontextmanager
async def serving(
    seen: list[tuple[int, str]], fields: bytes = b"", requests: int = 9999
) -> AsyncGenerator[int]:
    """Answers so many requests of a connection, and notes which connection wanted what."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            for _ in range(requests):
                head = await reader.readuntil(b"\r\n\r\n")
                seen.append((writer.get_extra_info("peername")[1], head.decode().split()[1]))
                writer.write(ANSWER % fields)
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(answered, "127.0.0.1") as server:
        yield int(server.sockets[0].getsockname()[1])


async def written(port: int, enough: Callable[[list[str]], bool], patience: str = "5") -> list[str]:
    jobs = Jobs()
    line = " ".join(command(Target("a door", "127.0.0.1", port), PATH))
    line = line.replace("--max-time 5", f"--max-time {patience}")
    started = await shell.run(WHERE, line, jobs)
    assert started.status == 0
    await eventually(lambda: enough(jobs.files[PATH].splitlines()))
    killed = await shell.run(WHERE, f"kill {started.output.strip()}", jobs)
    assert killed == ("", 0)
    shown = await shell.run(WHERE, f"cat {PATH}", jobs)
    return shown.output.splitlines()


def at_least(lines: int) -> Callable[[list[str]], bool]:
    return lambda told: len(told) >= lines


def without_time(lines: list[str]) -> list[str]:
    return [" ".join([*line.split(" ")[:4], *line.split(" ")[5:]]) for line in lines]


def test_every_page_is_asked_over_one_connection() -> None:
    async def scenario() -> list[str]:
        async with serving(seen) as port:
            return await written(port, at_least(3))

    seen: list[tuple[int, str]] = []
    lines = without_time(asyncio.run(scenario()))
    assert lines[:3] == ["pod-1 200 0 1 ", "pod-1 200 0 0 ", "pod-1 200 0 0 "]
    assert [page for _, page in seen[:3]] == [f"/hostname?{number}" for number in (1, 2, 3)]
    assert len({client for client, _ in seen}) == 1


@pytest.mark.parametrize(("fields", "requests"), [(b"", 1), (b"Connection: close\r\n", 9999)])
def test_a_connection_that_ended_is_followed_by_another(fields: bytes, requests: int) -> None:
    async def scenario() -> list[str]:
        async with serving([], fields, requests) as port:
            return await written(port, at_least(3))

    assert without_time(asyncio.run(scenario()))[:3] == ["pod-1 200 0 1 "] * 3


def test_it_tells_where_nobody_listens() -> None:
    port = free_port()
    lines = asyncio.run(written(port, at_least(2)))
    why = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert without_time(lines)[:2] == [f" 000 7 1 {why}"] * 2


def test_it_tells_where_nothing_comes_back() -> None:
    async def scenario() -> list[str]:
        async with serving([], requests=0) as port:
            return await written(port, at_least(1))

    assert without_time(asyncio.run(scenario()))[0].startswith(" 000 56 1 ")


def test_it_is_patient_for_so_long_only() -> None:
    def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Says nothing."""

    async def scenario() -> list[str]:
        async with await asyncio.start_server(silent, "127.0.0.1") as server:
            port = int(server.sockets[0].getsockname()[1])
            return await written(port, at_least(1), patience="0.1")

    assert without_time(asyncio.run(scenario()))[0] == " 000 28 1 Operation timed out"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("http://", "https://"),
        ("[1-6000]", ""),
        ("--rate 20/s", "--rate 20/h"),
        ("--rate 20/s", ""),
        ("%{exitcode}", ""),
        ("--max-time", "--max-filesize"),
    ],
)
def test_it_takes_what_it_is_asked_by_the_suite_only(old: str, new: str) -> None:
    async def scenario() -> str:
        jobs = Jobs()
        line = " ".join(command(Target("a door", "127.0.0.1", 1), PATH)).replace(old, new)
        assert await shell.run(WHERE, line, jobs) == ("0\n", 0)
        return jobs.files[PATH]

    assert asyncio.run(scenario()).startswith("curl: (2) the sandbox's curl takes --rate N/s")


def test_what_is_left_behind_ends_with_its_container() -> None:
    async def scenario() -> tuple[int, int]:
        jobs = Jobs()
        async with serving(seen) as port:
            line = " ".join(command(Target("a door", "127.0.0.1", port), PATH))
            await shell.run(WHERE, line, jobs)
            await eventually(lambda: seen)
            jobs.close()
            await asyncio.sleep(0)
            before = len(seen)
            await asyncio.sleep(0.15)
            return before, len(seen)

    seen: list[tuple[int, str]] = []
    before, after = asyncio.run(scenario())
    assert before == after > 0


def test_nobody_else_can_be_killed() -> None:
    ended = asyncio.run(shell.run(WHERE, "kill 1"))
    assert (ended.output, ended.status) == ("/bin/sh: 1: kill: No such process\n\n", 1)
