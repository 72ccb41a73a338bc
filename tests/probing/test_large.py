"""Messages larger than a packet: what is asked, and what counts as a whole answer."""

import json
import socket
from collections.abc import Callable
from threading import Thread

import httpx
import pytest

from kubeproof.errors import CheckBroken
from kubeproof.probing import Observation, Outcome, Target
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.large import with_large_messages
from kubeproof.probing.observation import UDP
from kubeproof.probing.transport import here
from tests.probing.servers import response, saying, serving
from tests.probing.vantages import FakeVantage, always

NOBODY: frozenset[str] = frozenset()
LINES = "".join(f"{number}\n" for number in range(1, 10_001))
WHOLE = json.dumps({"output": f"pod-1\n{LINES}"})
TARGET = Target("the ClusterIP of svc-1", "10.96.0.7", 9000)
OVER_UDP = Target("the ClusterIP of svc-1", "10.96.0.7", 9000, protocol=UDP)
ECHOED = "42" * 1000


def from_here(target: Target) -> Observation:
    [seen] = with_large_messages(DirectVantage("a client", 0.3, NOBODY, here)).ask(target)
    return seen


def test_request_and_answer_are_larger_than_a_packet() -> None:
    with serving(saying(response(WHOLE))) as server:
        seen = from_here(server.target)
    assert (seen.outcome, seen.pod) == (Outcome.ANSWERED, "pod-1")
    [[page]] = server.asked
    assert page.startswith("/shell?shellCommand=hostname%20%26%26%20seq%201%2010000&padding=4")
    assert len(page) > 4000
    assert len(WHOLE) > 48_000


MAIMED = {
    "a line is missing": json.dumps({"output": f"pod-1\n{LINES[2:]}"}),
    "there is no answer": json.dumps({"error": "exit status 127"}),
    "it breaks off": WHOLE[:20_000],
    "it is a list": "[1]",
    "it names nobody": json.dumps({"output": f"Pod_1\n{LINES}"}),
}


@pytest.mark.parametrize("text", MAIMED.values(), ids=MAIMED.keys())
def test_only_a_whole_answer_that_names_its_pod_counts(text: str) -> None:
    with serving(saying(response(text))) as server:
        seen = from_here(server.target)
    assert (seen.outcome, seen.pod) == (Outcome.BROKEN, "")
    assert len(seen.detail) < 300


def test_an_answer_that_never_gets_further_is_a_time_out() -> None:
    begun = response(WHOLE)[:1400]
    with serving(saying(begun, then_wait=True)) as server:
        assert from_here(server.target).outcome is Outcome.TIMED_OUT


def dialling(answer: Callable[[str, dict[str, str]], object]) -> DialVantage:
    def proxy(page: str, query: dict[str, str]) -> httpx.Response:
        return httpx.Response(200, json=answer(page, query))

    return DialVantage("a Pod on n1", NOBODY, proxy)


def test_a_pod_has_agnhost_dial() -> None:
    asked: list[tuple[str, str]] = []

    def answer(page: str, query: dict[str, str]) -> object:
        asked.append((page, query["request"][:19]))
        return {"responses": [WHOLE] * int(query["tries"])}

    sample = with_large_messages(dialling(answer)).ask(TARGET, 3)
    assert sample.pods() == {"pod-1": 3}
    assert asked == [("dial", "shell?shellCommand=")]


def test_the_padding_is_not_shown() -> None:
    error = f'Get "http://10.96.0.7:9000/shell?padding={"4" * 4000}": context deadline exceeded'
    pod = dialling(lambda page, query: {"errors": [error]})
    [seen] = with_large_messages(pod).ask(TARGET)
    shown = 'Get "http://10.96.0.7:9000/shell?padding=4…": context deadline exceeded'
    assert (seen.outcome, seen.detail) == (Outcome.TIMED_OUT, shown)


def with_nc(*answers: str) -> tuple[list[str], DialVantage]:
    commands: list[str] = []

    def answer(page: str, query: dict[str, str]) -> object:
        commands.append(query["shellCommand"])
        return {"output": answers[len(commands) - 1]}

    return commands, dialling(answer)


def test_over_udp_the_pod_is_asked_for_its_name_and_for_an_echo_from_one_port() -> None:
    commands, pod = with_nc("pod-1", f"{ECHOED}\n")
    assert with_large_messages(pod).ask(OVER_UDP).pods() == {"pod-1": 1}
    assert [one.partition(" | ")[0] for one in commands] == ["echo hostname", f"echo echo {ECHOED}"]
    assert len({one.partition(" | ")[2] for one in commands}) == 1


def test_every_try_is_a_flow_of_its_own() -> None:
    commands, pod = with_nc(*("pod-1", ECHOED) * 3)
    with_large_messages(pod).ask(OVER_UDP, 3)
    assert len({one.partition(" | ")[2] for one in commands}) == 3


ECHOES = {
    "nothing": ("", Outcome.TIMED_OUT, "pod-1 answered a small datagram, and nobody one of 2000"),
    "a part": (ECHOED[:1472], Outcome.BROKEN, "1472 of 2000 bytes came back"),
}


@pytest.mark.parametrize(("echo", "outcome", "why"), ECHOES.values(), ids=ECHOES.keys())
def test_what_does_not_come_back_whole(echo: str, outcome: Outcome, why: str) -> None:
    _, pod = with_nc("pod-1", echo)
    [seen] = with_large_messages(pod).ask(OVER_UDP)
    assert (seen.outcome, seen.pod) == (outcome, "")
    assert seen.detail.startswith(why)


def test_a_direct_client_asks_twice_over_one_flow() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        ports: list[int] = []

        def serve() -> None:
            for answer in ("pod-1", ECHOED):
                _, client = server.recvfrom(4096)
                ports.append(client[1])
                server.sendto(answer.encode(), client)

        serve_both = Thread(target=serve)
        serve_both.start()
        target = Target("the server", "127.0.0.1", server.getsockname()[1], protocol=UDP)
        assert from_here(target).pod == "pod-1"
        serve_both.join(2)
    assert len(ports) == 2
    assert len(set(ports)) == 1


def test_others_cannot_choose_what_they_ask() -> None:
    with pytest.raises(CheckBroken, match="a client cannot choose what it asks"):
        with_large_messages(FakeVantage(always("pod-1")))
