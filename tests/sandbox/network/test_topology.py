"""The network as a whole, with real packets, as root and as an ordinary user."""

import time
from pathlib import Path

import pytest

from kubeproof.sandbox.network.topology import Network
from tests.sandbox.network.echo import EchoServer, ask
from tests.sandbox.network.isolation import Isolated


def _reaches_everything() -> dict[str, str]:
    network = Network.build()
    node1, node2, _ = network.nodes.values()
    one, other, far = (node1.attach("d/one"), node1.attach("d/other"), node2.attach("d/far"))
    servers = [EchoServer(pod.ns, pod.key) for pod in (one, other, far)]
    seen = {
        "same node": ask(one.ns, other.address, 8080),
        "other node": ask(one.ns, far.address, 8080),
        "itself": ask(one.ns, one.address, 8080),
        "own node": ask(node1.ns, one.address, 8080),
        "far node": ask(node1.ns, far.address, 8080),
        "closed port": ask(one.ns, far.address, 81),
        "outside to Pod": ask(network.outside, one.address, 8080),
        "outside to ClusterIP": ask(network.outside, "10.96.0.10", 80),
        "outside to node": ask(network.outside, node2.address, 81),
        "another outside to node": ask(network.namespace("another-outside"), node2.address, 81),
        "Pod to no Pod": ask(one.ns, "10.244.1.77", 8080),
    }
    for server in servers:
        server.close()
    network.close()
    return {what: f"{answer.who} {answer.seen}".strip() for what, answer in seen.items()}


def test_every_path_leads_where_it_should(every_privilege: Isolated) -> None:
    assert every_privilege.run(_reaches_everything) == {
        "same node": "d/other 10.244.1.2",
        "other node": "d/far 10.244.1.2",
        "itself": "d/one 10.244.1.2",
        "own node": "d/one 10.244.1.1",
        "far node": "d/far 172.30.0.11",
        "closed port": "refused",
        "outside to Pod": "Network is unreachable",
        "outside to ClusterIP": "Network is unreachable",
        "outside to node": "refused",
        "another outside to node": "refused",
        "Pod to no Pod": "No route to host",
    }


def _addresses() -> dict[str, object]:
    network = Network.build(2)
    node = network.nodes["k8s-node2"]
    first = node.attach("d/a")
    first_address = first.address
    first.close()
    first.close()
    again = node.attach("d/a").address
    kept = node.attach("d/kept")
    seen = {first_address, again, kept.address}
    wrapped = ""
    for number in range(300):
        pod = node.attach(f"d/{number}")
        wrapped = wrapped or (pod.address if pod.address in seen else "")
        assert pod.address != kept.address, "an address in use was given away"
        pod.close()
    host = node.attach_to_host("d/host")
    try:
        node.attach("d/kept")
    except ValueError as error:
        twice = str(error)
    else:
        twice = ""
    found = network.namespace("pod/d/kept") is kept.ns
    found_host = network.namespace("pod/d/host") is node.ns
    host.close()
    facts = {"first": first_address, "again": again, "wrapped": wrapped, "twice": twice}
    network.close()
    return {**facts, "found": found, "found_host": found_host, "host": host.address}


def test_pod_addresses_come_back_only_when_the_range_wraps(isolated: Isolated) -> None:
    assert isolated.run(_addresses) == {
        "first": "10.244.2.2",
        "again": "10.244.2.3",
        "wrapped": "10.244.2.2",
        "twice": "k8s-node2: Pod d/kept is attached already",
        "found": True,
        "found_host": True,
        "host": "172.30.0.12",
    }


def _pod_gone() -> list[str]:
    network = Network.build(2)
    node1, node2 = network.nodes.values()
    pod = node1.attach("d/a")
    server = EchoServer(pod.ns, "a")
    answers = [ask(node2.ns, pod.address, 8080).who]
    pod.close()
    answers += [ask(ns, pod.address, 8080).who for ns in (node1.ns, node2.ns)]
    server.close()
    network.close()
    return answers


def test_a_closed_pod_is_unreachable_at_once(isolated: Isolated) -> None:
    assert isolated.run(_pod_gone) == ["a", "No route to host", "No route to host"]


