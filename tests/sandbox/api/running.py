"""An API server in a thread of the test's process, as its clients meet it.

``python -m tests.sandbox.api.running PORT`` runs one by hand, for a kubectl.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from kubeproof.sandbox.api import same_user
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
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

        async def run() -> Result:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def kubeconfig(self) -> str:
        return f"""\
apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "{self.url}"}}}}]
users: [{{name: test, user: {{token: {TOKEN}}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
current-context: test
"""


def new_registry() -> Registry:
    """An empty cluster but for the namespace default."""
    registry = Registry(Store(), plain_rules(), Schema.load())
    registry.create("namespaces", "", {"metadata": {"name": "default"}})
    return registry


class Everybody:
    """Takes every connection for one of our own, as a sandbox takes its own user's."""

    def includes(self, peer: same_user.Address, local: same_user.Address) -> bool:
        return True


async def serve(
    registry: Registry, port: int = 0, *, trusting: bool = False
) -> tuple[web.AppRunner, int]:
    """Start answering; the answer is what stops it, and the port.

    A trusting server lets kubectl in, which sends no token over plain HTTP.
    """
    app = application(registry, token=TOKEN)
    if trusting:
        same_user.accept(app, Everybody(), TOKEN)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    return runner, runner.addresses[0][1]


@contextmanager
def running_api(*, trusting: bool = False) -> Generator[RunningAPI]:
    """A server for the time of a with statement."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    registry = new_registry()
    runner, port = asyncio.run_coroutine_threadsafe(
        serve(registry, trusting=trusting), loop
    ).result(10)
    try:
        yield RunningAPI(port, registry, loop)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _main(port: int) -> None:
    await serve(new_registry(), port, trusting=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
