"""What programs need to run in a test: the test's own network namespace, and a clock to turn."""

import asyncio
import heapq
import socket
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kubeproof.sandbox.kubelet.clock import Clock, SystemClock
from kubeproof.sandbox.kubelet.container_log import ContainerLog
from kubeproof.sandbox.kubelet.process import Process, Program, Surroundings
from kubeproof.sandbox.kubelet.resolv_conf import ResolvConf
from kubeproof.sandbox.kubelet.resolver import Resolver


class Here:
    """The namespace that the test runs in."""

    def socket(
        self,
        family: int = socket.AF_INET,
        kind: int = socket.SOCK_STREAM,
        proto: int = 0,
    ) -> socket.socket:
        return socket.socket(family, kind, proto)


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def time(self) -> float:
        return self.now

    @property
    def sleepers(self) -> int:
        """How many wait for time to pass."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        self._count += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, woken))
        await woken

    async def turn(self, seconds: float) -> None:
        """Let time pass, waking whoever is due in the right order."""
        end = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.now, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self.now = end
        await settle()


async def settle(turns: int = 20) -> None:
    """Let the loop run what is ready, and what that makes ready."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for a condition; fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.002)


@dataclass
class Running:
    """A process and what became of it."""

    process: Process
    log: ContainerLog
    exits: list[int] = field(default_factory=list[int])

    @property
    def messages(self) -> list[str]:
        """The log without the logger's prefixes."""
        return [line.text.partition("] ")[2] or line.text for line in self.log.lines()]


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@asynccontextmanager
async def running(
    make: Callable[[Process, Sequence[str]], Program],
    *arguments: str,
    hostname: str = "pod-1",
    clock: Clock | None = None,
    conf: ResolvConf | None = None,
    hosts: Mapping[str, str] | None = None,
) -> AsyncGenerator[Running]:
    """Run a program until the end of the block."""
    clock = clock or SystemClock()
    resolver = Resolver(Here(), conf or ResolvConf(), hosts or {"localhost": "127.0.0.1"})
    log = ContainerLog(clock.time)
    ended: list[int] = []
    process = Process(
        Surroundings(hostname, Here(), resolver, clock),
        log,
        lambda: ended.append(process.exit_code or 0),
    )
    await process.run(make(process, arguments))
    try:
        yield Running(process, log, ended)
    finally:
        process.kill()
        await settle()
