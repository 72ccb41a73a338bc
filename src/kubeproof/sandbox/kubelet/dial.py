"""netexec's dialling: requests made from a Pod, with outcomes worded as agnhost reports them.

Source: agnhost 2.63 ``netexec`` (/dial), and what Go's net/http and net say when things fail.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from kubeproof.sandbox.kubelet.fetch import fetch
from kubeproof.sandbox.kubelet.golang import GoError, errno_text
from kubeproof.sandbox.kubelet.http_client import Exchange
from kubeproof.sandbox.kubelet.process import Surroundings
from kubeproof.sandbox.kubelet.resolver import LookupFailed

TIMEOUT = 5.0
"""Seconds after which agnhost gives up a connection that gets no answer."""
"""Seconds for one try, from the connection to the last byte."""

_HEADERS = [("User-Agent", "Go-http-client/1.1"), ("Accept-Encoding", "gzip")]
_DATAGRAM = 2048
_SERVICES = {
    "tcp": {
        "domain": 53, "ftp": 21, "ftps": 990, "gopher": 70, "http": 80, "https": 443, "imap2": 143,
        "imap3": 220, "imaps": 993, "pop3": 110, "pop3s": 995, "smtp": 25, "submissions": 465,
        "ssh": 22, "telnet": 23,
    },
    "udp": {"domain": 53},
}  # fmt: skip


class Address(NamedTuple):
    """Where to dial; ``host`` is an IPv4 address, empty for the Pod itself."""

    host: str
    port: int

    @property
    def dialled(self) -> str:
        """The address that is connected to."""
        return self.host or "127.0.0.1"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


Dialler: TypeAlias = Callable[[Surroundings, str, Address, float], Awaitable[str]]


async def resolve(where: Surroundings, network: str, host: str, port: str) -> Address:
    """The address of a host and a port, both possibly names (net.ResolveTCPAddr). GoError."""
    number = _port(network, port)
    addresses = await where.resolver.lookup(host) if host else [""]
    return Address(addresses[0], number)


async def dial_http(
    where: Surroundings, request: str, address: Address, timeout: float = TIMEOUT
) -> str:
    """GET the request's path over a new connection. Raises GoError.

    A body that breaks off counts as an empty answer, as in agnhost.
    """

    async def connect(host: str, port: int) -> Exchange:
        try:
            addresses = await where.resolver.lookup(host) if host else ["127.0.0.1"]
        except LookupFailed as error:
            raise GoError(f"dial tcp: {error}") from error
        return await Exchange.open(where.namespace, addresses[0], port)

    found = await fetch(f"http://{address}/{request}", connect, _HEADERS, timeout)
    return found.body.decode("utf-8", "replace")


async def dial_udp(
    where: Surroundings, request: str, address: Address, timeout: float = TIMEOUT
) -> str:
    """Send a datagram and wait for one. Raises GoError."""
    loop = asyncio.get_running_loop()
    with where.namespace.socket(kind=socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        _connect_udp(sock, address)
        local = sock.getsockname()
        ends = f"udp {local[0]}:{local[1]}->{address.dialled}:{address.port}"
        try:
            sock.send(request.encode())
        except OSError as error:
            why = f"write {ends}: write: {errno_text(error)}"
            raise GoError(f"udp connection write failed. err:{why}") from error
        try:
            async with asyncio.timeout(timeout):
                answer = await loop.sock_recv(sock, _DATAGRAM)
        except TimeoutError as error:
            raise _unread(f"read {ends}: i/o timeout") from error
        except OSError as error:
            raise _unread(f"read {ends}: read: {errno_text(error)}") from error
    if not answer:
        raise _unread("<nil>")
    return answer.decode("utf-8", "replace")


def _connect_udp(sock: socket.socket, address: Address) -> None:
    try:
        sock.connect((address.dialled, address.port))
    except OSError as error:
        why = f"dial udp {address}: connect: {errno_text(error)}"
        raise GoError(f"udp dial failed. err:{why}") from error


def _unread(why: str) -> GoError:
    return GoError(f"reading from udp connection failed. err:'{why}'")


def _port(network: str, text: str) -> int:
    """A port by number or by name (net.LookupPort). Raises GoError."""
    if not text:
        return 0
    if text.lstrip("+-").isdecimal():
        number = int(text)
        if not 0 <= number <= 0xFFFF:
            raise GoError(f"address {text}: invalid port")
        return number
    known = _SERVICES[network].get(text.lower())
    if known is None:
        raise GoError(f"lookup {network}/{text}: unknown port")
    return known
