"""Pods end as their grace period, hooks and programs let them."""

import asyncio

import pytest

from kubeproof.sandbox.objects import Object
from tests.sandbox.kubelet.cluster import (
    SmallCluster,
    cluster,
    container_of,
    is_ready,
    netexec,
    pod,
    port_of,
)
from tests.sandbox.kubelet.surroundings import TurnedClock, eventually, settle
from tests.sandbox.kubelet.web import get


async def _ready(small: SmallCluster, obj: Object) -> int:
    created = small.create(obj)
    await eventually(lambda: is_ready(small.pod(created["metadata"]["name"])))
    return port_of(created)


async def _serves(port: int) -> bool:
    try:
        return (await get(port, "/hostname")).status == 200
    except ConnectionError:
        return False


def _terminated(small: SmallCluster) -> Object:
    """The last state that was reported of the Pod's container."""
    return small.statuses[-1]["containerStatuses"][0]["state"]["terminated"]


def test_netexec_ends_at_once_and_the_pod_is_gone() -> None:
    async def scenario() -> tuple[Object, Object, list[tuple[str, str]], int]:
        async with cluster() as small:
            port = await _ready(small, pod())
            small.delete()
            await eventually(lambda: not small.exists())
            assert not await _serves(port)
            await eventually(lambda: "Killing" in small.events.reasons("pod-1"))
            last = small.statuses[-1]
            return (
                _terminated(small),
                last,
                small.events.of("pod-1"),
                len(small.nodes["node-1"].attached),
            )

    ended, status, events, attached = asyncio.run(scenario())
    assert (ended["exitCode"], ended["reason"]) == (0, "Completed")
    assert status["phase"] == "Succeeded"
    assert ("Killing", "Stopping container web") in events
    assert attached == 0


def test_a_delayed_shutdown_serves_on_while_the_pod_terminates() -> None:
    async def scenario() -> tuple[bool, Object, bool, bool]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            port = await _ready(small, pod(netexec("--delay-shutdown=8")))
            small.delete()
            await clock.turn(7)
            serving, state = await _serves(port), small.pod()
            await clock.turn(2)
            await eventually(lambda: not small.exists())
            return serving, state, await _serves(port), is_ready(state)

    serving, state, after, ready = asyncio.run(scenario())
    assert (serving, after, ready) == (True, False, True)
    assert state["status"]["phase"] == "Running"
    assert "deletionTimestamp" in state["metadata"]


def test_what_does_not_end_is_killed_after_the_grace_period() -> None:
    async def scenario() -> tuple[bool, Object, str]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            await _ready(
                small, pod(netexec("--delay-shutdown=60"), terminationGracePeriodSeconds=5)
            )
            small.delete()
            await clock.turn(4.9)
            alive = small.exists()
            await clock.turn(0.2)
            await eventually(lambda: not small.exists())
            return alive, _terminated(small), small.statuses[-1]["phase"]

    alive, ended, phase = asyncio.run(scenario())
    assert alive
    assert (ended["exitCode"], ended["reason"], phase) == (137, "Error", "Failed")


def test_a_pre_stop_sleep_comes_before_sigterm_and_counts_against_the_grace_period() -> None:
    async def scenario() -> tuple[list[bool], list[bool]]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            hook = {"preStop": {"sleep": {"seconds": 4}}}
            slow = netexec("--delay-shutdown=60", lifecycle=hook)
            port = await _ready(small, pod(slow, terminationGracePeriodSeconds=10))
            small.delete()
            ready: list[bool] = []
            exists: list[bool] = []
            for seconds in (3.5, 1, 5, 1):  # 3.5, 4.5, 9.5, 10.5
                await clock.turn(seconds)
                await settle()
                exists.append(small.exists())
                if small.exists():
                    ready.append((await get(port, "/readyz")).body == "shutting down")
            return ready, exists

    termed, exists = asyncio.run(scenario())
    assert termed == [False, True, True]
    assert exists == [True, True, True, False]


def test_a_pre_stop_sleep_longer_than_the_grace_period_leaves_two_seconds() -> None:
    async def scenario() -> list[bool]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            hook = {"preStop": {"sleep": {"seconds": 60}}}
            slow = netexec("--delay-shutdown=60", lifecycle=hook)
            await _ready(small, pod(slow, terminationGracePeriodSeconds=60))
            small.delete(grace=3)
            seen: list[bool] = []
            for seconds in (2.9, 0.2, 1.8, 0.2):  # 2.9, 3.1, 4.9, 5.1
                await clock.turn(seconds)
                seen.append(small.exists())
            return seen

    assert asyncio.run(scenario()) == [True, True, True, False]


def test_a_pre_stop_request_is_made_from_the_node() -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        async with cluster() as small:
            hook = {"preStop": {"httpGet": {"path": "/echo?msg=bye", "port": "http"}}}
            await _ready(small, pod(netexec(lifecycle=hook)))
            worker = small.kubelets.worker(small.pod())
            assert worker
            log = worker.containers[0].log
            assert log
            small.delete()
            await eventually(lambda: not small.exists())
            return [line.text for line in log.lines()], small.events.reasons("pod-1")

    lines, events = asyncio.run(scenario())
    assert lines[-1].endswith("GET /echo?msg=bye&code=")
    assert "FailedPreStopHook" not in events


