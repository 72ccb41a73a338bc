"""An API server in a thread of the test's process, as its clients meet it.

``python -m tests.sandbox.api.running PORT`` runs one by hand, for a kubectl.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.secret_path import accept_in_path
from kubeproof.sandbox.api.server import application
from kubeproof.sandbox.api.store import Store
from tests.sandbox.api.plain_rules import plain_rules

TOKEN = "secret"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RunningAPI:
    """A server that answers, and the registry behind it."""

    port: int
    registry: Registry
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, function: Callable[[], Result]) -> Result:
        """Run a function on the server's loop, where the registry lives."""
        done: asyncio.Future[Result]

        async def run() -> Result:
            return function()

        done = asyncio.run_coroutine_threadsafe(run(), self.loop)  # type: ignore[assignment]
        return done.result(10)

    def kubeconfig(self) -> str:
        return f"""\
apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "{self.url}/{TOKEN}"}}}}]
users: [{{name: test, user: {{token: {TOKEN}}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
current-context: test
"""


def new_registry() -> Registry:
    """An empty cluster but for the namespace default."""
    registry = Registry(Store(), plain_rules(), Schema.load())
    registry.create("namespaces", "", {"metadata": {"name": "default"}})
    return registry


async def serve(registry: Registry, port: int = 0) -> tuple[web.AppRunner, int]:
    """Start answering; the answer is what stops it, and the port."""
    app = application(registry, token=TOKEN)
    accept_in_path(app, TOKEN)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    return runner, runner.addresses[0][1]


@contextmanager
def running_api() -> Iterator[RunningAPI]:
    """A server for the time of a with statement."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    registry = new_registry()
    runner, port = asyncio.run_coroutine_threadsafe(serve(registry), loop).result(10)
    try:
        yield RunningAPI(port, registry, loop)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _main(port: int) -> None:
    await serve(new_registry(), port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
