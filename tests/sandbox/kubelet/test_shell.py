"""The commands that netexec's shell has in the sandbox: cat, env, dig and nc."""

import asyncio
import socket
import threading
from types import MappingProxyType

import pytest

from kubeproof.sandbox.dns.message import Message, Rcode, Record, Srv, Type
from kubeproof.sandbox.kubelet import shell
from kubeproof.sandbox.kubelet.clock import SystemClock
from kubeproof.sandbox.kubelet.dig import shown
from kubeproof.sandbox.kubelet.process import Surroundings
from kubeproof.sandbox.kubelet.resolv_conf import ResolvConf
from kubeproof.sandbox.kubelet.resolver import Resolver
from kubeproof.sandbox.kubelet.shell import Ended
from tests.sandbox.kubelet.surroundings import Here

NOBODY = ResolvConf(("127.0.0.1",), ("shop.svc.cluster.local",), ndots=5)
ANSWER = Record("svc-1.shop.svc.cluster.local.", Type.A, 5, "10.96.0.7")


def run(line: str) -> Ended:
    where = Surroundings(
        "pod-1",
        Here(),
        Resolver(Here(), NOBODY, {}),
        SystemClock(),
        MappingProxyType({"/etc/hosts": "127.0.0.1\tlocalhost\n"}),
        lambda: {"HOSTNAME": "pod-1", "SVC_1_SERVICE_HOST": "10.96.0.7"},
    )
    return asyncio.run(shell.run(where, line))


def test_env_shows_the_variables() -> None:
    assert run("env") == ("HOSTNAME=pod-1\nSVC_1_SERVICE_HOST=10.96.0.7\n", 0)


def test_cat_shows_the_files_that_there_are() -> None:
    assert run("cat /etc/hosts") == ("127.0.0.1\tlocalhost\n", 0)
    assert run("cat /etc/shadow") == ("cat: /etc/shadow: No such file or directory\n", 1)


def test_commands_are_joined_as_long_as_they_end_well() -> None:
    assert run("hostname && seq 1 3") == ("pod-1\n1\n2\n3\n", 0)
    assert run("cat /etc/shadow && hostname") == run("cat /etc/shadow")
    assert run("hostname && cat /etc/shadow").status == 1


@pytest.mark.parametrize("line", ["seq 3", "seq 1 x", "seq 1 1 3"])
def test_seq_takes_two_numbers(line: str) -> None:
    assert run(line) == ("seq: the sandbox's takes the first number and the last\n", 1)


@pytest.mark.parametrize("line", ["env | sort", "cat $HOME", "env; env", "cat 'a b'"])
def test_what_a_real_shell_would_do_more_is_refused(line: str) -> None:
    ended = run(line)
    assert ended.status == 2
    assert "Syntax error" in ended.output


def test_other_programs_are_not_found() -> None:
    assert run("wget http://svc-1") == ("/bin/sh: 1: wget: not found\n", 127)


def test_dig_tells_when_nobody_answers() -> None:
    ended = run("dig +search +noall +comments +answer +time=1 +tries=1 svc-1 A")
    assert ended.status == 9
    assert ended.output == (
        ";; communications error to 127.0.0.1#53: connection refused\n"
        ";; no servers could be reached\n"
    )


@pytest.mark.parametrize("option", ["+short", "-x", "@10.96.0.10"])
def test_dig_takes_no_other_options(option: str) -> None:
    ended = run(f"dig +noall +comments +answer {option} svc-1")
    assert ended.status == 1
    assert ended.output.startswith(f"Invalid option: {option} ")


def test_a_reply_is_shown_as_dig_shows_it() -> None:
    reply = Message(7, authoritative=True, answer=[ANSWER])
    assert shown(reply).splitlines() == [
        ";; Got answer:",
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 7",
        ";; flags: qr aa; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0",
        "",
        ";; ANSWER SECTION:",
        "svc-1.shop.svc.cluster.local.\t5\tIN\tA\t10.96.0.7",
        "",
    ]


def test_other_records_are_shown_in_their_own_form() -> None:
    port = Record("_web._tcp.svc-1.", Type.SRV, 5, Srv(0, 100, 9000, "svc-1."))
    assert shown(Message(7, answer=[port])).endswith("IN\tSRV\t0 100 9000 svc-1.\n\n")
    assert "status: NXDOMAIN" in shown(Message(7, rcode=Rcode.NXDOMAIN))


def test_nc_sends_what_echo_feeds_it_from_its_port() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        heard: list[tuple[bytes, int]] = []

        def answer() -> None:
            said, client = server.recvfrom(99)
            heard.append((said, client[1]))
            server.sendto(b"pod-1", client)

        thread = threading.Thread(target=answer)
        thread.start()
        ended = run(f"echo hostname | nc -u -w 5 -W 1 -p 40123 127.0.0.1 {port}")
        thread.join()
    assert ended == ("pod-1", 0)
    assert heard == [(b"hostname\n", 40123)]


def test_nc_says_nothing_where_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert run(f"echo hostname | nc -u -w 0.1 -W 1 -p 40124 127.0.0.1 {port}") == ("", 0)
        taken = run(f"echo hostname | nc -u -w 1 -W 1 -p {port} 127.0.0.1 1")
    assert run(f"echo hostname | nc -u -w 1 -W 1 -p 40124 127.0.0.1 {port}") == ("", 1)
    assert taken == ("nc: bind failed: Address already in use\n", 1)


@pytest.mark.parametrize("words", ["-u 127.0.0.1 53", "-w 1 -W 1 -p 1 127.0.0.1 53", "-l 53"])
def test_nc_in_other_ways_is_not_offered(words: str) -> None:
    assert run(f"echo hostname | nc {words}").output.startswith("usage: nc -u -w seconds")
