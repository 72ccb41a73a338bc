"""Booting a sandbox, and what its handle does."""

import errno
import json
import os
import socket
import ssl
import sys
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.sandbox.errors import PortTaken, SandboxClosed, SandboxError, SandboxFailed
from kubeproof.sandbox.objects import Object
from tests.sandbox.identities import NOBODY, identities
from tests.sandbox.processes import children
from tests.sandbox.rest import Rest

NODE = ("172.30.0.11", 9)


@pytest.fixture(scope="module")
def booted() -> Generator[Sandbox]:
    """One sandbox for the tests that leave it as it was."""
    with Sandbox.start() as sandbox:
        yield sandbox


def refused(sock: socket.socket, address: tuple[str, int]) -> bool:
    with sock:
        sock.settimeout(2)
        return sock.connect_ex(address) == errno.ECONNREFUSED


def test_nodes_and_their_addresses(booted: Sandbox) -> None:
    assert [(node.name, node.address) for node in booted.nodes] == [
        ("k8s-node1", "172.30.0.11"),
        ("k8s-node2", "172.30.0.12"),
        ("k8s-node3", "172.30.0.13"),
    ]


def test_whoever_meets_the_api_beside_the_nodes_is_a_stranger_without_the_token(
    booted: Sandbox,
) -> None:
    strangers = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    strangers.check_hostname, strangers.verify_mode = False, ssl.CERT_NONE
    with booted.socket("outside") as plain:
        plain.connect(("172.30.0.1", 6443))
        with strangers.wrap_socket(plain) as sock:
            sock.sendall(b"GET /api/v1/pods HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert sock.recv(99).startswith(b"HTTP/1.1 401 ")


def test_number_of_nodes_is_an_option() -> None:
    with Sandbox.start(Options(nodes=1)) as sandbox:
        assert [node.name for node in sandbox.nodes] == ["k8s-node1"]


@pytest.mark.parametrize("nodes", [0, 10])
def test_impossible_number_of_nodes(nodes: int) -> None:
    with pytest.raises(ValueError, match="1 to 9 nodes"):
        Options(nodes=nodes)


def test_phases_add_up_to_the_boot(booted: Sandbox) -> None:
    assert {"interpreter and namespaces", "imports", "network"} <= booted.boot_phases.keys()
    assert 0 < sum(booted.boot_phases.values()) <= booted.boot_seconds


def test_socket_is_unconnected_and_packets_leave_from_its_namespace(booted: Sandbox) -> None:
    outside = booted.socket("outside")
    assert outside.getsockname() == ("0.0.0.0", 0)
    assert not os.get_inheritable(outside.fileno())
    assert refused(outside, NODE), "the node's kernel answers with a reset"
    with socket.socket() as host, pytest.raises(OSError, match="Cannot assign requested address"):
        host.bind(("172.30.0.254", 0))


def test_socket_carries_the_address_of_its_namespace(booted: Sandbox) -> None:
    with booted.socket("k8s-node1", socket.SOCK_DGRAM) as listening:
        listening.bind(("0.0.0.0", 7000))
        listening.settimeout(2)
        with booted.socket("outside", socket.SOCK_DGRAM) as sending:
            sending.sendto(b"hello", ("172.30.0.11", 7000))
        assert listening.recvfrom(16)[0] == b"hello"
        assert listening.type == socket.SOCK_DGRAM


def test_unknown_namespace(booted: Sandbox) -> None:
    with pytest.raises(SandboxError, match="no network namespace called pod/default/gone"):
        booted.socket("pod/default/gone")


def test_threads_share_a_sandbox(booted: Sandbox) -> None:
    with ThreadPoolExecutor(8) as threads:
        tries = [threads.submit(lambda: refused(booted.socket("outside"), NODE)) for _ in range(99)]
        assert all(tried.result() for tried in tries)


def test_long_answer_does_not_hold_up_others(booted: Sandbox) -> None:
    """``settled`` waits on a channel of its own: meanwhile sockets are handed out."""
    waiting = threading.Thread(target=lambda: booted.settled(5))
    waiting.start()
    booted.socket("outside").close()
    waiting.join()


def test_thread_that_starts_a_sandbox_may_end() -> None:
    """PR_SET_PDEATHSIG would end the sandbox together with the thread."""
    with ThreadPoolExecutor(1) as thread:
        sandbox = thread.submit(Sandbox.start).result()
    with sandbox:
        assert refused(sandbox.socket("outside"), NODE)


def test_open_files_and_umask(booted: Sandbox) -> None:
    init = children(booted.pid)[0]
    limits = Path(f"/proc/{init}/limits").read_text()
    [files] = [line.split() for line in limits.splitlines() if line.startswith("Max open files")]
    assert files[3] == files[4], "as many as the host lets a process have"
    assert "Umask:\t0077" in Path(f"/proc/{init}/status").read_text()


def test_environment_reaches_the_sandbox_but_no_descriptor(booted: Sandbox) -> None:
    init = children(booted.pid)[0]
    standard = {Path(f"/proc/{init}/fd/{fd}").readlink() for fd in (0, 1, 2)}
    assert {str(path) for path in standard} == {"/dev/null", "/memfd:kubeproof-log (deleted)"}


def test_token_is_not_on_the_command_line(booted: Sandbox) -> None:
    for pid in (booted.pid, children(booted.pid)[0]):
        assert booted.token not in Path(f"/proc/{pid}/cmdline").read_text()
        assert booted.token not in Path(f"/proc/{pid}/environ").read_text()


def test_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port} .*in use.*--api-port") as caught:
            Sandbox.start(Options(api_port=port))
    assert caught.value.port == port


