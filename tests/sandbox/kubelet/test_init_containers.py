"""Init containers come first, one after another; sidecars run beside the others and end last."""

import asyncio

from kubeproof.sandbox.objects import Object
from tests.sandbox.kubelet.cluster import (
    SmallCluster,
    cluster,
    condition,
    is_ready,
    netexec,
    pod,
)
from tests.sandbox.kubelet.surroundings import TurnedClock, eventually
from tests.sandbox.kubelet.web import exchange, request


def _init(small: SmallCluster, index: int = 0) -> Object:
    statuses: list[Object] = small.pod()["status"].get("initContainerStatuses") or []
    return statuses[index] if statuses else {"state": {}}


async def _exit(container: Object, code: int) -> None:
    port = container["ports"][0]["containerPort"]
    await exchange(port, request("GET", f"/exit?code={code}"))


def test_containers_wait_for_the_init_containers() -> None:
    async def scenario() -> tuple[Object, Object, Object]:
        async with cluster() as small:
            first, second = netexec(name="first"), netexec(name="second")
            small.create(pod(initContainers=[first, second]))
            await eventually(lambda: "running" in _init(small)["state"])
            waiting = small.pod()
            await _exit(first, 0)
            await eventually(lambda: "running" in _init(small, 1)["state"])
            await _exit(second, 0)
            await eventually(lambda: is_ready(small.pod()))
            return waiting, small.pod(), _init(small)

    waiting, running, first = asyncio.run(scenario())
    assert waiting["status"]["phase"] == "Pending"
    initialized = condition(waiting, "Initialized")
    assert (initialized["status"], initialized["reason"]) == ("False", "ContainersNotInitialized")
    assert initialized["message"] == "containers with incomplete status: [first second]"
    assert condition(running, "Initialized")["status"] == "True"
    assert first["ready"]
    assert first["state"]["terminated"]["reason"] == "Completed"


def test_an_init_container_that_fails_is_tried_again() -> None:
    async def scenario() -> tuple[str, int]:
        async with cluster() as small:
            first = netexec(name="first")
            small.create(pod(initContainers=[first]))
            await eventually(lambda: "running" in _init(small)["state"])
            await _exit(first, 1)
            await eventually(lambda: _init(small).get("restartCount") == 1)
            phase = small.pod()["status"]["phase"]
            await eventually(lambda: "running" in _init(small)["state"])
            await _exit(first, 0)
            await eventually(lambda: is_ready(small.pod()))
            return phase, _init(small)["restartCount"]

    assert asyncio.run(scenario()) == ("Pending", 1)


def test_a_failed_init_container_ends_a_pod_that_is_never_restarted() -> None:
    async def scenario() -> Object:
        async with cluster() as small:
            first = netexec(name="first")
            small.create(pod(initContainers=[first], restartPolicy="Never"))
            await eventually(lambda: "running" in _init(small)["state"])
            await _exit(first, 2)
            await eventually(lambda: small.pod()["status"]["phase"] == "Failed")
            return small.pod()

    ended = asyncio.run(scenario())
    assert ended["status"]["containerStatuses"][0]["state"]["waiting"]


def test_a_sidecar_runs_beside_and_ends_last() -> None:
    async def scenario() -> tuple[bool, Object, bool, Object]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            sidecar = netexec(name="sidecar", restartPolicy="Always")
            small.create(pod(netexec("--delay-shutdown=3"), initContainers=[sidecar]))
            await eventually(lambda: is_ready(small.pod()))
            both = small.pod()
            small.delete()
            await clock.turn(2.9)
            during = "running" in _init(small)["state"]
            await clock.turn(0.2)
            await eventually(lambda: not small.exists())
            last: Object = small.statuses[-1]["initContainerStatuses"][0]["state"]
            return is_ready(both), both, during, last

    ready, both, during, last = asyncio.run(scenario())
    assert (ready, during) == (True, True)
    assert last["terminated"]["exitCode"] == 0  # it was asked to end, not killed
    assert both["status"]["initContainerStatuses"][0]["started"]
