"""Letting clients in that know the token but do not send it.

kubectl, and every program made with client-go, sends credentials over TLS only. Over plain HTTP
they would be strangers. But they keep whatever path the server's URL has in a kubeconfig, as
proxies in front of clusters need it: so the token may also be the first element of the path.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web
from yarl import URL

_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def accept_in_path(app: web.Application, token: str) -> None:
    """Take requests to ``/<token>/...`` for requests to ``/...`` that carry the token."""

    @web.middleware
    async def stripped(request: web.Request, handler: _Handler) -> web.StreamResponse:
        prefix = f"/{token}/"
        target = request.rel_url.raw_path_qs
        if not hmac.compare_digest(target[: len(prefix)].encode(), prefix.encode()):
            return await handler(request)
        headers = request.headers.copy()
        headers["Authorization"] = f"Bearer {token}"
        inner = URL(target[len(prefix) - 1 :], encoded=True)
        return await handler(request.clone(rel_url=inner, headers=headers))

    app.middlewares.append(stripped)
