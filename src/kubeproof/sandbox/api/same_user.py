"""Letting in without a token whoever could read the token anyway: the sandbox's own user.

kubectl, and every program made with client-go, sends a token over TLS only; over plain HTTP all
of them would be strangers. A Unix socket would tell who connects, and so does the kernel's list
of connections. Browsers run as the same user, but not in the user's name: what a web page may
have sent, directly or under a name that it made point here, still needs the token.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias
from weakref import WeakKeyDictionary

from aiohttp import web

Address: TypeAlias = tuple[str, int]
_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
_OWN_NAMES = ("127.0.0.1", "localhost")


class Peers(Protocol):
    """Knows who made a connection."""

    def includes(self, peer: Address, local: Address) -> bool:
        """Whether one of us made the connection from ``peer`` to ``local``."""
        ...


def accept(app: web.Application, peers: Peers, token: str) -> None:
    """Take requests from the sandbox's own user for requests that carry the token."""
    known: WeakKeyDictionary[object, bool] = WeakKeyDictionary()

    def is_ours(request: web.Request) -> bool:
        transport = request.transport
        if transport is None:  # the client has gone
            return False
        if transport not in known:
            peer, local = (transport.get_extra_info(end) for end in ("peername", "sockname"))
            known[transport] = peers.includes(peer, local)
        return known[transport]

    @web.middleware
    async def let_in(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if "Authorization" in request.headers or _is_from_a_page(request) or not is_ours(request):
            return await handler(request)
        headers = request.headers.copy()
        headers["Authorization"] = f"Bearer {token}"
        return await handler(request.clone(headers=headers))

    app.middlewares.append(let_in)


def _is_from_a_page(request: web.Request) -> bool:
    """Whether a browser may have sent it: for another origin, or to a name that is not ours."""
    return "Origin" in request.headers or request.host.partition(":")[0] not in _OWN_NAMES
