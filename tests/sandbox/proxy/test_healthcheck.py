"""The health-check node port, asked over the network as a load balancer does."""

import asyncio
import json
import socket

import pytest

from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.health import TO_BE_DELETED, HealthCheck, health_check, node_health
from kubeproof.sandbox.proxy.healthcheck import HealthCheckServer
from tests.sandbox.network.isolation import Isolated
from tests.sandbox.proxy.builders import EVERYWHERE, VIP, Pod, endpoint_slice, port, service

PORT = 32100


def balanced(**spec: object) -> Object:
    fields: dict[str, object] = {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "healthCheckNodePort": PORT,
        "ingress": [VIP],
    }
    return service("web", "10.96.0.5", port(80, nodePort=30080), **{**fields, **spec})


@pytest.mark.parametrize(
    ("web", "pods", "count"),
    [
        (balanced(), EVERYWHERE, 1),
        (balanced(), (Pod(2),), 0),
        (balanced(), (Pod(1), Pod(1, host=3), Pod(2)), 2),
        (balanced(), (Pod(1, ready=False),), 0),
        (balanced(), (Pod(1, ready=False, terminating=True),), 0),
    ],
)
def test_it_counts_ready_endpoints_of_the_node(
    web: Object, pods: tuple[Pod, ...], count: int
) -> None:
    check = health_check(web, [endpoint_slice(*pods)], "k8s-node1")
    assert check is not None
    assert check == HealthCheck("d", "web", PORT, count)
    assert check.healthy == (count > 0)


def test_an_address_counts_once_whatever_its_ports() -> None:
    two = balanced(ports=[port(80, name="a"), port(81, name="b")])
    slices = [endpoint_slice(Pod(1), name="a"), endpoint_slice(Pod(1), name="b")]
    check = health_check(two, slices, "k8s-node1")
    assert check
    assert check.local_endpoints == 1


@pytest.mark.parametrize(
    "web",
    [
        service(),
        balanced(externalTrafficPolicy="Cluster"),
        balanced(type="NodePort"),
        balanced(healthCheckNodePort=0),
    ],
)
def test_other_services_have_none(web: Object) -> None:
    assert health_check(web, [endpoint_slice(*EVERYWHERE)], "k8s-node1") is None


async def _ask(ns: NetNs, request: bytes = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") -> str:
    loop = asyncio.get_running_loop()
    with ns.socket() as sock:
        sock.setblocking(False)
        try:
            await asyncio.wait_for(loop.sock_connect(sock, ("172.30.0.11", PORT)), 3)
        except ConnectionRefusedError:
            return "refused"
        await loop.sock_sendall(sock, request)
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        while part := await asyncio.wait_for(loop.sock_recv(sock, 4096), 3):
            answer += part
    return answer.decode()


def _served() -> list[str]:
    async def scenario() -> list[str]:
        network = Network.build(1)
        server = HealthCheckServer(network.nodes["k8s-node1"])
        outside = network.outside
        server.sync({"d/web": HealthCheck("d", "web", PORT, 2)})
        answers = [await _ask(outside)]
        server.sync({"d/web": HealthCheck("d", "web", PORT, 0)})
        answers.append(await _ask(outside))
        twice = b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nConnection: close\r\n\r\n"
        answers.append(str((await _ask(outside, twice)).count("HTTP/1.1 503")))
        server.sync({"d/web": HealthCheck("d", "web", PORT + 1, 1)})
        answers.append(await _ask(outside))
        server.close()
        network.close()
        return answers

    return asyncio.run(scenario())


def test_balancers_get_kube_proxys_answer(isolated: Isolated) -> None:
    healthy, sick, both, moved = isolated.run(_served)
    head, body = healthy.split("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "X-Load-Balancing-Endpoint-Weight: 2" in head
    assert "Content-Type: application/json" in head
    assert body == (
        '{\n\t"service": {\n\t\t"namespace": "d",\n\t\t"name": "web"\n\t},\n'
        '\t"localEndpoints": 2,\n\t"serviceProxyHealthy": true\n}'
    )
    assert sick.startswith("HTTP/1.1 503 Service Unavailable\r\n")
    assert json.loads(sick.split("\r\n\r\n")[1])["localEndpoints"] == 0
    assert both == "2"
    assert moved == "refused"


def _taken() -> list[str]:
    async def scenario() -> list[str]:
        network = Network.build(1)
        node = network.nodes["k8s-node1"]
        checks = {"d/web": HealthCheck("d", "web", PORT, 1)}
        server = HealthCheckServer(node)
        with node.ns.socket() as other:
            other.bind((node.address, PORT))
            server.sync(checks)
            before = await _ask(network.outside)
        server.sync(checks)
        after = await _ask(network.outside)
        server.close()
        network.close()
        return [before, after.split("\r\n")[0]]

    return asyncio.run(scenario())


def test_a_taken_port_is_tried_again(isolated: Isolated) -> None:
    assert isolated.run(_taken) == ["refused", "HTTP/1.1 200 OK"]


def stored(*taints: str, **metadata: str) -> Object:
    spec = {"taints": [{"key": key, "effect": "NoSchedule"} for key in taints]}
    return {"metadata": {"name": "k8s-node1", **metadata}, "spec": spec}


@pytest.mark.parametrize(
    ("node", "eligible"),
    [
        (stored(), True),
        (stored("node.kubernetes.io/unschedulable"), True),
        (stored("x", TO_BE_DELETED), False),
        (stored(deletionTimestamp="2026-01-01T00:00:00Z"), False),
        (None, False),
    ],
)
def test_a_node_is_eligible_until_it_is_about_to_be_removed(
    node: Object | None, eligible: bool
) -> None:
    health = node_health(node)
    head, _, body = health.response().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 " if eligible else b"HTTP/1.1 503 ")
    assert json.loads(body)["nodeEligible"] is health.eligible is eligible


def test_a_lying_node_is_always_eligible() -> None:
    assert node_health(stored(TO_BE_DELETED), lies=True).eligible
