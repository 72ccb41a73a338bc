"""Direct vantages, asked against servers on this machine: every way a connection can end."""

import errno
import os
import socket
from collections.abc import Callable

import httpx
import pytest

from kubeproof.errors import CheckBroken
from kubeproof.probing import Observation, Outcome, Target
from kubeproof.probing.direct import DirectVantage, hurried, patient
from kubeproof.probing.transport import NamespaceTransport, here
from tests.probing import servers
from tests.probing.servers import Handler, closed_port, named, response, saying, serving
from tests.probing.vantages import FakeVantage, always

POD = named("pod-1")
QUICK = 0.2  # seconds: how long a silent server is listened to


def vantage(timeout: float = 5.0, sockets: Callable[[int], socket.socket] = here) -> DirectVantage:
    return DirectVantage("a client", timeout, frozenset({"127.0.0.1"}), sockets)


def asked(handler: Handler, timeout: float = 5.0) -> Observation:
    with serving(handler) as server:
        [seen] = vantage(timeout).ask(server.target)
    return seen


def test_an_answer_names_its_pod() -> None:
    with serving(POD) as server:
        [seen] = vantage().ask(server.target)
    assert (seen.outcome, seen.pod, seen.source) == (Outcome.ANSWERED, "pod-1", "")
    assert (seen.vantage, seen.target) == ("a client", server.target)
    assert 0 < seen.seconds < 5


def test_the_source_is_asked_for_over_the_same_connection() -> None:
    with serving(POD) as server:
        [seen] = vantage().ask(server.target, source=True)
    assert (seen.pod, seen.source) == ("pod-1", "127.0.0.1")
    assert server.asked == [["/hostname", "/clientip"]]


def test_every_try_is_a_new_connection() -> None:
    with serving(POD) as server:
        sample = vantage().ask(server.target, 3, source=True)
    assert sample.pods() == {"pod-1": 3}
    assert server.asked == [["/hostname", "/clientip"]] * 3
    assert len(set(server.clients)) == 3


def test_a_target_behind_a_proxy_is_asked_under_its_path() -> None:
    with serving(POD) as server:
        path = "/api/v1/namespaces/ns/services/svc-1:9000/proxy/"
        [seen] = vantage().ask(Target("a proxy", "127.0.0.1", server.port, path))
    assert seen.pod == "pod-1"
    assert server.asked == [[path + "hostname"]]


def test_nobody_listens() -> None:
    [seen] = vantage().ask(Target("a closed port", "127.0.0.1", closed_port()))
    assert seen.outcome is Outcome.REFUSED
    assert "Connection refused" in seen.detail


ENDS = {
    "reset": (servers.reset, Outcome.RESET),
    "closed without an answer": (saying(), Outcome.RESET),
    "half a head": (saying(b"HTTP/1.1 200 OK\r\nContent-"), Outcome.RESET),
    "half a body": (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npod"), Outcome.RESET),
    "silence": (servers.silent, Outcome.TIMED_OUT),
    "silence after half a head": (saying(b"HTTP/1.1 200", then_wait=True), Outcome.TIMED_OUT),
    "silence after half a body": (
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npod", then_wait=True),
        Outcome.TIMED_OUT,
    ),
}


@pytest.mark.parametrize(("handler", "outcome"), ENDS.values(), ids=ENDS.keys())
def test_connections_that_end_without_an_answer(handler: Handler, outcome: Outcome) -> None:
    seen = asked(handler, QUICK)
    assert seen.outcome is outcome
    assert seen.detail
    assert (seen.pod, seen.source) == ("", "")


def test_a_time_out_takes_as_long_as_it_says() -> None:
    assert QUICK <= asked(servers.silent, QUICK).seconds < 3


NAMELESS = {
    "another page": response("<html>It works!</html>"),
    "nothing": response(""),
    "a proxy's error": response("upstream connect error", "503 Service Unavailable"),
    "an error that looks like a name": response("pod-1", "404 Not Found"),
    "a redirect": response("", "302 Found", "Location: http://127.0.0.1:1/hostname"),
    "two lines": response("pod-1\npod-2"),
    "a name that no Pod can have": response("Pod_1"),
}


@pytest.mark.parametrize("answer", NAMELESS.values(), ids=NAMELESS.keys())
def test_an_answer_that_names_no_pod_says_nothing_about_routing(answer: bytes) -> None:
    seen = asked(saying(answer))
    assert seen.outcome is Outcome.BROKEN
    assert "names no Pod" in seen.detail


def test_the_same_answer_from_behind_a_proxy_says_that_it_found_no_way() -> None:
    with serving(saying(response("no endpoints", "503 Service Unavailable"))) as server:
        [seen] = vantage().ask(Target("a proxy", "127.0.0.1", server.port, "/proxy/"))
    assert seen.outcome is Outcome.UNREACHABLE
    assert "HTTP 503, 'no endpoints'" in seen.detail


@pytest.mark.parametrize("text", ["pod-1", "somebody:80", ""])
def test_a_client_address_that_is_none_is_a_broken_check(text: str) -> None:
    def handle(connection: socket.socket, server: servers.Server) -> None:
        while page := server.page(connection):
            connection.sendall(response(text if page == "/clientip" else "pod-1"))

    with serving(handle) as server:
        [seen] = vantage().ask(server.target, source=True)
    assert seen.outcome is Outcome.BROKEN
    assert "no client address" in seen.detail


def test_a_refusal_to_tell_the_client_address_is_a_broken_check() -> None:
    def handle(connection: socket.socket, server: servers.Server) -> None:
        while page := server.page(connection):
            answers = {"/hostname": response("pod-1"), "/clientip": response("::1:7", "404 No")}
            connection.sendall(answers[page])

    with serving(handle) as server:
        [seen] = vantage().ask(server.target, source=True)
    assert seen.outcome is Outcome.BROKEN
    assert "no client address in HTTP 404" in seen.detail


def test_an_answer_over_ipv6_has_brackets_around_the_address() -> None:
    def handle(connection: socket.socket, server: servers.Server) -> None:
        while page := server.page(connection):
            connection.sendall(response("[fd00::7]:4711" if page == "/clientip" else "pod-1"))

    with serving(handle) as server:
        [seen] = vantage().ask(server.target, source=True)
    assert seen.source == "fd00::7"


def test_proxies_in_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, nowhere)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(POD) as server:
        [seen] = vantage().ask(server.target)
    assert seen.pod == "pod-1"
    assert server.asked == [["/hostname"]], "a proxy would be asked for a whole URL"


