"""A sandbox as its users hold it: start one, or reach one that runs detached."""

import contextlib
import os
import socket
import time
from collections.abc import Generator, Iterable

from kubeproof.sandbox import detached, lease, starting
from kubeproof.sandbox.channel import Channel
from kubeproof.sandbox.errors import SandboxFailed
from kubeproof.sandbox.kubeconfig import kubeconfig
from kubeproof.sandbox.launch import Launched
from kubeproof.sandbox.lease import Lease
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.options import NodeFacts, Options

__all__ = ["Lease", "NodeFacts", "Options", "Sandbox"]

ANSWER_SECONDS = 30.0
"""How long the slowest operation, programming every node anew, may take before it has failed."""


class Sandbox:
    """A running cluster. Leave the ``with`` block, or close it, and it is gone.

    ``api_url`` and ``token`` reach its API; ``nodes`` are its nodes; ``boot_seconds`` is what
    ``start`` took, and ``boot_phases`` what of it went where. ``way`` is how the namespaces were
    had, ``pid`` the process whose end is the sandbox's end. Methods may be called by any thread.
    """

    def __init__(self, channel: Channel, facts: Object, launched: Launched | None = None) -> None:
        self._channel = channel
        self._launched = launched
        self._name: str = facts["name"]
        self._owner = os.getpid()
        self.api_url: str = facts["api_url"]
        self.token: str = facts["token"]
        self.way: str = facts["way"]
        self.pid: int = facts["pid"]
        self.nodes = tuple(NodeFacts(**node) for node in facts["nodes"])
        self.boot_phases: dict[str, float] = facts["phases"]
        self.boot_seconds = sum(self.boot_phases.values())

    @classmethod
    def start(cls, options: Options | None = None) -> "Sandbox":
        """Boot a sandbox that ends with this process, or when it is closed.

        Raises SandboxUnavailable when the host refuses what is needed, PortTaken, and
        SandboxFailed (with the log's tail) when the boot failed.
        """
        began = time.monotonic()
        launched, facts = starting.attached(options or Options())
        sandbox = cls(Channel(launched.control), facts, launched)
        sandbox.boot_seconds = time.monotonic() - began
        return sandbox

    @classmethod
    def up(cls, name: str, options: Options | None = None) -> "Sandbox":
        """Boot a sandbox that goes on when this process ends, until ``down``.

        Raises NameTaken, and what ``start`` raises.
        """
        began = time.monotonic()
        launched, facts = starting.detached(name, options or Options(name=name))
        sandbox = cls(Channel(launched.control), facts)
        sandbox.boot_seconds = time.monotonic() - began
        return sandbox

    @classmethod
    def attach(cls, name: str) -> "Sandbox":
        """Reach a detached sandbox. Raises NotRunning."""
        channel = detached.connected(detached.found_running(name))
        return cls(channel, channel.ask("facts"))

    @staticmethod
    def down(name: str) -> None:
        """End a detached sandbox; it is gone when this returns. Raises NotRunning."""
        detached.down(name)

    @staticmethod
    def listed() -> list[Lease]:
        """The detached sandboxes of this user that run."""
        return lease.running()

    def kubeconfig(self) -> str:
        """The text of a kubeconfig for this cluster."""
        return kubeconfig(self._name, self.api_url, self.token)

    def socket(self, namespace: str, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """An unconnected IPv4 socket inside a network namespace, made there and handed over.

        ``namespace`` is ``outside``, a node's name, or ``pod/<namespace>/<name>``. The socket
        keeps its network namespace, also when the sandbox is closed before it.
        Raises SandboxError when there is no such namespace.
        """
        with self._asking():
            return self._channel.ask_socket(namespace, kind)

    def set_faults(self, names: Iterable[str]) -> None:
        """Switch to exactly these faults; controllers and nodes have followed when it returns.

        Raises UnknownFault, and switches none, for a name that no fault has.
        """
        from kubeproof.sandbox.fault_names import require_known  # most runs have no faults

        wanted = list(names)
        require_known(wanted, [node.name for node in self.nodes])
        self._ask_slowly("faults", ANSWER_SECONDS, names=wanted)

    def rules(self, node: str) -> str:
        """The Service rules of a node, as ``nft list table`` would show them."""
        return self._ask_slowly("rules", ANSWER_SECONDS, node=node)["text"]

    def conntrack(self, node: str) -> list[str]:
        """The connections that a node tracks, a line each, as ``conntrack -L`` shows them."""
        return self._ask_slowly("conntrack", ANSWER_SECONDS, node=node)["lines"]

    def settled(self, timeout: float = 10.0) -> None:
        """Return once no controller has work queued and every node is programmed.

        Raises TimeoutError, naming who still has work, after ``timeout`` seconds.
        """
        answer = self._ask_slowly("settled", timeout + ANSWER_SECONDS, timeout=timeout)
        if answer["waiting_for"]:
            busy = ", ".join(answer["waiting_for"])
            raise TimeoutError(f"the sandbox did not settle within {timeout:g} s: {busy}")

    def close(self) -> None:
        """End the sandbox; it is gone when this returns. A detached one is only let go of."""
        self._channel.close()
        if self._launched and self._owner == os.getpid():
            self._launched.end()
            self._launched = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask_slowly(self, op: str, within: float, /, **arguments: object) -> Object:
        with self._asking(), self._channel.opened(within) as channel:
            return channel.ask(op, **arguments)

    @contextlib.contextmanager
    def _asking(self) -> Generator[None]:
        """Say what became of the sandbox when it does not answer."""
        try:
            yield
        except (EOFError, OSError) as error:
            log = self._launched.log_tail() if self._launched else ""
            raise SandboxFailed(f"the sandbox does not answer ({error})", log) from error
