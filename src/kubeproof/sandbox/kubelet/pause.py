"""Programs that only wait to be ended: agnhost's ``pause`` and the pause image.

Sources: agnhost 2.63, command pause; the pause image's program.
"""

from collections.abc import Sequence

from kubeproof.sandbox.kubelet.flags import Flags
from kubeproof.sandbox.kubelet.process import Process


class AgnhostPause:
    """agnhost's pause: says which signal ended it, and exits 2 on SIGTERM."""

    def __init__(self, process: Process, arguments: Sequence[str]) -> None:
        """Read the command line. Raises UsageError."""
        Flags({}).parse(arguments)
        self._process = process

    async def start(self) -> None:
        """Say that it waits."""
        self._process.log.write("Paused\nSignals registered")

    def terminate(self) -> None:
        """SIGTERM."""
        message = 'exiting because of signal "terminated"\n'
        self._process.termination_message = message
        self._process.log.write(message)
        self._process.exit(2)

    def release(self) -> None:
        """Nothing is held."""


class Pause:
    """The pause image's program: exits 0 on SIGTERM."""

    def __init__(self, process: Process, arguments: Sequence[str]) -> None:
        self._process = process

    async def start(self) -> None:
        """Wait."""

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.log.write("Shutting down, got signal: Terminated")
        self._process.exit(0)

    def release(self) -> None:
        """Nothing is held."""
