"""What can go wrong with a sandbox, as the process that asked for one sees it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostCheck:
    """What trying one thing on this host showed.

    ``detail`` says in one line what was seen; ``remedy`` is the command that mends it, empty
    where nothing needs mending.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.name}: {self.detail}"
        return line if self.ok or not self.remedy else f"{line}; to mend it: {self.remedy}"


class SandboxError(Exception):
    """Something about a sandbox did not work; the message is one that a user can act on."""


class SandboxUnavailable(SandboxError):
    """This host refuses what a sandbox needs. ``checks`` are the results of trying."""

    def __init__(self, checks: Sequence[HostCheck]) -> None:
        self.checks = tuple(checks)
        refused = [str(check) for check in checks if not check.ok]
        super().__init__("this host cannot run a sandbox: " + "\n".join(refused[:1]))


class PortTaken(SandboxError):
    """The API cannot listen on the port that was asked for: it is taken, or privileged."""

    def __init__(self, port: int, reason: OSError) -> None:
        self.port = port
        super().__init__(
            f"the sandbox's API cannot listen on port {port} of 127.0.0.1 ({reason.strerror}); "
            "choose another with --api-port, or --api-port 0 for any that is free"
        )


class SandboxFailed(SandboxError):
    """The sandbox's process ended or stopped answering. ``log`` is the tail of what it wrote."""

    def __init__(self, what: str, log: str = "") -> None:
        self.log = log
        super().__init__(f"{what}\n{log}".rstrip() if log else what)


class SandboxClosed(SandboxError):
    """The sandbox was closed, or belongs to the process that this one was forked from."""


class UnknownFault(SandboxError):
    """No fault has that name."""


class NameTaken(SandboxError):
    """A detached sandbox of that name runs already."""


class NotRunning(SandboxError):
    """No detached sandbox of that name runs."""
