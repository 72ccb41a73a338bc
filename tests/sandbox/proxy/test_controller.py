"""From objects in the store to packets on the nodes."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.controller import ProxyController
from tests.sandbox.network.echo import EchoServer, ask
from tests.sandbox.network.isolation import Isolated
from tests.sandbox.proxy.builders import EVERYWHERE, VIP, Pod, endpoint_slice, port, service


class Stage:
    """A store, a network and the controller between them; ``pod1`` to ``pod3`` answer."""

    def __init__(self) -> None:
        self.store = Store()
        self.faults = Faults()
        self.network = Network.build(3)
        registry = cast(Registry, SimpleNamespace(store=self.store))
        self.controller = ProxyController(registry, self.network, self.faults)
        self.servers = [
            EchoServer(node.attach(f"d/pod{node.index}").ns, f"pod{node.index}")
            for node in self.network.nodes.values()
        ]

    def put(self, resource: str, obj: Object) -> None:
        self.store.put(resource, copy.deepcopy(obj))

    async def said(self, place: str, destination: str) -> str:
        """Who answers once the controller has settled."""
        await asyncio.wait_for(self.controller.settled.wait(), 5)
        address, _, number = destination.partition(":")
        ns = self.network.namespace(place)
        return (await asyncio.to_thread(ask, ns, address, int(number))).who

    def close(self) -> None:
        self.controller.stop()
        for server in self.servers:
            server.close()
        self.network.close()


def on_stage(scenario: Callable[[Stage], Awaitable[Any]]) -> Any:
    async def play() -> Any:
        stage = Stage()
        try:
            return await scenario(stage)
        finally:
            stage.close()

    return asyncio.run(play())


def _slice(*pods: Pod) -> Object:
    return {**endpoint_slice(*pods), "metadata": {**endpoint_slice()["metadata"], "name": "s"}}


def _life() -> Any:
    async def scenario(stage: Stage) -> dict[str, str]:
        seen: dict[str, str] = {}
        stage.put("services", service("early", "10.96.0.9"))
        stage.controller.start()
        seen["there before the start"] = await stage.said("k8s-node1", "10.96.0.9:80")
        stage.put("services", service())
        seen["no slice yet"] = await stage.said("k8s-node1", "10.96.0.5:80")
        stage.put("endpointslices", _slice(Pod(2)))
        seen["slice"] = await stage.said("k8s-node1", "10.96.0.5:80")
        stage.put("endpointslices", _slice(Pod(3)))
        seen["slice changed"] = await stage.said("k8s-node1", "10.96.0.5:80")
        moved = _slice(Pod(3))
        moved["metadata"]["labels"] = {"kubernetes.io/service-name": "early"}
        stage.put("endpointslices", moved)
        seen["slice of another now"] = await stage.said("k8s-node1", "10.96.0.5:80")
        seen["the other"] = await stage.said("pod/d/pod1", "10.96.0.9:80")
        stage.store.remove("endpointslices", "d", "s")
        seen["slice gone"] = await stage.said("pod/d/pod1", "10.96.0.9:80")
        stage.store.remove("services", "d", "web")
        seen["Service gone"] = await stage.said("pod/d/pod1", "10.96.0.5:80")
        return seen

    return on_stage(scenario)


def test_nodes_follow_the_store(every_privilege: Isolated) -> None:
    assert every_privilege.run(_life) == {
        "there before the start": "refused",
        "no slice yet": "refused",
        "slice": "pod2",
        "slice changed": "pod3",
        "slice of another now": "refused",
        "the other": "pod3",
        "slice gone": "refused",
        "Service gone": "timeout",
    }


def _coalescing() -> Any:
    async def scenario(stage: Stage) -> list[int]:
        stage.controller.start()
        before = stage.controller.generation
        for number in range(50):
            stage.put("services", service(f"s{number}", f"10.96.1.{number}"))
        settled_at_once = stage.controller.settled.is_set()
        await asyncio.wait_for(stage.controller.settled.wait(), 5)
        known = len(stage.controller.proxies["k8s-node3"].rules.elements["cluster-ips"])
        return [int(settled_at_once), stage.controller.generation - before, known]

    return on_stage(scenario)


def test_what_changes_together_is_programmed_together(isolated: Isolated) -> None:
    assert isolated.run(_coalescing) == [0, 1, 50]


def _portions() -> Any:
    async def scenario(stage: Stage) -> list[int]:
        stage.controller.start()
        for number in range(250):
            stage.put("services", service(f"s{number}", f"10.96.1.{number}"))
        turns = 0
        while not stage.controller.settled.is_set():
            turns += 1
            await asyncio.sleep(0)
        known = len(stage.controller.proxies["k8s-node3"].rules.elements["cluster-ips"])
        return [turns, known]

    return on_stage(scenario)


def test_the_loop_has_its_turn_between_portions(isolated: Isolated) -> None:
    turns, known = isolated.run(_portions)
    assert turns >= 3
    assert known == 250


def _faulty() -> Any:
    async def scenario(stage: Stage) -> list[str]:
        stage.put(
            "services", service("web", "10.96.0.5", port(80, nodePort=30080), type="NodePort")
        )
        stage.put("endpointslices", _slice(*EVERYWHERE))
        stage.controller.start()
        node_port = "172.30.0.11:30080"
        said = [(await stage.said("outside", node_port))[:3]]
        for faults in (["node-port-missing"], []):
            stage.faults.replace(faults)
            said.append((await stage.said("outside", node_port))[:3])
        return said

    return on_stage(scenario)


def test_faults_are_programmed_when_they_are_switched(isolated: Isolated) -> None:
    assert isolated.run(_faulty) == ["pod", "ref", "pod"]


def _health() -> Any:
    async def scenario(stage: Stage) -> list[str]:
        web = service(
            type="LoadBalancer",
            externalTrafficPolicy="Local",
            healthCheckNodePort=32100,
            ingress=[VIP],
        )
        stage.put("services", web)
        stage.put("endpointslices", _slice(Pod(1)))
        stage.controller.start()
        said: list[str] = []
        for faults in ([], ["health-check-lies"]):
            stage.faults.replace(faults)
            await asyncio.wait_for(stage.controller.settled.wait(), 5)
            for node in ("172.30.0.11", "172.30.0.12"):
                said.append(await _status(stage, node))
        stage.store.remove("services", "d", "web")
        await asyncio.wait_for(stage.controller.settled.wait(), 5)
        return [*said, await stage.said("outside", "172.30.0.11:32100")]

    return on_stage(scenario)


async def _status(stage: Stage, address: str) -> str:
    loop = asyncio.get_running_loop()
    with stage.network.outside.socket() as sock:
        sock.setblocking(False)
        await asyncio.wait_for(loop.sock_connect(sock, (address, 32100)), 3)
        await loop.sock_sendall(sock, b"GET /healthz HTTP/1.1\r\n\r\n")
        return (await asyncio.wait_for(loop.sock_recv(sock, 4096), 3)).decode()[9:12]


def test_health_checks_follow_the_endpoints(isolated: Isolated) -> None:
    assert isolated.run(_health) == ["200", "503", "200", "200", "refused"]


def _egress() -> Any:
    async def scenario(stage: Stage) -> list[str]:
        stage.controller.start()
        world = EchoServer(stage.network.outside, "world")
        answers = [
            await asyncio.to_thread(ask, stage.network.namespace("pod/d/pod2"), *destination)
            for destination in (("172.30.0.254", 8080), ("10.244.1.2", 8080))
        ]
        node = EchoServer(stage.network.nodes["k8s-node1"].ns, "node1", 9000)
        pod = stage.network.namespace("pod/d/pod2")
        answers.append(await asyncio.to_thread(ask, pod, "172.30.0.11", 9000))
        world.close()
        node.close()
        return [f"{answer.who} sees {answer.seen}" for answer in answers]

    return on_stage(scenario)


def test_pods_reach_the_world_as_their_node(isolated: Isolated) -> None:
    """Pods see a Pod's own address (the Kubernetes network model); other nodes see its node's."""
    assert isolated.run(_egress) == [
        "world sees 172.30.0.12",
        "pod1 sees 10.244.2.2",
        "node1 sees 172.30.0.12",
    ]


def _masquerading() -> Any:
    async def scenario(stage: Stage) -> list[str]:
        stage.controller.start()
        seen: list[str] = []
        for faults in ((), ("pods-masqueraded@k8s-node2",), ()):
            stage.faults.replace(faults)
            await asyncio.wait_for(stage.controller.settled.wait(), 5)
            pod = stage.network.namespace("pod/d/pod2")
            seen.append((await asyncio.to_thread(ask, pod, "10.244.1.2", 8080)).seen)
        return seen

    return on_stage(scenario)


def test_pods_masqueraded(isolated: Isolated) -> None:
    assert isolated.run(_masquerading) == ["10.244.2.2", "172.30.0.12", "10.244.2.2"]


def _looking() -> Any:
    async def scenario(stage: Stage) -> list[Any]:
        stage.controller.start()
        stage.put("services", service())
        stage.put("endpointslices", _slice(Pod(2)))
        await stage.said("pod/d/pod1", "10.96.0.5:80")
        text = stage.controller.rules("k8s-node1")
        flows = [line for line in stage.controller.conntrack("k8s-node1") if "10.96.0.5" in line]
        try:
            stage.controller.rules("k8s-node9")
        except LookupError as error:
            return ["10.96.0.5 . tcp . 80 : goto service-" in text, len(flows), str(error)]
        return []

    return on_stage(scenario)


def test_rules_and_connections_can_be_looked_at(isolated: Isolated) -> None:
    assert isolated.run(_looking) == [True, 1, "no node called k8s-node9"]


def _forgetting() -> Any:
    async def scenario(stage: Stage) -> list[bool]:
        def remembered() -> bool:
            flows = stage.controller.conntrack("k8s-node1")
            return any("10.96.0.5" in one for one in flows)

        stage.controller.start()
        stage.put("services", service())
        stage.put("endpointslices", _slice(Pod(2)))
        await stage.said("pod/d/pod1", "10.96.0.5:80")
        seen = [remembered()]
        for faults in (("connections-rebalanced@k8s-node1",), ()):
            stage.faults.replace(faults)
            await stage.said("pod/d/pod1", "10.96.0.5:80")
            await asyncio.sleep(0.6)
            seen.append(remembered())
        return seen

    return on_stage(scenario)


def test_connections_are_forgotten_while_a_fault_is_on(isolated: Isolated) -> None:
    assert isolated.run(_forgetting) == [True, False, True]


def _quiet() -> Any:
    async def scenario(stage: Stage) -> list[bool]:
        stage.controller.start()
        stage.controller.stop()
        generation = stage.controller.generation
        stage.put("services", service())
        stage.faults.replace(["no-reject"])
        await asyncio.sleep(0)
        return [stage.controller.generation == generation]

    return on_stage(scenario)


def test_a_stopped_controller_does_nothing(isolated: Isolated) -> None:
    assert isolated.run(_quiet) == [True]


pytestmark = pytest.mark.filterwarnings("error")