@pytest.mark.parametrize(
    "handler", [{"httpGet": {"port": 1}}, {"exec": {"command": ["sleep", "1"]}}]
)
def test_a_failed_pre_stop_hook_is_told_and_the_pod_ends_all_the_same(handler: Object) -> None:
    async def scenario() -> list[tuple[str, str]]:
        async with cluster() as small:
            await _ready(small, pod(netexec(lifecycle={"preStop": handler})))
            small.delete()
            await eventually(lambda: not small.exists())
            await eventually(lambda: "FailedPreStopHook" in small.events.reasons("pod-1"))
            return small.events.of("pod-1")

    assert ("FailedPreStopHook", "PreStopHook failed") in asyncio.run(scenario())


def test_a_second_deletion_may_shorten_the_grace_period() -> None:
    async def scenario() -> list[bool]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            await _ready(small, pod(netexec("--delay-shutdown=600")))
            small.delete(grace=300)
            await clock.turn(3)
            small.delete(grace=5)
            seen: list[bool] = []
            for seconds in (4.9, 0.2):
                await clock.turn(seconds)
                seen.append(small.exists())
            return seen

    assert asyncio.run(scenario()) == [True, False]


def test_a_pod_deleted_by_force_runs_on_until_it_ends_and_its_name_waits() -> None:
    async def scenario() -> tuple[bool, bool, bool, bool, bool]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            port = await _ready(small, pod(netexec("--delay-shutdown=4")))
            small.delete(grace=0)
            await settle()
            gone, serving = not small.exists(), await _serves(port)
            small.create(pod())
            await settle()
            early = is_ready(small.pod())
            await clock.turn(4.1)
            await eventually(lambda: is_ready(small.pod()))
            return gone, serving, early, await _serves(port), is_ready(small.pod())

    assert asyncio.run(scenario()) == (True, True, False, False, True)


def test_a_pod_that_never_started_is_deleted_too() -> None:
    async def scenario() -> str:
        async with cluster() as small:
            small.create(pod(netexec(image="example.com/nope")))
            await eventually(lambda: "waiting" in str(container_of(small.pod())["state"]))
            small.delete()
            await eventually(lambda: not small.exists())
            return small.statuses[-1]["phase"]

    assert asyncio.run(scenario()) == "Failed"


def test_deletion_during_back_off() -> None:
    async def scenario() -> bool:
        async with cluster() as small:
            taken = await _ready(small, pod(name="first"))
            small.create(pod(netexec(port=taken)))
            await eventually(lambda: "CrashLoopBackOff" in str(small.pod()["status"]))
            small.delete()
            await eventually(lambda: not small.exists())
            return True

    assert asyncio.run(scenario())


def test_readiness_is_probed_while_a_pod_terminates_and_liveness_is_not() -> None:
    async def scenario() -> tuple[bool, bool, int]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            often = {"periodSeconds": 1, "failureThreshold": 1}
            readiness = {"httpGet": {"path": "/readyz", "port": "http"}, **often}
            dead = {"path": "/echo?code=500", "port": "http"}
            liveness = {"httpGet": dead, **often, "initialDelaySeconds": 3}
            web = netexec("--delay-shutdown=60", readinessProbe=readiness, livenessProbe=liveness)
            web["args"].remove("--udp-port=-1")
            web["args"].append("--udp-port=0")
            await _ready(small, pod(web))
            before = is_ready(small.pod())
            small.delete()
            for _ in range(6):
                asked = _requests(small, "GET /readyz")
                await clock.turn(1)
                await eventually(lambda asked=asked: _requests(small, "GET /readyz") > asked)
            await eventually(lambda: not is_ready(small.pod()))
            status = container_of(small.pod())
            return before, "running" in status["state"], _requests(small, "GET /echo")

    assert asyncio.run(scenario()) == (True, True, 0)


def _requests(small: SmallCluster, line: str) -> int:
    """How often the Pod's container was asked for something."""
    worker = small.kubelets.worker(small.pod())
    log = worker.containers[0].log if worker else None
    return sum(line in written.text for written in log.lines()) if log else 0


def test_agnhosts_pause_says_what_ended_it() -> None:
    async def scenario() -> Object:
        async with cluster() as small:
            waiting = netexec()
            waiting["args"] = ["pause"]
            small.create(pod(waiting))
            await eventually(lambda: is_ready(small.pod()))
            small.delete()
            await eventually(lambda: not small.exists())
            return _terminated(small)

    ended = asyncio.run(scenario())
    assert ended["exitCode"] == 2
    assert ended["message"] == 'exiting because of signal "terminated"\n'


def test_a_pod_that_a_finalizer_keeps_is_not_run_again() -> None:
    async def scenario() -> tuple[str, int, bool]:
        async with cluster() as small:
            held = pod()
            held["metadata"]["finalizers"] = ["example.com/hold"]
            port = await _ready(small, held)
            small.delete()
            await eventually(lambda: small.pod()["status"]["phase"] == "Succeeded")
            now = small.pod()
            labelled = {**now, "metadata": {**now["metadata"], "labels": {"touched": "yes"}}}
            small.registry.update("pods", "default", "pod-1", labelled)
            await settle()
            return (
                small.pod()["status"]["phase"],
                len(small.nodes["node-1"].attached),
                await _serves(port),
            )

    assert asyncio.run(scenario()) == ("Succeeded", 0, False)


def test_a_pod_deleted_before_it_began_never_runs() -> None:
    async def scenario() -> tuple[bool, int]:
        async with cluster() as small:
            small.create(pod())
            small.delete()
            await eventually(lambda: not small.exists())
            return "containerID" in str(small.statuses), len(small.events.of("pod-1"))

    assert asyncio.run(scenario()) == (False, 0)
