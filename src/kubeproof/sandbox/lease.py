"""The record that a detached sandbox leaves of itself, and how to tell whether it still runs.

One directory per sandbox, readable by its owner only: the lease, the control socket, the
kubeconfig and the log. A process id alone does not tell whether the process still runs, since
ids are used again: the lease also names the time the process started and the boot of the host.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path

from kubeproof.sandbox.errors import NameTaken

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LEASE = "lease.json"


@dataclass(frozen=True, slots=True)
class Lease:
    """A detached sandbox: its name, its process (id, start in clock ticks, boot), its API."""

    name: str
    pid: int
    started: int
    boot: str
    api_url: str

    @classmethod
    def of_process(cls, name: str, pid: int, api_url: str) -> "Lease":
        """The lease of a process that runs now. Raises ProcessLookupError when it does not."""
        started = _start_time(pid)
        if started is None:
            raise ProcessLookupError(f"process {pid} does not run")
        return cls(name, pid, started, _BOOT.read_text().strip(), api_url)

    @property
    def directory(self) -> Path:
        """Where the sandbox keeps its files."""
        return directory(self.name)

    @property
    def kubeconfig(self) -> Path:
        """The file with which kubectl reaches the sandbox."""
        return self.directory / "kubeconfig"

    def runs(self) -> bool:
        """Whether this very process still runs."""
        same_boot = self.boot == _BOOT.read_text().strip()
        return same_boot and _start_time(self.pid) == self.started

    def write(self) -> None:
        """Record the lease."""
        (self.directory / _LEASE).write_text(json.dumps(asdict(self)))


def home() -> Path:
    """The directory of all detached sandboxes of this user (XDG Base Directory Specification)."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and os.access(runtime, os.W_OK):
        return Path(runtime, "kubeproof")
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state, "kubeproof")


def directory(name: str) -> Path:
    """The directory of one. Raises ValueError for a name that is no DNS label (RFC 1123)."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot name a sandbox: use lower case letters, digits and '-', at most 63"
        )
    return home() / name


def read(name: str) -> Lease | None:
    """The lease of that name, whether its sandbox still runs or not; None where there is none."""
    try:
        return Lease(**json.loads((directory(name) / _LEASE).read_text()))
    except (OSError, ValueError, TypeError):  # absent, half written, or of another version
        return None


def running() -> list[Lease]:
    """The leases of all that run, by name; what others left behind is removed."""
    try:
        names = sorted(path.name for path in home().iterdir())
    except FileNotFoundError:
        return []
    leases = [found for name in names if (found := read(name))]
    for stale in (found for found in leases if not found.runs()):
        forget(stale)
    return [found for found in leases if found.runs()]


def forget(gone: Lease) -> None:
    """Remove what a sandbox that no longer runs left, unless its name is being used again."""
    with contextlib.suppress(BlockingIOError), _starting(wait=False):
        if read(gone.name) == gone:
            _remove(gone.name)


@contextlib.contextmanager
def claimed(name: str) -> Generator[Path]:
    """An empty directory for a new sandbox of that name, removed again if starting it fails.

    Raises NameTaken when one runs.
    """
    place = directory(name)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _starting(wait=True):
        found = read(name)
        if found and found.runs():
            raise NameTaken(f"a sandbox called {name} runs already (process {found.pid})")
        _remove(name)
        place.mkdir(mode=0o700)
        try:
            yield place
        except BaseException:
            _remove(name)
            raise


@contextlib.contextmanager
def _starting(*, wait: bool) -> Generator[None]:
    """Hold the one lock under which directories come and go: the home directory's own.

    Raises BlockingIOError when another process holds it and ``wait`` is false.
    """
    fd = os.open(home(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(fd)


def _remove(name: str) -> None:
    shutil.rmtree(directory(name), ignore_errors=True)


def _start_time(pid: int) -> int | None:
    """When the process started, in clock ticks since boot (proc(5)); None if it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])
