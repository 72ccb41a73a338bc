"""The command curl, as far as it asks a web server again and again over a connection it keeps.

Source: curl(1) of curl 7.88, its ``--rate``, ``--write-out`` and URL ranges, and its messages.
"""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from kubeproof.sandbox.kubelet.golang import GoError
from kubeproof.sandbox.kubelet.http_client import DialError, Exchange
from kubeproof.sandbox.kubelet.process import Surroundings

WRITTEN_OUT = r" %{response_code} %{exitcode} %{num_connects} %{time_total} %{errormsg}\n"
USAGE = f"the sandbox's curl takes --rate N/s --max-time S --write-out '{WRITTEN_OUT}' URL[1-N]"
_NO_CONNECTION, _TIMED_OUT, _NOT_RECEIVED = 7, 28, 56
_TAKEN = ("--max-time", "--rate", "--write-out")
_QUIET = ("--silent", "--no-buffer")
_RANGE = re.compile(r"(?P<url>http://\d[\d.]*:\d+/\S*)\[1-(?P<last>\d+)\]")
_RATE = re.compile(r"(\d+)/s")


class Wanted(NamedTuple):
    """What is asked, how often and how patiently."""

    address: str
    port: int
    target: str
    times: int
    a_second: int
    patience: float


class _Answer(NamedTuple):
    said: str = ""
    status: int = 0
    failed: int = 0
    why: str = ""


def read(words: Sequence[str]) -> Wanted | None:
    """What the arguments want; None where the sandbox's curl does not take them."""
    *flags, url = [word for word in words if word not in _QUIET] or [""]
    given = dict(zip(flags[::2], flags[1::2], strict=False))
    ranged, rate = _RANGE.fullmatch(url), _RATE.fullmatch(given.get("--rate", ""))
    if sorted(given) != sorted(_TAKEN) or len(flags) != 2 * len(_TAKEN):
        return None
    if not ranged or not rate or given["--write-out"] != WRITTEN_OUT:
        return None
    parts = urlsplit(ranged["url"])
    target = f"{parts.path}?{parts.query}"
    where = str(parts.hostname), parts.port or 80, target
    return Wanted(*where, int(ranged["last"]), int(rate[1]), float(given["--max-time"]))


async def curl_kept(where: Surroundings, wanted: Wanted, write: Callable[[str], None]) -> None:
    """Ask so many times, over one connection for as long as it lasts, and write as curl does."""
    asking = _Asking(where, wanted)
    try:
        for number in range(1, wanted.times + 1):
            began = time.monotonic()
            seen = await asking.once(number)
            took = time.monotonic() - began
            told = f"{seen.status:03} {seen.failed} {asking.connects} {took:.6f} {seen.why}"
            write(f"{seen.said} {told}\n")
            await asyncio.sleep(max(0.0, 1 / wanted.a_second - took))
    finally:
        asking.drop()


class _Asking:
    """The connection, and one page after the other over it."""

    def __init__(self, where: Surroundings, wanted: Wanted) -> None:
        self.connects = 0  # that the last page took
        self._where = where
        self._wanted = wanted
        self._open: Exchange | None = None

    async def once(self, number: int) -> _Answer:
        """Ask for one page; where a kept connection turns out dead, over a new one."""
        self.connects = 0
        try:
            async with asyncio.timeout(self._wanted.patience):
                return await self._asked(number)
        except TimeoutError:
            self.drop()
            return _Answer(failed=_TIMED_OUT, why="Operation timed out")

    async def _asked(self, number: int) -> _Answer:
        if self._open is not None:
            try:
                return await self._answer(self._open, number)
            except GoError:
                self.drop()
        try:
            self._open = await self._connected()
            return await self._answer(self._open, number)
        except GoError as error:
            self.drop()
            failed = _NO_CONNECTION if isinstance(error, DialError) else _NOT_RECEIVED
            return _Answer(failed=failed, why=str(error))

    async def _connected(self) -> Exchange:
        self.connects += 1
        wanted = self._wanted
        return await Exchange.open(self._where.namespace, wanted.address, wanted.port)

    async def _answer(self, over: Exchange, number: int) -> _Answer:
        wanted = self._wanted
        host = f"{wanted.address}:{wanted.port}"
        fields = [("Host", host), ("User-Agent", "curl/7.88.1"), ("Accept", "*/*")]
        await over.send("GET", f"{wanted.target}{number}", fields)
        answer = await over.answer("GET")
        said = (await over.read()).decode("utf-8", "replace")
        if answer.head.has_token("connection", "close"):
            self.drop()
        return _Answer(said, answer.status)

    def drop(self) -> None:
        """Close the connection, if there is one."""
        if self._open is not None:
            self._open.close()
        self._open = None
