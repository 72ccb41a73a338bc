"""A Pod's status is reported as a real kubelet reports it."""

import asyncio
import json
import re
from pathlib import Path

from kubeproof.sandbox.objects import Object
from tests.sandbox.kubelet.cluster import (
    SmallCluster,
    cluster,
    condition,
    container_of,
    is_ready,
    netexec,
    pod,
    port_of,
)
from tests.sandbox.kubelet.surroundings import Here, TurnedClock, eventually
from tests.sandbox.kubelet.web import get

_REAL: Object = json.loads((Path(__file__).parent / "real_pod.json").read_text(encoding="utf-8"))


def _comparable(value: Object) -> Object:
    """A status in which ids and numbers within texts, which differ from Pod to Pod, are alike."""
    text = re.sub(r"[0-9a-f]{64}", "id", json.dumps(value))
    text = re.sub(r"(kube-api-access)-\w+", r"\1", text)
    return json.loads(re.sub(r'(?<=")\d[-:.\dTZ]+(?=")', "0", text))


async def _until_ready(small: SmallCluster, name: str = "pod-1") -> Object:
    await eventually(lambda: is_ready(small.pod(name)))
    return small.pod(name)


def test_a_running_pod_looks_as_on_a_real_node() -> None:
    async def scenario() -> Object:
        async with cluster() as small:
            small.create(pod(netexec(name="container")))
            return (await _until_ready(small))["status"]

    assert _comparable(asyncio.run(scenario())) == _comparable(_REAL["status"])


def test_fields_are_in_the_order_of_a_real_status() -> None:
    async def scenario() -> list[str]:
        async with cluster() as small:
            small.create(pod())
            found = await _until_ready(small)
            return [item["type"] for item in found["status"]["conditions"]]

    assert asyncio.run(scenario()) == [item["type"] for item in _REAL["status"]["conditions"]]


def test_a_pod_becomes_ready_in_one_write() -> None:
    async def scenario() -> int:
        async with cluster() as small:
            small.create(pod())
            await _until_ready(small)
            return len(small.statuses)

    assert asyncio.run(scenario()) == 2  # as it was created, and Ready


def test_starting_is_told_in_events() -> None:
    async def scenario() -> list[tuple[str, str]]:
        async with cluster() as small:
            small.create(pod())
            await eventually(lambda: "Started" in small.events.reasons("pod-1"))
            return small.events.of("pod-1")

    assert asyncio.run(scenario()) == [
        (
            "Pulled",
            'Container image "registry.k8s.io/e2e-test-images/agnhost:2.63.0" already present '
            "on machine and can be accessed by the pod",
        ),
        ("Created", "Container created"),
        ("Started", "Container started"),
    ]


def test_pods_that_are_there_at_the_start_are_run() -> None:
    async def scenario() -> bool:
        small = SmallCluster(TurnedClock())
        small.create(pod())
        small.kubelets.start()
        await eventually(lambda: is_ready(small.pod()))
        await small.kubelets.stop()
        return True

    assert asyncio.run(scenario())


def test_pods_of_other_nodes_and_unbound_ones_are_left_alone() -> None:
    async def scenario() -> list[str]:
        async with cluster() as small:
            unbound = pod(name="unbound")
            del unbound["spec"]["nodeName"]
            small.create(unbound)
            small.create(pod(name="elsewhere", nodeName="node-9"))
            small.create(pod(name="mine"))
            await _until_ready(small, "mine")
            return [small.pod(name)["status"]["phase"] for name in ("unbound", "elsewhere")]

    assert asyncio.run(scenario()) == ["Pending", "Pending"]


def test_readiness_gates_hold_a_pod_back() -> None:
    async def scenario() -> list[Object]:
        async with cluster() as small:
            gated = pod(readinessGates=[{"conditionType": "example.com/open"}])
            small.create(gated)
            await eventually(lambda: condition(small.pod(), "ContainersReady"))
            seen = [condition(small.pod(), "Ready")]
            _set_gate(small, "False")
            await eventually(lambda: "but False" in str(condition(small.pod(), "Ready")))
            seen.append(condition(small.pod(), "Ready"))
            _set_gate(small, "True")
            await eventually(lambda: is_ready(small.pod()))
            first = small.pod()["status"]["conditions"][0]
            return [*seen, first]

    missing, closed, first = asyncio.run(scenario())
    assert (missing["status"], missing["reason"]) == ("False", "ReadinessGatesNotReady")
    why = 'corresponding condition of pod readiness gate "example.com/open" does not exist.'
    assert missing["message"] == why
    why = 'the status of pod readiness gate "example.com/open" is not "True", but False'
    assert closed["message"] == why
    assert first["type"] == "example.com/open"  # others' conditions come first and are kept


def _set_gate(small: SmallCluster, status: str) -> None:
    now = small.pod()
    others = [c for c in now["status"]["conditions"] if c["type"] != "example.com/open"]
    gate = {"type": "example.com/open", "status": status}
    changed = {**now, "status": {**now["status"], "conditions": [*others, gate]}}
    small.registry.update("pods", "default", "pod-1", changed, subresource="status")


def test_under_the_fault_no_pod_becomes_ready() -> None:
    async def scenario() -> tuple[bool, Object, Object, bool]:
        async with cluster() as small:
            small.create(pod(name="before"))
            await _until_ready(small, "before")
            small.faults.replace(["kubelet-never-ready@node-1"])
            small.create(pod())
            await eventually(lambda: condition(small.pod(), "Ready"))
            held = condition(small.pod(), "Ready"), container_of(small.pod())
            kept = is_ready(small.pod("before"))
            small.faults.replace([])
            await eventually(lambda: is_ready(small.pod()))
            return kept, *held, is_ready(small.pod())

    kept, held, container, after = asyncio.run(scenario())
    assert (kept, after) == (True, True)
    assert held["message"] == "containers with unready status: [web]"
    assert (container["ready"], container["started"]) == (False, True)


def test_a_network_that_fails_is_told_and_tried_again() -> None:
    async def scenario() -> tuple[Object, list[tuple[str, str]]]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            small.nodes["node-1"].broken = True
            small.create(pod())
            await eventually(lambda: small.events.of("pod-1"))
            waiting = small.pod()["status"]
            small.nodes["node-1"].broken = False
            await clock.turn(5)
            await _until_ready(small)
            return waiting, small.events.of("pod-1")[:1]

    waiting, events = asyncio.run(scenario())
    assert waiting["phase"] == "Pending"
    assert "podIP" not in waiting
    assert waiting["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert events[0][0] == "FailedCreatePodSandBox"


def test_containers_see_their_hostname() -> None:
    async def scenario() -> list[str]:
        async with cluster() as small:
            named = pod(name="named", hostname="web-0")
            hosted = pod(name="hosted", hostNetwork=True)
            seen: list[str] = []
            for obj in (pod(name="plain"), named, hosted):
                created = small.create(obj)
                await _until_ready(small, created["metadata"]["name"])
                seen.append((await get(port_of(created), "/hostname")).body)
            return seen

    assert asyncio.run(scenario()) == ["plain", "web-0", "node-1"]


def test_here_is_a_namespace() -> None:
    """What the tests stand in for: sockets of the test's own network."""
    with Here().socket() as sock:
        assert sock.fileno() > 0
