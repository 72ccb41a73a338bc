"""``pods/log``: the lines that are asked for, and the words for those that are not there."""

import asyncio
import json
import re

import pytest

from tests.sandbox.api_extensions.server import Served, served
from tests.sandbox.kubelet.cluster import container_of, netexec, pod
from tests.sandbox.kubelet.surroundings import eventually
from tests.sandbox.kubelet.web import exchange, get, request


async def _talkative(api: Served) -> int:
    """A Pod that was asked for three echoes, ten seconds apart."""
    port = await api.run_pod()
    for number in range(3):
        await get(port, f"/echo?msg={number}")
        await api.clock.turn(10)
    return port


def _lines(query: str) -> list[str]:
    async def scenario() -> str:
        async with served() as api:
            await _talkative(api)
            return (await api.get(f"pods/pod-1/log?{query}"))[1]

    return [line.partition("] ")[2] for line in asyncio.run(scenario()).splitlines()]


def test_all_lines() -> None:
    lines = _lines("")
    assert re.fullmatch(r"Started HTTP server on port \d+", lines[0])
    assert lines[1:] == [f"GET /echo?msg={number}&code=" for number in range(3)]


@pytest.mark.parametrize(
    ("query", "count"),
    [("tailLines=2", 2), ("tailLines=0", 0), ("tailLines=99", 4), ("container=web", 4)],
)
def test_some_lines(query: str, count: int) -> None:
    assert len(_lines(query)) == count


def test_lines_since_a_moment() -> None:
    async def scenario() -> list[int]:
        async with served() as api:
            await _talkative(api)
            moment = "2027-01-15T08:00:05Z"  # the turned clock begins at 08:00:00
            counts: list[int] = []
            for query in (f"sinceTime={moment}", "sinceTime=2027-01-15T08:00:15%2B00:00"):
                counts.append((await api.get(f"pods/pod-1/log?{query}"))[1].count("\n"))
            return counts

    assert asyncio.run(scenario()) == [2, 1]


def test_a_limit_of_bytes() -> None:
    async def scenario() -> str:
        async with served() as api:
            await _talkative(api)
            return (await api.get("pods/pod-1/log?limitBytes=7&tailLines=1"))[1]

    assert asyncio.run(scenario()) == "I0115 0"


def test_timestamps() -> None:
    async def scenario() -> str:
        async with served() as api:
            await _talkative(api)
            return (await api.get("pods/pod-1/log?timestamps=true&tailLines=1"))[1]

    stamp = r"2027-01-15T08:00:20\.\d{9}Z I0115 08:00:20\.000000       1 log\.go:244\] GET /echo"
    assert re.match(stamp, asyncio.run(scenario()))


def test_the_log_of_the_run_before() -> None:
    async def scenario() -> tuple[str, str]:
        async with served() as api:
            port = await api.run_pod()
            await get(port, "/echo?msg=before")
            await exchange(port, request("GET", "/exit?code=1"))
            await eventually(lambda: container_of(api.cluster.pod())["restartCount"] == 1)
            now = (await api.get("pods/pod-1/log"))[1]
            return now, (await api.get("pods/pod-1/log?previous=true"))[1]

    now, before = asyncio.run(scenario())
    assert "msg=before" not in now
    assert "msg=before" in before


def test_lines_are_followed_to_the_containers_end() -> None:
    async def scenario() -> list[str]:
        async with served() as api:
            port = await api.run_pod()
            path = "/api/v1/namespaces/default/pods/pod-1/log?follow=true&tailLines=0"
            async with api.session.get(api.url + path) as response:
                await get(port, "/echo?msg=now")
                first = (await response.content.readline()).decode()
                api.cluster.delete()
                rest = (await response.content.read()).decode()
            return [first.partition("] ")[2], rest]

    assert asyncio.run(scenario()) == ["GET /echo?msg=now&code=\n", ""]


def test_a_follower_that_goes_away_is_forgotten() -> None:
    async def scenario() -> bool:
        async with served() as api:
            port = await api.run_pod()
            path = "/api/v1/namespaces/default/pods/pod-1/log?follow=true"
            async with api.session.get(api.url + path) as response:
                await response.content.readline()
            return (await get(port, "/hostname")).status == 200

    assert asyncio.run(scenario())


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("container=nope", 400, "container nope is not valid for pod pod-1"),
        ("previous=true", 400, 'previous terminated container "web" in pod "pod-1" not found'),
        (
            "tailLines=-1",
            422,
            'PodLogOptions "pod-1" is invalid: tailLines: Invalid value: -1: '
            "must be greater than or equal to 0",
        ),
        (
            "limitBytes=0",
            422,
            'PodLogOptions "pod-1" is invalid: limitBytes: Invalid value: 0: '
            "must be greater than 0",
        ),
    ],
)
def test_what_cannot_be_shown(query: str, code: int, message: str) -> None:
    async def scenario() -> tuple[int, str]:
        async with served() as api:
            await api.run_pod()
            found, body = await api.get(f"pods/pod-1/log?{query}")
            return found, json.loads(body)["message"]

    assert asyncio.run(scenario()) == (code, message)


def test_a_container_has_to_be_named_if_there_are_several() -> None:
    async def scenario() -> str:
        async with served() as api:
            api.cluster.create(pod(netexec(), netexec(name="other")))
            return json.loads((await api.get("pods/pod-1/log"))[1])["message"]

    what = "a container name must be specified for pod pod-1, choose one of: [web other]"
    assert asyncio.run(scenario()) == what


def test_containers_that_wait_to_start() -> None:
    async def scenario() -> tuple[int, str]:
        async with served() as api:
            api.cluster.create(pod(netexec(image="nope")))
            await eventually(lambda: "ErrImagePull" in str(api.cluster.pod()["status"]))
            code, body = await api.get("pods/pod-1/log")
            return code, json.loads(body)["message"]

    what = 'container "web" in pod "pod-1" is waiting to start: image can\'t be pulled'
    assert asyncio.run(scenario()) == (400, what)


def test_a_pod_that_is_bound_to_no_node_has_no_log() -> None:
    async def scenario() -> tuple[int, str]:
        async with served() as api:
            unbound = pod()
            del unbound["spec"]["nodeName"]
            api.cluster.create(unbound)
            return await api.get("pods/pod-1/log")

    assert asyncio.run(scenario()) == (204, "")
