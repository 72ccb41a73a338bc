"""``pods/portforward``: three ways in, one thing done.

Clients come with a websocket that tunnels SPDY (kubectl), with plain SPDY (kubectl, when told
so), or with a websocket of channels (the official Python client).
"""

from aiohttp import WSMsgType, web

from kubeproof.sandbox.api import portforward_channels, portforward_spdy, status
from kubeproof.sandbox.api.port_forwarding import PodPorts
from kubeproof.sandbox.api.portforward_spdy import SpdyForwarding
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.spdy import ProtocolError
from kubeproof.sandbox.api.upgraded import UpgradedConnection
from kubeproof.sandbox.kubelet.kubelets import Kubelets
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.objects import Object, matches, namespace_of

_TUNNEL = f"SPDY/3.1+{portforward_spdy.PROTOCOL}"
_SPDY = "SPDY/3.1"


class PortForward:
    """Serves ``pods/portforward``."""

    def __init__(self, registry: Registry, kubelets: Kubelets) -> None:
        self._registry = registry
        self._kubelets = kubelets

    async def handle(
        self, request: web.Request, namespace: str, name: str, path: str
    ) -> web.StreamResponse:
        """Forward until the client is done. Raises ApiError before anything is switched."""
        ports = self._ports(namespace, name)
        upgrade = request.headers.get("Upgrade", "").lower()
        if upgrade == "websocket":
            return await self._websocket(request, ports)
        if upgrade == _SPDY.lower():
            return await self._spdy(request, ports)
        raise status.bad_request("Upgrade request required")

    def _ports(self, namespace: str, name: str) -> PodPorts:
        pod = self._registry.get("pods", namespace, name)
        node = str(pod["spec"].get("nodeName") or "")
        if not node:
            raise status.bad_request(f"pod {name} does not have a host assigned")
        worker = self._kubelets.worker(pod)
        if worker is None or worker.network is None:
            raise status.not_found("pods", name)
        ports = PodPorts(f"{namespace}/{name}", worker.network.ns, node, self._kubelets.faults)
        ports.alike = lambda: self._alike(pod)
        return ports

    def _alike(self, pod: Object) -> list[Namespace]:
        """Where the Pods run that a Service cannot tell from this one, itself among them."""
        services = self._registry.list("services", namespace_of(pod))
        selectors: list[dict[str, str]] = [one["spec"].get("selector") or {} for one in services]
        chosen = [one for one in selectors if one and matches(one, pod)]
        pods = self._registry.list("pods", namespace_of(pod))
        alike = [one for one in pods if any(matches(selector, one) for selector in chosen)]
        workers = (self._kubelets.worker(one) for one in alike or [pod])
        return [worker.network.ns for worker in workers if worker and worker.network]

    async def _websocket(self, request: web.Request, ports: PodPorts) -> web.StreamResponse:
        offered = _offered(request)
        if _TUNNEL in offered:
            return await self._tunnel(request, ports)
        if offered and portforward_channels.PROTOCOL not in offered:
            known = f"{_TUNNEL}, {portforward_channels.PROTOCOL}"
            raise status.bad_request(f"unable to upgrade: the server speaks {known}")
        wanted = _query_ports(request)
        socket = _websocket(portforward_channels.PROTOCOL)
        await socket.prepare(request)
        await portforward_channels.serve(socket, ports, wanted)
        return socket

    async def _tunnel(self, request: web.Request, ports: PodPorts) -> web.StreamResponse:
        socket = _websocket(_TUNNEL)
        await socket.prepare(request)
        forwarding = SpdyForwarding(ports, _Tunnel(socket))
        try:
            async for message in socket:
                if message.type != WSMsgType.BINARY or forwarding.connection.gone_away:
                    break
                await forwarding.connection.receive(message.data)
        except (ConnectionError, ProtocolError):
            pass  # either way there is nobody left to tell
        finally:
            await forwarding.close()
        await socket.close()
        return socket

    async def _spdy(self, request: web.Request, ports: PodPorts) -> web.StreamResponse:
        offered = request.headers.getall("X-Stream-Protocol-Version", [])
        if offered and portforward_spdy.PROTOCOL not in offered:
            raise status.forbidden("", "", f"unable to upgrade: unknown protocol {offered[0]}")
        connection = await UpgradedConnection.take_over(
            request, _SPDY, {"X-Stream-Protocol-Version": portforward_spdy.PROTOCOL}
        )
        forwarding = SpdyForwarding(ports, connection)
        try:
            while data := await connection.read():
                await forwarding.connection.receive(data)
        except (ConnectionError, ProtocolError):
            pass  # either way there is nobody left to tell
        finally:
            await forwarding.close()
            connection.close()
        return connection.response


class _Tunnel:
    """A websocket whose binary messages carry another protocol's bytes."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting while too many are on their way. Raises ConnectionError."""
        await self._socket.send_bytes(data)


def _websocket(protocol: str) -> web.WebSocketResponse:
    return web.WebSocketResponse(protocols=(protocol,), max_msg_size=0, compress=False)


def _offered(request: web.Request) -> list[str]:
    values = request.headers.getall("Sec-WebSocket-Protocol", [])
    return [item.strip() for value in values for item in value.split(",")]


def _query_ports(request: web.Request) -> list[int]:
    """The ports that are asked for. Raises ApiError (400)."""
    texts = request.query.getall("ports", [])
    if not texts:
        raise status.bad_request('query parameter "ports" is required')
    ports: list[int] = []
    for text in texts:
        for item in text.split(","):
            if not item.isdecimal() or int(item) > 0xFFFF:
                raise status.bad_request(f'unable to parse "{text}" as a port')
            if int(item) < 1:
                raise status.bad_request(f'port "{text}" must be > 0')
            ports.append(int(item))
    return ports
