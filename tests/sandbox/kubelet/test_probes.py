"""Probes are made when they are due and have the consequences they should have."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from kubeproof.sandbox.kubelet import probe
from kubeproof.sandbox.objects import Object
from tests.sandbox.kubelet.cluster import (
    cluster,
    condition,
    container_of,
    is_ready,
    netexec,
    pod,
)
from tests.sandbox.kubelet.surroundings import Here, TurnedClock, eventually, free_port


class Switch:
    """A server whose answer can be switched, and which notes who asked."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[str] = []
        self.port = 0
        self.headers: dict[str, str] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head.splitlines()[0])
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\n".encode())
        for name, value in self.headers.items():
            writer.write(f"{name}: {value}\r\n".encode())
        writer.write(b"\r\n")
        writer.close()

    def probe(self, **more: object) -> Object:
        """An httpGet probe of this server."""
        return {"httpGet": {"host": "127.0.0.1", "port": self.port, "path": "/probed"}, **more}


@asynccontextmanager
async def switch(status: int = 200) -> AsyncGenerator[Switch]:
    made = Switch(status)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


async def _probed(made: Switch, times: int) -> None:
    await eventually(lambda: len(made.requests) >= times)


def test_readiness_follows_its_thresholds() -> None:
    async def scenario() -> list[bool]:
        clock = TurnedClock()
        async with switch(503) as made, cluster(clock) as small:
            thresholds = {"periodSeconds": 5, "successThreshold": 2, "failureThreshold": 3}
            small.create(pod(netexec(readinessProbe=made.probe(**thresholds))))
            await _probed(made, 1)
            seen = [is_ready(small.pod())]
            made.status = 204
            for times in (2, 3):  # the second success in a row counts
                await clock.turn(5)
                await _probed(made, times)
                await eventually(lambda: clock.sleepers == 1)  # the answer was taken in
                seen.append(is_ready(small.pod()))
            made.status = 500
            for times in (4, 5, 6):  # as does the third failure
                await clock.turn(5)
                await _probed(made, times)
                await eventually(lambda: clock.sleepers == 1)  # the answer was taken in
                seen.append(is_ready(small.pod()))
            return seen

    assert asyncio.run(scenario()) == [False, False, True, True, True, False]


def test_a_condition_keeps_its_moment_until_it_changes() -> None:
    async def scenario() -> list[tuple[str, str]]:
        clock = TurnedClock()
        async with switch(503) as made, cluster(clock) as small:
            small.create(pod(netexec(readinessProbe=made.probe(periodSeconds=5))))
            await eventually(lambda: condition(small.pod(), "Ready"))
            await _probed(made, 1)
            made.status = 200
            await clock.turn(5)
            await eventually(lambda: is_ready(small.pod()))
            kinds = ("Ready", "PodScheduled")
            return [(kind, condition(small.pod(), kind)["lastTransitionTime"]) for kind in kinds]

    assert asyncio.run(scenario()) == [
        ("Ready", "2027-01-15T08:00:05Z"),
        ("PodScheduled", "2027-01-15T08:00:00Z"),
    ]


def test_a_failure_is_told_as_the_kubelet_tells_it() -> None:
    async def scenario() -> tuple[list[tuple[str, str]], Object]:
        async with switch(503) as made, cluster() as small:
            small.create(pod(netexec(readinessProbe=made.probe())))
            await eventually(lambda: "Unhealthy" in small.events.reasons("pod-1"))
            return small.events.of("pod-1"), condition(small.pod(), "ContainersReady")

    events, ready = asyncio.run(scenario())
    assert ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503") in events
    assert (ready["reason"], ready["message"]) == (
        "ContainersNotReady",
        "containers with unready status: [web]",
    )


