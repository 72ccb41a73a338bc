"""Containers that end are started again, or not, as their Pod's restart policy says."""

import asyncio

import pytest

from kubeproof.sandbox.kubelet.backoff import BackOff, format_delay
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
from tests.sandbox.kubelet.surroundings import TurnedClock, eventually
from tests.sandbox.kubelet.web import exchange, request


async def _exit(small: SmallCluster, code: int, name: str = "pod-1") -> None:
    await exchange(port_of(small.pod(name)), request("GET", f"/exit?code={code}"))


async def _restarted(small: SmallCluster, count: int) -> Object:
    def again() -> bool:
        return is_ready(small.pod()) and container_of(small.pod())["restartCount"] == count

    await eventually(again)
    return container_of(small.pod())


async def _crash_looping(small: SmallCluster) -> Object:
    def waits() -> bool:
        return "waiting" in container_of(small.pod())["state"]

    await eventually(waits)
    return container_of(small.pod())


def test_the_first_restart_is_immediate_and_later_ones_back_off() -> None:
    async def scenario() -> tuple[Object, list[Object], Object]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            small.create(pod())
            await eventually(lambda: is_ready(small.pod()))
            await _exit(small, 3)
            first = await _restarted(small, 1)
            loops: list[Object] = []
            for count, delay in ((2, 10), (3, 20), (4, 40)):
                await _exit(small, 1)
                loops.append((await _crash_looping(small))["state"]["waiting"])
                await clock.turn(delay - 0.5)
                assert "waiting" in container_of(small.pod())["state"]
                await clock.turn(0.6)
                await _restarted(small, count)
            await eventually(lambda: "BackOff" in small.events.reasons("pod-1"))
            return first, loops, small.pod()

    first, loops, after = asyncio.run(scenario())
    assert first["lastState"]["terminated"]["exitCode"] == 3
    assert first["lastState"]["terminated"]["reason"] == "Error"
    assert [loop["reason"] for loop in loops] == ["CrashLoopBackOff"] * 3
    uid = after["metadata"]["uid"]
    for loop, delay in zip(loops, ("10s", "20s", "40s"), strict=True):
        what = f"restarting failed container=web pod=pod-1_default({uid})"
        assert loop["message"] == f"back-off {delay} {what}"


def test_a_crash_looping_pod_is_running_but_not_ready() -> None:
    async def scenario() -> Object:
        async with cluster() as small:
            small.create(pod())
            await eventually(lambda: is_ready(small.pod()))
            await _exit(small, 1)
            await _restarted(small, 1)
            await _exit(small, 1)
            await _crash_looping(small)
            return small.pod()

    found = asyncio.run(scenario())
    assert found["status"]["phase"] == "Running"
    assert condition(found, "Ready")["reason"] == "ContainersNotReady"
    status = container_of(found)
    assert (status["ready"], status["started"]) == (False, False)
    assert status["lastState"]["terminated"]["exitCode"] == 1


@pytest.mark.parametrize(
    ("policy", "code", "phase", "reason"),
    [
        ("Never", 0, "Succeeded", "PodCompleted"),
        ("Never", 1, "Failed", "PodFailed"),
        ("OnFailure", 0, "Succeeded", "PodCompleted"),
    ],
)
def test_a_pod_that_is_not_restarted_ends(policy: str, code: int, phase: str, reason: str) -> None:
    async def scenario() -> tuple[Object, int]:
        async with cluster() as small:
            small.create(pod(restartPolicy=policy))
            await eventually(lambda: is_ready(small.pod()))
            await _exit(small, code)
            await eventually(lambda: small.pod()["status"]["phase"] != "Running")
            await eventually(lambda: not small.nodes["node-1"].attached)
            return small.pod(), len(small.nodes["node-1"].attached)

    found, attached = asyncio.run(scenario())
    assert found["status"]["phase"] == phase
    assert condition(found, "Ready")["reason"] == reason
    assert container_of(found)["state"]["terminated"]["exitCode"] == code
    assert attached == 0  # what has ended is off the network


def test_on_failure_restarts_a_failure() -> None:
    async def scenario() -> Object:
        async with cluster() as small:
            small.create(pod(restartPolicy="OnFailure"))
            await eventually(lambda: is_ready(small.pod()))
            await _exit(small, 1)
            return await _restarted(small, 1)

    assert asyncio.run(scenario())["lastState"]["terminated"]["exitCode"] == 1


def test_a_port_clash_is_logged_and_ends_in_a_crash_loop() -> None:
    async def scenario() -> tuple[Object, str]:
        async with cluster() as small:
            first = small.create(pod(name="first"))
            await eventually(lambda: is_ready(small.pod("first")))
            small.create(pod(netexec(port=port_of(first))))
            await _crash_looping(small)
            worker = small.kubelets.worker(small.pod())
            assert worker
            log = worker.containers[0].log
            assert log
            return container_of(small.pod()), log.last()

    status, last = asyncio.run(scenario())
    assert status["lastState"]["terminated"]["exitCode"] == 1
    assert status["restartCount"] == 1
    assert last.endswith("bind: address already in use")


def test_both_containers_of_a_pod_count() -> None:
    async def scenario() -> tuple[Object, Object]:
        async with cluster() as small:
            small.create(pod(netexec(), netexec(name="other")))
            await eventually(lambda: is_ready(small.pod()))
            running = small.pod()
            await _exit(small, 1)
            await _restarted(small, 1)
            await _exit(small, 1)
            await _crash_looping(small)
            return running, small.pod()

    running, looping = asyncio.run(scenario())
    assert [item["name"] for item in running["status"]["containerStatuses"]] == ["web", "other"]
    assert condition(looping, "Ready")["message"] == "containers with unready status: [web]"


def test_back_off_is_forgotten_after_ten_minutes() -> None:
    back_off = BackOff()
    back_off.advance(0, 0)
    back_off.advance(10, 5)
    assert back_off.remaining(20, 15) == 15  # 20 s from the failure
    assert back_off.remaining(700, 700) == 0
    back_off.advance(700, 700)
    assert back_off.delay == 10


def test_back_off_grows_to_five_minutes() -> None:
    back_off = BackOff()
    delays: list[float] = []
    for moment in range(8):
        back_off.advance(moment, moment)
        delays.append(back_off.delay)
    assert delays == [10, 20, 40, 80, 160, 300, 300, 300]
    assert format_delay(80) == "1m20s"
