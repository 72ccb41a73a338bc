"""What the sandbox answers on its control sockets: sockets in namespaces, faults, rules.

A socket belongs for life to the network namespace it was created in. So a caller in the host's
namespace gets an unconnected socket created inside, and connects it itself: refusals, time-outs
and source addresses are the caller's own.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from kubeproof.sandbox import wire
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.wiring import Cluster

log = logging.getLogger(__name__)
Operation: TypeAlias = Callable[[Object], Awaitable[Object]]


class Broker:
    """Serves any number of control sockets; requests on one of them are answered in turn."""

    def __init__(self, cluster: Cluster, facts: Object) -> None:
        self._cluster = cluster
        self._known = facts
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: dict[socket.socket, Callable[[], None]] = {}
        self._operations: dict[str, Operation] = {
            "facts": self._facts,
            "faults": self._faults,
            "rules": self._rules,
            "conntrack": self._conntrack,
            "settled": self._settled,
        }

    def serve(self, control: socket.socket, on_ended: Callable[[], None]) -> None:
        """Answer requests on this socket; ``on_ended`` is called when its peer has gone."""
        self._ended[control] = on_ended
        self._loop.add_reader(control, self._readable, control)

    def listen(self, listener: socket.socket) -> None:
        """Serve everyone who connects to a listening control socket."""
        listener.setblocking(False)
        self._loop.add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            control, _ = listener.accept()
        except OSError:  # whoever wanted to connect has gone already
            return
        control.setblocking(True)
        self.serve(control, lambda: self._drop(control))

    def _drop(self, control: socket.socket) -> None:
        self._loop.remove_reader(control)
        self._ended.pop(control, None)
        control.close()

    def _readable(self, control: socket.socket) -> None:
        try:
            request, fds = wire.receive(control)
        except (EOFError, OSError):
            self._ended[control]()
            return
        match request["op"]:
            case "socket":
                self._socket(control, request)
            case "open":
                opened = socket.socket(fileno=fds[0])
                self.serve(opened, lambda: self._drop(opened))
                self._answer(control, {})
            case "detach":
                self._ended[control] = lambda: self._drop(control)
                self._answer(control, {})
            case "stop":
                os._exit(0)
            case _:
                self._start(control, request)

    def _start(self, control: socket.socket, request: Object) -> None:
        task = self._loop.create_task(self._carry_out(control, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, control: socket.socket, request: Object) -> None:
        try:
            answer = await self._operations[request["op"]](request)
        except Exception as error:  # the asker is told; the sandbox goes on for everyone else
            if not isinstance(error, LookupError):
                log.exception("operation %s failed", request["op"])
            answer = _refusal(error)
        self._answer(control, answer)

    def _answer(self, control: socket.socket, answer: Object, fds: tuple[int, ...] = ()) -> None:
        try:
            wire.send(control, answer, fds, socket.MSG_DONTWAIT)
        except OSError:  # the asker did not wait for its answer
            self._ended.get(control, lambda: None)()

    def _socket(self, control: socket.socket, request: Object) -> None:
        try:
            namespace = self._cluster.namespace(request["namespace"])
            sock = namespace.socket(socket.AF_INET, request["kind"])
        except (LookupError, OSError) as error:
            self._answer(control, _refusal(error))
            return
        with sock:
            self._answer(control, {}, (sock.fileno(),))

    async def _facts(self, _: Object) -> Object:
        return self._known

    async def _faults(self, request: Object) -> Object:
        await self._cluster.set_faults(request["names"])
        return {}

    async def _rules(self, request: Object) -> Object:
        return {"text": self._cluster.rules(request["node"])}

    async def _conntrack(self, request: Object) -> Object:
        return {"lines": self._cluster.conntrack(request["node"])}

    async def _settled(self, request: Object) -> Object:
        return {"waiting_for": await self._cluster.settled(request["timeout"])}


def _refusal(error: Exception) -> Object:
    text = str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)
    return {"error": text or type(error).__name__}
