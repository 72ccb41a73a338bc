"""GET a URL as Go's http.Client does: one time limit for all of it, redirects followed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias
from urllib.parse import quote as percent_encode
from urllib.parse import urljoin, urlsplit

from kubeproof.sandbox.api.gotext import quote
from kubeproof.sandbox.kubelet.golang import GoError
from kubeproof.sandbox.kubelet.http1 import Headers
from kubeproof.sandbox.kubelet.http_client import Answer, Exchange

Open: TypeAlias = Callable[[str, int], Awaitable[Exchange]]
"""Connects to a host, given by name or address, and a port. Raises GoError."""

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 10
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"


class Fetched(NamedTuple):
    """The last answer. ``body`` is empty if it broke off, which Go tells only when it is read."""

    status: int
    body: bytes


def anywhere(hostname: str) -> bool:
    """Follow redirects to every host."""
    return True


async def fetch(
    url: str,
    open_: Open,
    headers: Headers,
    timeout: float,
    follows: Callable[[str], bool] = anywhere,
    most: int | None = None,
) -> Fetched:
    """GET within ``timeout`` seconds; of the body at most ``most`` bytes are needed.

    A redirect is followed if ``follows`` says so of its hostname. Raises GoError, worded as the
    Client's error: ``Get "http://…": …``.
    """
    deadline = asyncio.get_running_loop().time() + timeout
    for _ in range(_MOST_REDIRECTS):
        exchange, answer = await _ask(url, open_, headers, deadline)
        target = _redirect(url, answer)
        if not target or not follows(urlsplit(target).hostname or ""):
            return Fetched(answer.status, await _read(exchange, deadline, most))
        exchange.close()
        url = target
    raise GoError(f"Get {quote(url)}: stopped after {_MOST_REDIRECTS} redirects")


async def _ask(url: str, open_: Open, headers: Headers, deadline: float) -> tuple[Exchange, Answer]:
    parts = urlsplit(url)
    exchange: Exchange | None = None
    try:
        async with asyncio.timeout_at(deadline):
            exchange = await open_(parts.hostname or "", parts.port or 80)
            if parts.scheme == "https":
                raise GoError("http: server gave HTTP response to HTTPS client")
            fields = [("Host", parts.netloc), *headers]
            await exchange.send("GET", _target(parts.path, parts.query), fields)
            return exchange, await exchange.answer("GET")
    except (TimeoutError, GoError) as error:
        if exchange is not None:
            exchange.close()
        raise GoError(f"Get {quote(url)}: {_why(error)}") from error


async def _read(exchange: Exchange, deadline: float, most: int | None) -> bytes:
    try:
        async with asyncio.timeout_at(deadline):
            return await exchange.read(most)
    except (TimeoutError, GoError):
        return b""
    finally:
        exchange.close()


def _target(path: str, query: str) -> str:
    target = percent_encode(path, safe=_PATH_SAFE) or "/"
    return f"{target}?{query.replace(' ', '%20')}" if query else target


def _redirect(url: str, answer: Answer) -> str:
    location = answer.head.get("location") if answer.status in _REDIRECTS else ""
    return urljoin(url, location) if location else ""


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    return str(error)
