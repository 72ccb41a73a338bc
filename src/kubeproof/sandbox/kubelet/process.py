"""A running program as the kernel sees it: where it lives, what it writes, and how it ends."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from kubeproof.sandbox.kubelet.clock import Clock
from kubeproof.sandbox.kubelet.container_log import ContainerLog
from kubeproof.sandbox.kubelet.jobs import Jobs
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.kubelet.resolver import Resolver

KILLED = 137
"""The exit code of a process that was killed: 128 and SIGKILL's number."""


class Program(Protocol):
    """What a container runs. It ends by calling its process's ``exit``."""

    async def start(self) -> None:
        """Begin; a program that cannot begin exits with a line in its log."""
        ...

    def terminate(self) -> None:
        """Take a SIGTERM."""
        ...

    def release(self) -> None:
        """Give up every socket and task: the process is gone."""
        ...


class Surroundings(NamedTuple):
    """What a container gives the program that runs in it."""

    hostname: str
    namespace: Namespace
    resolver: Resolver
    clock: Clock
    files: Mapping[str, str] = MappingProxyType({})
    """The files that the kubelet writes for the Pod, by path."""
    environment: Callable[[], Mapping[str, str]] = dict
    """The variables that a container sees."""


class Process:
    """One run of a program. ``exit_code`` is None while it runs."""

    def __init__(
        self,
        surroundings: Surroundings,
        log: ContainerLog,
        exited: Callable[[], None],
    ) -> None:
        self.surroundings = surroundings
        self.log = log
        self.exit_code: int | None = None
        self.termination_message = ""
        self.jobs = Jobs()
        self._exited = exited
        self._program: Program | None = None

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self.exit_code is None

    async def run(self, program: Program) -> None:
        """Start the program; it may have ended already when this returns."""
        self._program = program
        await program.start()
        if not self.running:  # it ended while it started: give up what it opened since
            program.release()

    def terminate(self) -> None:
        """Send SIGTERM; harmless when the process has ended."""
        if self.running and self._program is not None:
            self._program.terminate()

    def kill(self) -> None:
        """Send SIGKILL."""
        self.exit(KILLED)

    def exit(self, code: int) -> None:
        """End with an exit code, of which the kernel keeps eight bits."""
        if not self.running:
            return
        self.exit_code = code & 0xFF
        if self._program is not None:
            self._program.release()
        self.jobs.close()
        self.log.close()
        self._exited()

    def fatal(self, message: str) -> None:
        """Log a line and end, as Go's log.Fatal does."""
        self.log.print(message)
        self.exit(1)