def test_the_first_probe_waits_for_the_first_tick_after_the_initial_delay() -> None:
    async def scenario() -> list[int]:
        clock = TurnedClock()
        async with switch() as made, cluster(clock) as small:
            small.create(
                pod(netexec(readinessProbe=made.probe(initialDelaySeconds=7, periodSeconds=5)))
            )
            await eventually(lambda: "running" in container_of(small.pod())["state"])
            seen: list[int] = []
            for seconds in (4.9, 5, 0.2):  # ticks at 0, 5 and 10 s: the one at 10 s is due
                await clock.turn(seconds)
                await eventually(lambda: clock.sleepers == 1)
                seen.append(len(made.requests))
            return seen

    assert asyncio.run(scenario()) == [0, 0, 1]


def test_a_container_that_is_not_alive_is_restarted() -> None:
    async def scenario() -> tuple[Object, list[tuple[str, str]]]:
        clock = TurnedClock()
        async with switch() as made, cluster(clock) as small:
            liveness = made.probe(periodSeconds=5, failureThreshold=2)
            small.create(pod(netexec(livenessProbe=liveness)))
            await eventually(lambda: is_ready(small.pod()))
            await _probed(made, 1)
            made.status = 500
            for times in (2, 3):
                await clock.turn(5)
                await _probed(made, times)
            await eventually(lambda: container_of(small.pod())["restartCount"] == 1)
            await eventually(lambda: "Killing" in small.events.reasons("pod-1"))
            return container_of(small.pod()), small.events.of("pod-1")

    status, events = asyncio.run(scenario())
    assert status["lastState"]["terminated"]["exitCode"] == 0  # netexec obeys SIGTERM
    assert ("Killing", "Container web failed liveness probe, will be restarted") in events


def test_other_probes_wait_for_the_startup_probe() -> None:
    async def scenario() -> tuple[Object, int, bool]:
        clock = TurnedClock()
        async with switch(500) as starting, switch() as ready, cluster(clock) as small:
            web = netexec(
                startupProbe=starting.probe(periodSeconds=2, failureThreshold=30),
                readinessProbe=ready.probe(periodSeconds=60),
            )
            small.create(pod(web))
            await _probed(starting, 1)
            await clock.turn(2)
            await _probed(starting, 2)
            before, asked = container_of(small.pod()), len(ready.requests)
            starting.status = 200
            await clock.turn(2)
            await eventually(lambda: is_ready(small.pod()))  # probed as soon as it has started
            return before, asked, container_of(small.pod())["started"]

    before, asked, started = asyncio.run(scenario())
    assert (before["started"], before["ready"], asked, started) == (False, False, 0, True)


def test_a_failed_startup_probe_restarts_the_container() -> None:
    async def scenario() -> list[tuple[str, str]]:
        clock = TurnedClock()
        async with switch(500) as starting, cluster(clock) as small:
            small.create(pod(netexec(startupProbe=starting.probe(failureThreshold=1))))
            await eventually(lambda: container_of(small.pod()).get("restartCount"))
            await eventually(lambda: "Killing" in small.events.reasons("pod-1"))
            return small.events.of("pod-1")

    events = asyncio.run(scenario())
    assert ("Killing", "Container web failed startup probe, will be restarted") in events


def test_a_restarted_container_is_not_ready_until_it_is_probed_again() -> None:
    async def scenario() -> tuple[bool, bool]:
        clock = TurnedClock()
        async with switch() as made, cluster(clock) as small:
            small.create(pod(netexec(readinessProbe=made.probe(periodSeconds=5))))
            await eventually(lambda: is_ready(small.pod()))
            made.status = 500
            worker = small.kubelets.worker(small.pod())
            assert worker
            worker.containers[0].kill()
            await eventually(lambda: container_of(small.pod())["restartCount"] == 1)
            after = is_ready(small.pod())
            made.status = 200
            await clock.turn(5)
            await eventually(lambda: is_ready(small.pod()))
            return after, is_ready(small.pod())

    assert asyncio.run(scenario()) == (False, True)