def test_port_that_was_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    with Sandbox.start(Options(api_port=port)) as sandbox:
        assert sandbox.api_url == f"http://127.0.0.1:{port}"


def test_boot_that_fails_shows_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def impossible(_: Options, *, is_detached: bool) -> Object:
        return {"task": "run", "detached": is_detached, "options": {"nodes": 0}}

    monkeypatch.setattr("kubeproof.sandbox.starting._request", impossible)
    with pytest.raises(SandboxFailed, match="did not start") as caught:
        Sandbox.start()
    assert "Traceback" in caught.value.log
    assert "a sandbox has 1 to 9 nodes, not 0" in str(caught.value)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    here = str(Path(sys.modules["kubeproof"].__file__ or "").parents[1])
    monkeypatch.setattr(sys, "path", [here])
    with pytest.raises(SandboxFailed, match="No module named 'aiohttp'"):
        Sandbox.start()


def test_closed_sandbox_answers_nothing() -> None:
    sandbox = Sandbox.start()
    sandbox.close()
    with pytest.raises(SandboxClosed):
        sandbox.socket("outside")
    with pytest.raises(SandboxClosed):
        sandbox.settled()


def test_forked_process_may_not_use_or_end_it(booted: Sandbox) -> None:
    child = os.fork()
    if not child:
        try:
            booted.socket("outside")
            code = 1
        except SandboxClosed:
            booted.close()
            code = 0
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert refused(booted.socket("outside"), NODE)


def test_two_sandboxes_have_the_same_addresses_and_do_not_meet() -> None:
    with Sandbox.start() as one, Sandbox.start() as other, one.socket("k8s-node1") as listening:
        listening.bind(("0.0.0.0", 7001))
        listening.listen()
        assert not refused(one.socket("outside"), ("172.30.0.11", 7001))
        assert refused(other.socket("outside"), ("172.30.0.11", 7001))


def test_api_answers_when_the_boot_is_over(booted: Sandbox) -> None:
    rest = Rest(booted.api_url, booted.token)
    assert rest.ask("GET", "/readyz").body == "ok"
    nodes = rest.get("/api/v1/nodes")["items"]
    conditions = [condition for node in nodes for condition in node["status"]["conditions"]]
    ready = [condition["status"] for condition in conditions if condition["type"] == "Ready"]
    assert ready == ["True"] * 3


