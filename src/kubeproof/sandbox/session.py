"""One run of a sandbox: what PID 1 does from its first instruction to its last.

The end is abrupt on purpose: nothing of a sandbox is outside the namespaces that end with it,
so an orderly shutdown could only take longer or fail.
"""

import asyncio
import gc
import logging
import os
import socket
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from kubeproof.sandbox import wire
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.options import Options
from kubeproof.sandbox.peers import Peers

FAILED = 1


class Phases:
    """How long each part of a boot took, counted from when the owner started the process."""

    def __init__(self, started: float) -> None:
        self._last = started
        self.seconds: dict[str, float] = {}

    def done(self, phase: str) -> None:
        """Note that a phase ended now; what follows counts for the next one."""
        now = time.monotonic()
        self.seconds[phase] = now - self._last
        self._last = now


def run(control: socket.socket, request: Object, fds: list[int], peers: Peers) -> NoReturn:
    """Boot the cluster, say so, and answer on the control socket until the lease ends."""
    gc.disable()  # until the boot is over: what is imported and built stays anyway
    phases = Phases(request["started"])
    phases.done("interpreter and namespaces")
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s", level=logging.WARNING)
    try:
        asyncio.run(_session(control, request, fds, peers, phases))
    except BaseException:  # noqa: BLE001 - whatever it was, the owner gets to see its trace
        traceback.print_exc()
    os._exit(FAILED)


async def _session(
    control: socket.socket, request: Object, fds: list[int], peers: Peers, phases: Phases
) -> NoReturn:
    on_ended = _hold_lease(control)
    from kubeproof.sandbox.broker import Broker  # after the lease is held: imports take time
    from kubeproof.sandbox.wiring import Cluster

    phases.done("imports")
    options = Options(**request["options"])
    cluster = Cluster(options, socket.socket(fileno=fds[0]), request["token"], peers)
    phases.done("network")
    await cluster.start(phases)
    facts = {key: request[key] for key in ("token", "way", "pid")}
    facts |= {"phases": phases.seconds, **cluster.facts()}
    broker = Broker(cluster, facts)
    broker.serve(control, on_ended)
    if request["detached"]:
        broker.listen(socket.socket(fileno=fds[1]))
    gc.freeze()
    gc.enable()
    wire.send(control, {"ready": facts})
    await asyncio.Event().wait()
    raise AssertionError("nobody sets that event")


def _hold_lease(control: socket.socket) -> Callable[[], None]:
    """End this process as soon as the owner's side of the control socket is closed."""

    def on_ended() -> None:
        os._exit(0)

    def on_readable() -> None:
        if not control.recv(1, socket.MSG_PEEK):
            on_ended()

    asyncio.get_running_loop().add_reader(control, on_readable)
    return on_ended
