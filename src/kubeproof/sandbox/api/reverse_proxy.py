"""Requests passed on to a Pod, as the API server's proxy passes them on.

Source: k8s.io/apimachinery's ``util/proxy`` and Go's httputil.ReverseProxy.
"""

import asyncio
from typing import NamedTuple

from aiohttp import web

from kubeproof.sandbox.api import status
from kubeproof.sandbox.kubelet.golang import GoError
from kubeproof.sandbox.kubelet.http1 import Headers
from kubeproof.sandbox.kubelet.http_client import Answer, Exchange
from kubeproof.sandbox.kubelet.namespace import Namespace

_DIAL_TIMEOUT = 30.0
_HOP_BY_HOP = frozenset(
    (
        "connection",
        "proxy-connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_NOT_PASSED = _HOP_BY_HOP | {"authorization", "content-length", "x-forwarded-for"}
_API = "/api/v1/namespaces/"
_NAMED = {"http": 80, "https": 443}


class Location(NamedTuple):
    """Where a request goes: a port of an address, reached from a namespace."""

    namespace: Namespace
    address: str
    port: str
    """A number or, as Go resolves it, the name of a well-known port; empty for the scheme's."""
    scheme: str = "http"

    @property
    def number(self) -> int:
        """The port's number. Raises GoError for a name that is not known."""
        text = self.port or self.scheme or "http"
        if text.isdecimal():
            return int(text)
        if text not in _NAMED:
            raise GoError(f"dial tcp: lookup tcp/{text}: unknown port")
        return _NAMED[text]


def split_id(name: str, kind: str) -> tuple[str, str, str]:
    """Scheme, name and port of ``name``, ``name:port`` or ``scheme:name:port``. ApiError (400)."""
    parts = name.split(":")
    scheme, found, port = {
        1: ("", parts[0], ""),
        2: ("", parts[0], parts[-1]),
        3: (parts[0], parts[len(parts) // 2], parts[-1]),
    }.get(len(parts), ("", "", ""))
    if not found or scheme not in ("", "http", "https"):
        raise status.bad_request(f'invalid {kind} request "{name}"')
    return scheme or "http", found, port


async def pass_on(
    request: web.Request, location: Location, broken: bool = False
) -> web.StreamResponse:
    """Pass a request on and stream the answer back. Raises ApiError (503) if nobody answers.

    ``broken`` is a fault: the Pod is not reached.
    """
    if request.headers.get("Upgrade"):
        raise status.bad_request("the sandbox's proxy does not pass on requests to upgrade")
    target = _target(request)
    if not target and request.method in ("GET", "HEAD"):
        return _to_root(request)
    exchange: Exchange | None = None
    try:
        exchange = await _connect(location, broken)
        return await _exchange(request, exchange, target or "/")
    except GoError as error:
        raise status.service_unavailable(f"error trying to reach service: {error}") from error
    finally:
        if exchange is not None:
            exchange.close()


async def _connect(location: Location, broken: bool) -> Exchange:
    if broken:
        where = f"{location.address}:{location.number}"
        raise GoError(f"dial tcp {where}: connect: no route to host")
    try:
        async with asyncio.timeout(_DIAL_TIMEOUT):
            exchange = await Exchange.open(location.namespace, location.address, location.number)
    except TimeoutError as error:
        where = f"{location.address}:{location.number}"
        raise GoError(f"dial tcp {where}: i/o timeout") from error
    if location.scheme == "https":
        exchange.close()
        raise GoError("http: server gave HTTP response to HTTPS client")
    return exchange


async def _exchange(request: web.Request, exchange: Exchange, target: str) -> web.StreamResponse:
    """Send the request and stream the answer back, both at once as far as their bodies go."""
    headers = _headers(request)
    length = request.headers.get("Content-Length")
    if length is not None:
        headers.append(("Content-Length", length))
    elif request.can_read_body:
        headers.append(("Transfer-Encoding", "chunked"))
    await exchange.send(request.method, target, headers)
    sending = asyncio.ensure_future(_send_body(request, exchange, chunked=length is None))
    try:
        answer = await exchange.answer(request.method)
        return await _send_back(request, exchange, answer)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _send_body(request: web.Request, exchange: Exchange, chunked: bool) -> None:
    """Send the body as it comes. If that fails, what the answer brings is what counts."""
    if not request.can_read_body:
        return
    if chunked:
        await exchange.send_chunks(request.content.iter_any())
    else:
        await exchange.send_pieces(request.content.iter_any())


async def _send_back(
    request: web.Request, exchange: Exchange, answer: Answer
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    for name, value in answer.head.headers:
        if name.lower() not in _HOP_BY_HOP:
            response.headers.add(name, value)
    await response.prepare(request)
    try:
        async for piece in exchange.pieces():
            await response.write(piece)
    except GoError as error:  # too late for a Status: the client sees the answer break off
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError(str(error)) from error
    await response.write_eof()
    return response


def _headers(request: web.Request) -> Headers:
    listed = {
        item.strip().lower()
        for value in request.headers.getall("Connection", [])
        for item in value.split(",")
    }
    headers = [
        (name, value)
        for name, value in request.headers.items()
        if name.lower() not in _NOT_PASSED and name.lower() not in listed
    ]
    chain = [*request.headers.getall("X-Forwarded-For", []), request.remote or ""]
    headers.append(("X-Forwarded-For", ", ".join(filter(None, chain))))
    headers.append(("X-Forwarded-Uri", _path(request)))
    return headers


def _path(request: web.Request) -> str:
    """The path as it was sent, from ``/api`` on: what stands before is the server's own address."""
    path = request.raw_path.partition("?")[0]
    return path[max(path.find(_API), 0) :]


def _target(request: web.Request) -> str:
    """The path behind ``/proxy``, as it was sent, with the query; empty if there is none."""
    parts = _path(request).split("/", 8)  # "", api, v1, namespaces, NS, pods, NAME, proxy, rest
    if len(parts) < 9:
        return ""
    query = request.raw_path.partition("?")[2]
    return f"/{parts[8]}" + (f"?{query}" if query else "")


def _to_root(request: web.Request) -> web.Response:
    path, _, query = request.raw_path.partition("?")
    return web.Response(
        status=301, headers={"Location": f"{path}/" + (f"?{query}" if query else "")}
    )