def test_a_probe_of_a_command_is_not_offered_and_says_so() -> None:
    async def scenario() -> tuple[list[tuple[str, str]], bool]:
        async with cluster() as small:
            small.create(pod(netexec(readinessProbe={"exec": {"command": ["true"]}})))
            await eventually(lambda: "Unhealthy" in small.events.reasons("pod-1"))
            return small.events.of("pod-1"), is_ready(small.pod())

    events, ready = asyncio.run(scenario())
    why = "Readiness probe errored and resulted in unknown state: "
    assert ("Unhealthy", f"{why}the sandbox runs no commands in containers") in events
    assert not ready


def test_named_ports_and_tcp() -> None:
    async def scenario() -> bool:
        async with cluster() as small:
            small.create(pod(netexec(readinessProbe={"tcpSocket": {"port": "http"}})))
            await eventually(lambda: is_ready(small.pod()))
            return True

    assert asyncio.run(scenario())


def _run(spec: Object) -> probe.Outcome:
    return asyncio.run(probe.run(spec, {"name": "web"}, "127.0.0.1", Here(), 1))


def test_wording_of_refused_probes() -> None:
    port = free_port()
    refused = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert _run({"tcpSocket": {"port": port}}).output == refused
    url = f"http://127.0.0.1:{port}/x"
    assert _run({"httpGet": {"port": port, "path": "/x"}}).output == f'Get "{url}": {refused}'


def test_redirects_to_the_same_host_are_followed_and_others_count_as_success() -> None:
    async def scenario() -> tuple[probe.Outcome, probe.Outcome]:
        async with switch() as target, switch(302) as made:
            spec = {"httpGet": {"port": made.port, "path": "/"}}
            made.headers = {"Location": f"http://127.0.0.1:{target.port}/there"}
            same = await probe.run(spec, {}, "127.0.0.1", Here(), 1)
            made.headers = {"Location": "http://192.0.2.1/there"}
            other = await probe.run(spec, {}, "127.0.0.1", Here(), 1)
            assert target.requests == ["GET /there HTTP/1.1"]
            return same, other

    same, other = asyncio.run(scenario())
    assert same.result == "success"
    assert other.result == "warning"
    assert other.output.startswith("Probe terminated redirects")


def test_a_probe_that_takes_too_long() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def scenario() -> probe.Outcome:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        spec = {"httpGet": {"port": server.sockets[0].getsockname()[1], "path": "/"}}
        outcome = await probe.run(spec, {}, "127.0.0.1", Here(), 0.05)
        server.close()
        return outcome

    why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    outcome = asyncio.run(scenario())
    assert outcome.result == "failure"
    assert outcome.output.endswith(why)


def test_https_finds_a_server_that_speaks_http() -> None:
    async def scenario() -> probe.Outcome:
        async with switch() as made:
            spec = {"httpGet": {"port": made.port, "path": "/", "scheme": "HTTPS"}}
            return await probe.run(spec, {}, "127.0.0.1", Here(), 1)

    assert asyncio.run(scenario()).output.endswith("server gave HTTP response to HTTPS client")


def test_the_headers_of_a_probe() -> None:
    seen: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(note, "127.0.0.1", 0)
        extra = [{"name": "X-Extra", "value": "1"}]
        port = server.sockets[0].getsockname()[1]
        spec = {"httpGet": {"port": port, "path": "/", "httpHeaders": extra}}
        await probe.run(spec, {}, "127.0.0.1", Here(), 1)
        server.close()

    asyncio.run(scenario())
    for line in ("User-Agent: kube-probe/1.36", "Accept: */*", "X-Extra: 1", "Connection: close"):
        assert f"\r\n{line}\r\n" in seen[0]


def test_a_port_name_that_no_container_has() -> None:
    with pytest.raises(probe.ProbeError, match="invalid syntax"):
        probe.port_number("nope", {"ports": [{"name": "http", "containerPort": 80}]})
