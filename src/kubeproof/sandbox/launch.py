"""Starting the sandbox's process: always a fresh, exec'd interpreter.

A process with threads (pytest with xdist, debuggers) may not create a user namespace, and
must not fork either. Nothing of the caller's is inherited but its environment.
"""

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubeproof.sandbox import wire
from kubeproof.sandbox.objects import Object

_SCRIPT = Path(__file__).with_name("daemon.py")
_PACKAGES = str(Path(__file__).parents[2])
_TAIL = 4096
_ENDING = 5.0
"""Seconds in which the process has to go by itself; it needs some hundredths."""
_ISOLATED = ("-I", "-S")


@dataclass(frozen=True, slots=True)
class Launched:
    """A started process, its control socket, and the file that it writes its log to."""

    process: "subprocess.Popen[bytes]"
    control: socket.socket
    log: int

    def log_tail(self) -> str:
        """The end of what the process wrote to its output; whole lines."""
        size = os.fstat(self.log).st_size
        text = os.pread(self.log, _TAIL, max(0, size - _TAIL)).decode(errors="replace")
        return text if size <= _TAIL else text.partition("\n")[2]

    def end(self) -> str:
        """Close the control socket, which ends the process, and wait until it has gone.

        Returns the tail of its log.
        """
        self.control.close()
        try:
            self.process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        tail = self.log_tail()
        os.close(self.log)
        return tail


def launch(request: Object, fds: Sequence[int] = (), log: int | None = None) -> Launched:
    """Start the process and send it its task; its answers come on the control socket.

    ``log`` is the open file that it writes its log to, by default an anonymous one.
    """
    log = os.memfd_create("kubeproof-log", os.MFD_CLOEXEC) if log is None else log
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    started = time.monotonic()
    with theirs, _appending(log) as output:
        process = subprocess.Popen(
            [sys.executable, *_ISOLATED, *_bytecode_cache(), str(_SCRIPT)],
            stdin=theirs.fileno(),
            stdout=output,
            stderr=output,
            env=_environment(),
            start_new_session=True,
        )
    with _owner() as owner:
        message = {**request, "path": _module_path(), "started": started}
        with contextlib.suppress(BrokenPipeError):  # it died; its log says why
            wire.send(ours, message, [owner, *fds])
    return Launched(process, ours, log)


def _module_path() -> list[str]:
    """Where this process finds its modules; this package's own directory comes first."""
    return [_PACKAGES, *(entry for entry in sys.path if entry.startswith(os.sep))]


def _environment() -> dict[str, str]:
    """The caller's environment, less the host's certificates.

    aiohttp reads every trusted certificate when it is imported (40 ms); what speaks
    TLS in a sandbox trusts the sandbox's own API server only, so it is shown an empty store.
    """
    return {**os.environ, "SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}


def _bytecode_cache() -> list[str]:
    """Options by which compiled modules are found, or are kept for the next boot.

    Compiling everything anew costs a second. Where nothing was compiled at installation, and
    nothing may be written beside the sources, the user's cache directory takes it.
    """
    if sys.pycache_prefix:
        return ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    beside = Path(importlib.util.cache_from_source(__file__))
    may_write = os.access(_SCRIPT.parent, os.W_OK) and not sys.dont_write_bytecode
    if beside.exists() or may_write:
        return []
    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return ["-X", f"pycache_prefix={base}/kubeproof/bytecode"]


@contextlib.contextmanager
def _owner() -> Generator[int]:
    """A descriptor by which the guardian learns of this process's death."""
    fd = os.pidfd_open(os.getpid())
    try:
        yield fd
    finally:
        os.close(fd)


@contextlib.contextmanager
def _appending(log: int) -> Generator[int]:
    """The log as its writers get it: several processes append, none overwrites."""
    fd = os.open(f"/proc/self/fd/{log}", os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)
