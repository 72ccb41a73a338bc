"""The command curl, as far as it asks a server over TLS whose certificate it verifies.

Source: curl(1) of curl 8, its messages and exit statuses.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from kubeproof.sandbox.kubelet import http1
from kubeproof.sandbox.kubelet.golang import GoError
from kubeproof.sandbox.kubelet.http_client import connect
from kubeproof.sandbox.kubelet.process import Surroundings
from kubeproof.sandbox.kubelet.resolver import LookupFailed

_USAGE = 2
_NO_SUCH_HOST, _NO_CONNECTION, _TIMED_OUT, _NO_HANDSHAKE = 6, 7, 28, 35
_EMPTY_REPLY, _NOT_RECEIVED, _NOT_TRUSTED, _NO_AUTHORITY = 52, 56, 60, 77
_TAKEN = ("--cacert", "--connect-to", "--max-time")
_QUIET = ("--silent", "--show-error")
_HTTPS = 443


class _Failed(Exception):
    """How curl ends, with what it says."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Wanted(NamedTuple):
    """What is asked, and of whom."""

    host: str
    port: int
    path: str
    via: tuple[str, int]  # where the connection goes
    authority: str  # the file with the certificate that is trusted
    seconds: float


async def curl_over_tls(where: Surroundings, words: Sequence[str]) -> tuple[str, int]:
    """What curl writes for its arguments, and its exit status."""
    try:
        wanted = _read(words)
        async with asyncio.timeout(wanted.seconds):
            return await _asked(where, wanted), 0
    except TimeoutError:
        return _told(_Failed(_TIMED_OUT, "Connection timed out"))
    except _Failed as failed:
        return _told(failed)


def _told(failed: _Failed) -> tuple[str, int]:
    return f"curl: ({failed.status}) {failed}\n", failed.status


def _read(words: Sequence[str]) -> _Wanted:
    *flags, url = [word for word in words if word not in _QUIET] or [""]
    given = dict(zip(flags[::2], flags[1::2], strict=False))
    parts = urlsplit(url)
    if sorted(given) != sorted(_TAKEN) or len(flags) != 2 * len(_TAKEN) or parts.scheme != "https":
        raise _Failed(_USAGE, f"the sandbox's curl takes {' '.join(_TAKEN)} and an https URL")
    try:
        host, port = parts.hostname or "", parts.port or _HTTPS
        via = _redirected(given["--connect-to"], host, port)
        seconds = float(given["--max-time"])
    except ValueError as error:
        raise _Failed(_USAGE, f"{error}") from error
    return _Wanted(host, port, parts.path or "/", via, given["--cacert"], seconds)


def _redirected(rule: str, host: str, port: int) -> tuple[str, int]:
    from_host, from_port, to_host, to_port = rule.split(":")
    applies = (from_host, from_port) == (host, str(port))
    return (to_host, int(to_port)) if applies else (host, port)


async def _asked(where: Surroundings, wanted: _Wanted) -> str:
    trusting = _trusting(where.files, wanted.authority)
    address = await _resolved(where, wanted.via[0])
    try:
        sock = await connect(where.namespace, address, wanted.via[1])
    except GoError as error:
        why = f"Failed to connect to {wanted.via[0]} port {wanted.via[1]}: {error}"
        raise _Failed(_NO_CONNECTION, why) from error
    try:
        reader, writer = await asyncio.open_connection(
            sock=sock, ssl=trusting, server_hostname=wanted.host
        )
    except ssl.SSLCertVerificationError as error:
        why = f"SSL certificate problem: {error.verify_message}"
        raise _Failed(_NOT_TRUSTED, why) from error
    except OSError as error:  # ssl.SSLError among them
        raise _Failed(_NO_HANDSHAKE, f"TLS connect error: {error}") from error
    try:
        return await _answer(reader, writer, wanted)
    except OSError as error:
        raise _Failed(_NOT_RECEIVED, f"Recv failure: {error}") from error
    finally:
        writer.transport.abort()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wanted: _Wanted
) -> str:
    host = wanted.host if wanted.port == _HTTPS else f"{wanted.host}:{wanted.port}"
    fields = [("Host", host), ("User-Agent", "curl/8"), ("Accept", "*/*"), ("Connection", "close")]
    writer.write(http1.render_head(f"GET {wanted.path} HTTP/1.1", fields))
    received = bytearray(await reader.read(-1))
    head = http1.take_head(received)
    if head is None:
        raise _Failed(_EMPTY_REPLY, "Empty reply from server")
    status = int(head.start.split()[1])
    return http1.response_body(head, status, "GET").take(received).decode("utf-8", "replace")


def _trusting(files: Mapping[str, str], path: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        made.load_verify_locations(cadata=files[path])
    except (KeyError, ssl.SSLError) as error:
        why = f"error adding trust anchors from file: {path}"
        raise _Failed(_NO_AUTHORITY, why) from error
    return made


async def _resolved(where: Surroundings, host: str) -> str:
    try:
        addresses = await where.resolver.lookup(host)
    except LookupFailed as error:
        raise _Failed(_NO_SUCH_HOST, f"Could not resolve host: {host}") from error
    return addresses[0]