def test_wrong_token_is_refused(booted: Sandbox) -> None:
    assert Rest(booted.api_url, "wrong").ask("GET", "/api/v1/nodes").status == 401


def status_without_token(url: str, headers: str = "Host: 127.0.0.1") -> int:
    """The status of an answer to a request that carries no credentials."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"GET /api/v1/nodes HTTP/1.1\r\n{headers}\r\n\r\n".encode())
        return int(connection.recv(12).split()[1])


def test_own_user_needs_no_token(booted: Sandbox) -> None:
    """kubectl sends tokens over TLS only."""
    assert status_without_token(booted.api_url) == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_other_users_need_the_token() -> None:
    owner = next(one for one in identities() if one.user is not None).start("owner.py", "hold")
    assert owner.stdout
    facts = json.loads(owner.stdout.readline())
    try:
        assert status_as(NOBODY - 1, facts["api_url"]) == 401
        assert status_as(NOBODY, facts["api_url"]) == 200
        assert status_without_token(facts["api_url"]) == 200, "root may do anything anyway"
    finally:
        owner.kill()
        owner.communicate()


def status_as(user: int, url: str) -> int:
    """The same, asked by another user: in a child, for a user id is for ever."""
    child = os.fork()
    if not child:
        os.setuid(user)
        os._exit(status_without_token(url) % 256)
    return {401 % 256: 401, 200: 200}[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]


@pytest.mark.parametrize(
    "headers",
    [
        "Host: 127.0.0.1\r\nOrigin: http://page.example",
        "Host: rebound.example",
    ],
)
def test_pages_in_the_users_browser_need_the_token(booted: Sandbox, headers: str) -> None:
    assert status_without_token(booted.api_url, headers) == 401


def test_rules_and_tracked_connections_of_a_node(booted: Sandbox) -> None:
    with booted.socket("outside", socket.SOCK_DGRAM) as sock:
        sock.sendto(b"?", NODE)  # tracked for half a minute; a refused TCP connection is not
    assert "table ip kube-proxy {" in booted.rules("k8s-node1")
    assert any("src=172.30.0.254" in line for line in booted.conntrack("k8s-node1"))
    for ask in (booted.rules, booted.conntrack):
        with pytest.raises(SandboxError, match="no node called k8s-node9"):
            ask("k8s-node9")


def test_rules_may_be_longer_than_a_packet_on_the_control_socket(booted: Sandbox) -> None:
    """They grow with the Services; what does not fit travels in an anonymous file."""
    rest = Rest(booted.api_url, booted.token)
    ports = [{"name": f"p{port}", "port": port} for port in range(1, 201)]
    spec = {"externalIPs": ["172.30.0.99"], "ports": ports}
    for number in range(3):
        name = {"name": f"long-{number}"}
        rest.post("/api/v1/namespaces/default/services", {"metadata": name, "spec": spec})
    booted.settled()
    rules = booted.rules("k8s-node2")
    assert len(rules) > 64 * 1024
    assert "default/long-2:p200" in rules


def test_faults_are_in_force_when_the_call_returns(booted: Sandbox) -> None:
    refusal = "\t\treject\n"
    before = booted.rules("k8s-node1")
    assert refusal in before
    booted.set_faults(["no-reject@k8s-node1"])
    assert refusal not in booted.rules("k8s-node1")
    assert refusal in booted.rules("k8s-node2")
    booted.set_faults([])
    assert booted.rules("k8s-node1") == before


def test_faults_may_be_on_from_the_start() -> None:
    with Sandbox.start(Options(nodes=1, faults=("cluster-ip-leaked",))) as sandbox:
        leaked = sandbox.socket("outside")
        leaked.settimeout(2)
        assert leaked.connect_ex(("10.96.0.10", 53)) != errno.ENETUNREACH
