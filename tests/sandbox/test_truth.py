"""The API answers as a real Kubernetes 1.36 answered the same requests.

The recording has 120 cases. Those that need no running Pods are replayed against the API alone,
which takes no privileges; all of them against a whole sandbox.
"""

import asyncio
import socket
import threading
from collections.abc import Generator

import pytest
from aiohttp import web

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.server import application
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.sandbox.kinds.catalogue import KindOptions, strategies
from tests.sandbox.truth import cluster
from tests.sandbox.truth.replay import CASES, TITLES, Difference, Replay

TOKEN = "secret"
NEEDS_PODS = {83, 84, 85, 86, 87, 88, *range(91, 117)}
"""Cases about Pods that run, nodes, endpoints, and requests into the network."""

API_CASES = [number for number in TITLES if number not in NEEDS_PODS]


def serve(listener: socket.socket, ready: threading.Event, done: threading.Event) -> None:
    """Run the API alone, on a loop of its own, until it is done."""
    store = Store()
    registry = Registry(store, strategies(KindOptions(), store), Schema.load())

    async def main() -> None:
        runner = web.AppRunner(application(registry, token=TOKEN), handler_cancellation=True)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        ready.set()
        await asyncio.to_thread(done.wait)
        await runner.cleanup()

    asyncio.run(main())


@pytest.fixture(scope="module")
def api() -> Generator[str]:
    """Host and port of an API server that has nothing behind it."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready, done = threading.Event(), threading.Event()
    server = threading.Thread(target=serve, args=(listener, ready, done), daemon=True)
    server.start()
    assert ready.wait(10)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    done.set()
    server.join(10)


@pytest.fixture(scope="module")
def api_differences(api: str) -> dict[int, Difference]:
    return Replay(api, TOKEN).run(API_CASES)


def judge(difference: Difference) -> None:
    """Fail with what differs, a line a place."""
    if difference.lines:
        pytest.fail(str(difference), pytrace=False)


@pytest.mark.parametrize("number", API_CASES, ids=lambda number: f"{number}-{TITLES[number]}")
def test_api(api_differences: dict[int, Difference], number: int) -> None:
    judge(api_differences[number])


@pytest.fixture(scope="module")
def cluster_differences() -> dict[int, Difference]:
    """All cases, against a sandbox without load balancers: the real cluster had none either."""
    with Sandbox.start(Options(load_balancer=False)) as sandbox:
        return cluster.run(sandbox)


@pytest.mark.parametrize("number", TITLES, ids=lambda number: f"{number}-{TITLES[number]}")
def test_cluster(cluster_differences: dict[int, Difference], number: int) -> None:
    judge(cluster_differences[number])


def test_the_recording_is_whole() -> None:
    assert len(CASES) == 120
