"""From NetworkPolicies in the store to packets on the nodes."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.policy.controller import PolicyController
from tests.sandbox.network.echo import EchoServer, ask
from tests.sandbox.network.isolation import Isolated


class Stage:
    """A store, a network and the controller; ``server`` on the first node answers."""

    def __init__(self) -> None:
        self.store = Store()
        self.faults = Faults()
        self.network = Network.build(2)
        registry = cast(Registry, SimpleNamespace(store=self.store))
        self.controller = PolicyController(registry, self.network, self.faults)
        first, second = self.network.nodes.values()
        server = first.attach("d/server")
        self.address = server.address
        self.echo = EchoServer(server.ns, "server")
        self.store.put("namespaces", {"metadata": {"name": "d"}})
        self.pod("server", server.address, first.name)
        self.pod("friend", second.attach("d/friend").address, second.name)
        self.pod("stranger", second.attach("d/stranger").address, second.name)

    def pod(self, name: str, address: str, node: str) -> None:
        pod: Object = {
            "metadata": {"name": name, "namespace": "d", "labels": {"app": name}},
            "spec": {"nodeName": node, "containers": []},
            "status": {"podIP": address, "phase": "Running"},
        }
        self.store.put("pods", pod)

    def policy(self, *peers: Object) -> None:
        spec: Object = {
            "podSelector": {"matchLabels": {"app": "server"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": list(peers)}] if peers else [],
        }
        metadata = {"name": "p", "namespace": "d"}
        self.store.put("networkpolicies", copy.deepcopy({"metadata": metadata, "spec": spec}))

    async def said(self, place: str) -> str:
        """Who answers there once the controller has settled."""
        await asyncio.wait_for(self.controller.settled.wait(), 5)
        ns = self.network.namespace(place)
        return (await asyncio.to_thread(ask, ns, self.address, 8080)).who

    def close(self) -> None:
        self.controller.stop()
        self.echo.close()
        self.network.close()


def on_stage(scenario: Callable[[Stage], Awaitable[Any]]) -> Any:
    async def play() -> Any:
        stage = Stage()
        try:
            stage.controller.start()
            return await scenario(stage)
        finally:
            stage.close()

    return asyncio.run(play())


async def _life_of_a_policy(stage: Stage) -> dict[str, list[str]]:
    async def both() -> list[str]:
        return [await stage.said("pod/d/friend"), await stage.said("pod/d/stranger")]

    seen = {"without": await both()}
    stage.policy()
    seen["nobody"] = await both()
    stage.policy({"podSelector": {"matchLabels": {"app": "friend"}}})
    seen["a friend"] = await both()
    stage.store.remove("networkpolicies", "d", "p")
    seen["removed"] = await both()
    return seen


def _lived() -> Any:
    return on_stage(_life_of_a_policy)


def test_policies_take_effect_and_end(isolated: Isolated) -> None:
    seen = isolated.run(_lived)
    assert seen["without"] == seen["removed"] == ["server", "server"]
    assert "server" not in seen["nobody"]
    assert seen["a friend"][0] == "server"
    assert seen["a friend"][1] != "server"


async def _kept_and_ignored(stage: Stage) -> dict[str, str]:
    stage.policy()
    seen = {"nobody": await stage.said("pod/d/friend")}
    stage.faults.replace(["policy-ignored"])
    seen["ignored"] = await stage.said("pod/d/friend")
    stage.faults.replace(["policy-kept"])
    stage.store.remove("networkpolicies", "d", "p")
    seen["kept"] = await stage.said("pod/d/friend")
    stage.faults.replace([])
    seen["at rest"] = await stage.said("pod/d/friend")
    return seen


def _broken() -> Any:
    return on_stage(_kept_and_ignored)


def test_faults_come_and_go(isolated: Isolated) -> None:
    seen = isolated.run(_broken)
    assert seen["nobody"] != "server"
    assert seen["ignored"] == "server"
    assert seen["kept"] != "server"
    assert seen["at rest"] == "server"