def _announcing() -> list[str]:
    network = Network.build(3)
    nodes = list(network.nodes.values())
    servers = [EchoServer(node.ns, node.name, 9000) for node in nodes]
    vip = "172.30.0.200"
    answers: list[str] = []
    for node in nodes:
        node.announce(vip)
        answers.append(ask(network.outside, vip, 9000).who)
        node.announce(vip)
        node.withdraw(vip)
        node.withdraw(vip)
    answers.append(ask(network.outside, vip, 9000).who)
    for server in servers:
        server.close()
    network.close()
    return answers


def test_an_announced_address_moves_without_delay(isolated: Isolated) -> None:
    """The outside machine has the old node's MAC address when the next one announces."""
    *moved, gone = isolated.run(_announcing)
    assert moved == ["k8s-node1", "k8s-node2", "k8s-node3"]
    assert gone == "timeout"


def _network_faults() -> dict[str, str]:
    network = Network.build(2)
    node1, node2 = network.nodes.values()
    servers = [EchoServer(node.ns, node.name, 9000) for node in (node1, node2)]
    pod = node2.attach("d/a")
    servers.append(EchoServer(pod.ns, "pod"))
    answers: dict[str, str] = {}

    def note(what: str) -> None:
        answers[f"{what}: outside"] = ask(network.outside, node2.address, 9000).who
        answers[f"{what}: other node to Pod"] = ask(node1.ns, pod.address, 8080).who
        answers[f"{what}: own node to Pod"] = ask(node2.ns, pod.address, 8080).who

    note("before")
    network.cut(node2.name)
    note("cut")
    network.heal(node2.name)
    note("healed")
    network.leak_service_cidr(True)
    network.leak_service_cidr(True)
    answers["leaked"] = ask(network.outside, "10.96.0.10", 80).who
    network.leak_service_cidr(False)
    answers["mended"] = ask(network.outside, "10.96.0.10", 80).who
    for server in servers:
        server.close()
    network.close()
    return answers


def test_cutting_and_leaking_show_and_heal(isolated: Isolated) -> None:
    assert isolated.run(_network_faults) == {
        "before: outside": "k8s-node2",
        "before: other node to Pod": "pod",
        "before: own node to Pod": "pod",
        "cut: outside": "timeout",
        "cut: other node to Pod": "timeout",
        "cut: own node to Pod": "pod",
        "healed: outside": "k8s-node2",
        "healed: other node to Pod": "pod",
        "healed: own node to Pod": "pod",
        "leaked": "timeout",
        "mended": "Network is unreachable",
    }


def _many_refusals() -> float:
    """A hundred refused datagrams: with the kernel's rate limit the seventh would be lost."""
    network = Network.build(1)
    node = network.nodes["k8s-node1"]
    started = time.monotonic()
    for _ in range(100):
        sock = network.outside.socket(2, 2)
        with sock:
            sock.settimeout(2)
            sock.connect((node.address, 9))
            sock.send(b"x")
            try:
                sock.recv(1)
            except ConnectionRefusedError:
                continue
            raise AssertionError("something answered")
    network.close()
    return time.monotonic() - started


def test_icmp_is_not_rate_limited(isolated: Isolated) -> None:
    assert isolated.run(_many_refusals) < 2


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _interfaces() -> list[str]:
    return sorted(path.name for path in Path("/sys/class/net").iterdir())


def _nothing_is_left() -> list[int]:
    network = Network.build(3)
    for number in range(5):
        network.nodes["k8s-node1"].attach(f"d/{number}")
    network.close()
    before = _descriptors()
    network = Network.build(3)
    for number in range(5):
        network.nodes["k8s-node1"].attach(f"d/{number}")
    network.close()
    return [before, _descriptors()]


def test_closing_gives_every_descriptor_back(isolated: Isolated) -> None:
    before, after = isolated.run(_nothing_is_left)
    assert before == after


def test_the_host_sees_nothing(isolated: Isolated) -> None:
    interfaces = _interfaces()
    isolated.run(_addresses)
    assert _interfaces() == interfaces
    named = Path("/run/netns")
    assert not named.exists() or not any(named.iterdir())


@pytest.mark.parametrize("nodes", [0, 10])
def test_impossible_numbers_of_nodes_are_refused(nodes: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 9"):
        Network.build(nodes)