class Failing(socket.socket):
    """A socket whose connection ends in the error that is given; it remembers being closed."""

    def __init__(self, error: OSError) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self._error = error

    def connect(self, address: object, /) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH)), Outcome.UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH)), Outcome.UNREACHABLE),
        (OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)), Outcome.TIMED_OUT),
        (TimeoutError("timed out"), Outcome.TIMED_OUT),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Outcome.NAME_NOT_FOUND),
        (OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL)), Outcome.BROKEN),
    ],
    ids=str,
)
def test_what_the_kernel_says_to_connect(error: OSError, outcome: Outcome) -> None:
    made: list[Failing] = []

    def source(kind: int) -> socket.socket:
        assert kind == socket.SOCK_STREAM
        made.append(Failing(error))
        return made[-1]

    [seen] = vantage(sockets=source).ask(Target("nowhere", "192.0.2.1", 80))
    assert seen.outcome is outcome
    assert [sock.fileno() for sock in made] == [-1], "what could not be connected is closed"


def test_every_connection_is_of_a_socket_from_the_source_and_closed_at_the_end() -> None:
    made: list[socket.socket] = []

    def source(kind: int) -> socket.socket:
        made.append(here(kind))
        return made[-1]

    with serving(POD) as server:
        vantage(sockets=source).ask(server.target, 2, source=True)
    assert [sock.fileno() for sock in made] == [-1, -1]


def test_a_source_without_sockets_breaks_the_check_by_its_own_error() -> None:
    def source(kind: int) -> socket.socket:
        raise CheckBroken("no socket outside the cluster: the sandbox was closed")

    with pytest.raises(CheckBroken, match="the sandbox was closed"):
        vantage(sockets=source).ask(Target("nowhere", "192.0.2.1", 80))


def test_a_source_that_cannot_make_a_socket_is_no_matter_of_the_network() -> None:
    def source(kind: int) -> socket.socket:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    [seen] = vantage(sockets=source).ask(Target("nowhere", "192.0.2.1", 80))
    assert seen.outcome is Outcome.BROKEN


def test_probes_speak_plain_http() -> None:
    refused = pytest.raises(httpx.UnsupportedProtocol, match="probes speak plain HTTP")
    with (
        serving(POD) as server,
        httpx.Client(transport=NamespaceTransport(here)) as client,
        refused,
    ):
        client.get(f"https://127.0.0.1:{server.port}/hostname")


def test_asking_goes_on_after_a_failure() -> None:
    first = iter([servers.reset])

    def handle(connection: socket.socket, server: servers.Server) -> None:
        next(first, POD)(connection, server)

    with serving(handle) as server:
        sample = vantage().ask(server.target, 3)
    assert [seen.outcome for seen in sample] == [Outcome.RESET, *[Outcome.ANSWERED] * 2]


def test_a_hurried_client_is_the_same_client_with_less_patience() -> None:
    client = vantage(timeout=3.0)
    quick, slow = hurried(client, 1.5), hurried(client, 30.0)
    assert isinstance(quick, DirectVantage)
    assert (quick.timeout, quick.name, quick.addresses) == (1.5, client.name, client.addresses)
    assert slow == client


def test_a_client_whose_patience_is_not_ours_is_left_as_it_is() -> None:
    pod = FakeVantage(always("pod-1"))
    assert hurried(pod, 1.5) is pod
    assert patient(pod, 30.0) is pod


def test_a_patient_client_is_the_same_client_with_more_patience() -> None:
    client = vantage(timeout=3.0)
    slow = patient(client, 10.0)
    assert isinstance(slow, DirectVantage)
    assert (slow.timeout, slow.name) == (10.0, client.name)
    assert patient(client, 1.0) == client
