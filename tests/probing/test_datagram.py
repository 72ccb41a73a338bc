"""Direct vantages over UDP, asked against a socket on this machine."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread

import pytest

from kubeproof.probing import Observation, Outcome, Target
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.observation import UDP
from kubeproof.probing.transport import here
from tests.probing.servers import closed_port

ADDRESSES = frozenset({"127.0.0.1"})


@contextmanager
def answering(**answers: str) -> Generator[Target]:
    """A server that knows some commands and is silent at all others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        serve = Thread(target=_serve, args=(server, answers))
        serve.start()
        port = server.getsockname()[1]
        yield Target("the server", "127.0.0.1", port, protocol=UDP)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", port))
        serve.join(2)


def _serve(server: socket.socket, answers: dict[str, str]) -> None:
    while True:
        command, client = server.recvfrom(2048)
        if not command:
            return
        answer = answers.get(command.decode())
        if answer is not None:
            server.sendto(answer.format(client=f"{client[0]}:{client[1]}").encode(), client)


def asked(target: Target, *, source: bool = False) -> Observation:
    [seen] = DirectVantage("a client", 0.2, ADDRESSES, here).ask(target, source=source)
    return seen


def test_the_answer_to_a_datagram_names_its_pod() -> None:
    with answering(hostname="pod-1") as target:
        seen = asked(target)
    assert (seen.outcome, seen.pod, seen.source) == (Outcome.ANSWERED, "pod-1", "")


def test_the_source_is_asked_for_too() -> None:
    with answering(hostname="pod-1", clientip="{client}") as target:
        assert asked(target, source=True).source == "127.0.0.1"


def test_silence_is_a_time_out() -> None:
    with answering() as target:
        assert asked(target).outcome is Outcome.TIMED_OUT


def test_a_port_where_nobody_listens_refuses() -> None:
    seen = asked(Target("nobody", "127.0.0.1", closed_port(), protocol=UDP))
    assert seen.outcome is Outcome.REFUSED
    assert "nobody over UDP (127.0.0.1:" in str(seen)


@pytest.mark.parametrize("answer", ["", "Pod_1"])
def test_an_answer_that_names_no_pod_is_a_broken_check(answer: str) -> None:
    with answering(hostname=answer) as target:
        assert asked(target).outcome is Outcome.BROKEN
