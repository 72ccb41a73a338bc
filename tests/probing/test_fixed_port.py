"""Clients with one source port: direct ones bind it, Pods have nc do so."""

import json
import socket
from dataclasses import replace

import httpx
import pytest

from kubeproof.errors import CheckBroken
from kubeproof.probing import Outcome, Target
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.fixed_port import from_port
from kubeproof.probing.observation import UDP
from kubeproof.probing.transport import here
from tests.probing.test_datagram import answering
from tests.probing.vantages import FakeVantage, always

TARGET = Target("the ClusterIP of svc-1", "10.96.0.7", 9000, protocol=UDP)
NOBODY: frozenset[str] = frozenset()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_a_direct_client_binds_its_port_for_every_try() -> None:
    port = free_port()
    with answering(hostname="pod-1") as target:
        client = from_port(DirectVantage("a client", 1.0, NOBODY, here), port)
        assert client.ask(target, 3).pods() == {"pod-1": 3}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("0.0.0.0", port))
            [taken] = client.ask(target)
    assert (taken.outcome, taken.pod) == (Outcome.BROKEN, "")


def in_a_pod(output: str, error: str = "") -> tuple[list[str], DialVantage]:
    asked: list[str] = []

    def proxy(page: str, query: dict[str, str]) -> httpx.Response:
        asked.append(f"{page} {query['shellCommand']}")
        told = {"output": output} | ({"error": error} if error else {})
        return httpx.Response(200, text=json.dumps(told))

    return asked, DialVantage("a Pod on n1", NOBODY, proxy)


def test_a_direct_client_does_not_wait_longer_than_nc_does() -> None:
    for own, waits in ((0.25, 0.25), (30.0, 1.0)):
        client = from_port(DirectVantage("a client", own, NOBODY, here), 40000)
        assert isinstance(client, DirectVantage)
        assert client.timeout == waits


def test_a_pod_has_nc_ask_from_the_port() -> None:
    asked, vantage = in_a_pod("pod-1")
    vantage = replace(vantage, addresses=frozenset({"10.244.1.9"}))
    client = from_port(vantage, 40000)
    assert (client.name, client.addresses) == ("a Pod on n1", {"10.244.1.9"})
    [seen] = client.ask(TARGET)
    assert (seen.vantage, seen.target, seen.pod, seen.detail) == (
        "a Pod on n1",
        TARGET,
        "pod-1",
        "",
    )
    assert 0 <= seen.seconds < 5
    assert asked == ["shell echo hostname | nc -u -w 1 -W 1 -p 40000 10.96.0.7 9000"]


ENDS = {
    "silence": ("", "", Outcome.TIMED_OUT),
    "refused": ("", "exit status 1", Outcome.TIMED_OUT),
    "the port is taken": ("nc: bind failed: Address in use", "exit status 1", Outcome.BROKEN),
    "no nc": ("sh: nc: not found", "exit status 127", Outcome.BROKEN),
}


@pytest.mark.parametrize(("output", "error", "outcome"), ENDS.values(), ids=ENDS.keys())
def test_how_nc_ends(output: str, error: str, outcome: Outcome) -> None:
    _, vantage = in_a_pod(output, error)
    [seen] = from_port(vantage, 40000).ask(TARGET)
    assert (seen.outcome, seen.pod) == (outcome, "")
    assert ("nc" in seen.detail) == (outcome is not Outcome.ANSWERED)


def test_others_cannot_choose_their_port() -> None:
    with pytest.raises(CheckBroken, match="a client cannot choose the port"):
        from_port(FakeVantage(always("pod-1")), 40000)
