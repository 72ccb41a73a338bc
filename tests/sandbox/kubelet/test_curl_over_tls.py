"""curl in the sandbox's Pods: it tells apart who answers, and why nobody does."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from kubeproof.sandbox.kubelet import shell
from kubeproof.sandbox.kubelet.clock import SystemClock
from kubeproof.sandbox.kubelet.process import Surroundings
from kubeproof.sandbox.kubelet.resolv_conf import ResolvConf
from kubeproof.sandbox.kubelet.resolver import Resolver
from kubeproof.sandbox.kubelet.shell import Ended
from kubeproof.sandbox.tls.certificate import Identity, identity
from tests.sandbox.kubelet.surroundings import Here, free_port

NAME = "kubernetes.default.svc"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def made(name: str = NAME) -> Identity:
    return identity("kube-apiserver", [name], datetime.now(UTC), timedelta(days=1))


@contextlib.asynccontextmanager
async def serving(proof: Identity | None, answer: bytes = ANSWER) -> AsyncGenerator[int]:
    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(1)
            writer.write(answer)
            await writer.drain()
        writer.close()

    context = proof.context() if proof else None
    server = await asyncio.start_server(answered, "127.0.0.1", ssl=context)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def curl(port: int, trusted: str, host: str = "127.0.0.1", **other: str) -> Ended:
    where = Surroundings(
        "pod-1",
        Here(),
        Resolver(Here(), ResolvConf(), {"localhost": "127.0.0.1"}),
        SystemClock(),
        MappingProxyType({"/ca.crt": trusted}),
    )
    given = {"--max-time": "2", "--cacert": "/ca.crt"} | other
    given["--connect-to"] = f"{NAME}:{port}:{host}:{port}"
    words = " ".join(f"{flag} {value}" for flag, value in given.items())
    return await shell.run(where, f"curl --silent --show-error {words} https://{NAME}:{port}/x")


async def asked(proof: Identity | None, trusted: str, answer: bytes = ANSWER) -> Ended:
    async with serving(proof, answer) as port:
        return await curl(port, trusted)


def test_whoever_shows_the_trusted_certificate_is_heard() -> None:
    one = made()
    assert asyncio.run(asked(one, one.certificate)) == ("ok", 0)


def test_another_certificate_is_not_trusted() -> None:
    ended = asyncio.run(asked(made(), made().certificate))
    assert ended.status == 60
    assert ended.output.startswith("curl: (60) SSL certificate problem: ")


def test_a_certificate_in_another_name_is_not_taken() -> None:
    other = made("somebody.else")
    assert asyncio.run(asked(other, other.certificate)).status == 60


def test_a_server_without_tls_shows_nothing() -> None:
    assert asyncio.run(asked(None, made().certificate)).status == 35


def test_a_server_that_says_nothing() -> None:
    one = made()
    assert asyncio.run(asked(one, one.certificate, b"")).status == 52


@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1", 7), ("nowhere.invalid", 6), ("localhost", 7)]
)
def test_who_cannot_be_reached(host: str, status: int) -> None:
    assert asyncio.run(curl(free_port(), made().certificate, host)).status == status


def test_without_the_authority_s_file_nobody_is_asked() -> None:
    ended = asyncio.run(curl(free_port(), "", **{"--cacert": "/none"}))
    assert (ended.status, "/none" in ended.output) == (77, True)


def test_a_server_that_never_shakes_hands_is_given_up() -> None:
    async def mute() -> Ended:
        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1")
        async with server:
            port = int(server.sockets[0].getsockname()[1])
            return await curl(port, made().certificate, **{"--max-time": "0.1"})

    assert asyncio.run(mute()) == ("curl: (28) Connection timed out\n", 28)


@pytest.mark.parametrize("flag", ["--insecure", "--max-time"])
def test_other_ways_are_not_offered(flag: str) -> None:
    assert asyncio.run(curl(1, "", **{flag: "x"})).status == 2
