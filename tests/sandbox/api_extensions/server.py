"""A small cluster with its API on a port of this machine, for clients of the API server."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import ClientSession, web

from kubeproof.sandbox.api.extensions import extensions
from kubeproof.sandbox.api.server import application
from kubeproof.sandbox.objects import Object
from tests.sandbox.kubelet.cluster import SmallCluster, cluster, is_ready, netexec, pod
from tests.sandbox.kubelet.surroundings import TurnedClock, eventually

TOKEN = "token"
_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Served:
    """A cluster, its clock, and a client of its API."""

    cluster: SmallCluster
    clock: TurnedClock
    session: ClientSession
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str) -> tuple[int, str]:
        """GET below the default namespace."""
        async with self.session.get(f"{self.url}/api/v1/namespaces/default/{path}") as response:
            return response.status, await response.text()

    async def run_pod(self, *flags: str, name: str = "pod-1", **spec: object) -> int:
        """Run a Pod with netexec and return its port once it is ready."""
        container = netexec(*flags)
        self.cluster.create(pod(container, name=name, **spec))
        await eventually(lambda: is_ready(self.cluster.pod(name)))
        return int(container["ports"][0]["containerPort"])


@asynccontextmanager
async def served() -> AsyncGenerator[Served]:
    """Serve a small cluster until the end of the block."""
    clock = TurnedClock()
    async with cluster(clock) as small:
        handlers = extensions(small.registry, small.kubelets)
        app = application(small.registry, token=TOKEN, extensions=handlers)
        app.middlewares.append(_let_in)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = int(runner.addresses[0][1])
        try:
            async with ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
                yield Served(small, clock, session, port)
        finally:
            await runner.cleanup()


@web.middleware
async def _let_in(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """kubectl sends its token over TLS only: whoever sends none has it here."""
    if "Authorization" in request.headers:
        return await handler(request)
    headers = {**request.headers, "Authorization": f"Bearer {TOKEN}"}
    return await handler(request.clone(headers=headers))


def service(name: str, *ports: Object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": list(ports)},
    }


def endpoints(name: str, subsets: Sequence[Object]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"namespace": "default", "name": name},
        "subsets": list(subsets),
    }


def address(pod_name: str, ip: str = "127.0.0.1") -> Object:
    target = {"kind": "Pod", "namespace": "default", "name": pod_name}
    return {"ip": ip, "targetRef": target}
