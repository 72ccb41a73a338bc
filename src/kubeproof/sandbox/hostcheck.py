"""Whether this host can run a sandbox: everything is tried, nothing is guessed from versions.

A failed check comes with the one command that mends it, chosen by what the kernel answered and
by the settings that are known to be behind such an answer.
"""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from kubeproof.sandbox import wire
from kubeproof.sandbox.errors import HostCheck
from kubeproof.sandbox.launch import launch
from kubeproof.sandbox.objects import Object

TRY_SECONDS = 20.0
"""How long trying everything may take; it takes some tenths."""

LEAST_OPEN_FILES = 4096
"""With fewer, a sandbox runs out of them: every Pod takes four."""

_NAMESPACES = "namespaces"
_APPARMOR = "kernel.apparmor_restrict_unprivileged_userns"
_UNPRIVILEGED = "kernel.unprivileged_userns_clone"
_LIMITS = tuple(f"user.max_{kind}_namespaces" for kind in ("user", "net", "mnt", "pid"))
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
_CONTAINER_REMEDY = "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN … (or a privileged one)"


def check_host() -> list[HostCheck]:
    """Try everything that a sandbox needs, in a process of its own, and say what came of it.

    Takes some tenths of a second and leaves nothing behind.
    """
    launched = launch({"task": "try-host"})
    launched.control.settimeout(TRY_SECONDS)
    try:
        answer, _ = wire.receive(launched.control)
    except (EOFError, OSError) as error:
        log = launched.end()
        said = log.strip().rpartition("\n")[2] or str(error)
        return [HostCheck("process", False, f"a fresh Python process cannot be used: {said}")]
    launched.end()
    return list(_results(answer))


def diagnose(refused: Object) -> HostCheck:
    """Why the kernel refused the namespaces, and what mends it."""
    reason = os.strerror(refused["errno"])
    cause, remedy = _cause(refused["errno"])
    return HostCheck(_NAMESPACES, False, f"{refused['step']}: {reason}{cause}", remedy)


def _results(answer: Object) -> Iterator[HostCheck]:
    if "refused" in answer:
        yield diagnose(answer["refused"])
        return
    yield HostCheck(_NAMESPACES, True, f"own namespaces through {answer['way']}")
    for tried in answer["tried"]:
        yield _tried(tried["name"], tried["failure"], tried["module"])
    yield _settings(answer["read_only"])
    yield _open_files(answer["open_files"])


def _tried(name: str, failure: str, module: str) -> HostCheck:
    if not failure:
        return HostCheck(name, True, "the kernel does it")
    return HostCheck(name, False, f"the kernel refuses: {failure}", f"sudo modprobe {module}")


def _settings(read_only: list[str]) -> HostCheck:
    detail = "can be set for a namespace"
    if read_only:
        detail = (
            "/proc/sys is read-only: not needed, but the kernel then holds back some refusals, "
            "which arrive up to 1 s late"
        )
    return HostCheck("kernel settings", True, detail)


def _open_files(limit: int) -> HostCheck:
    ok = limit >= LEAST_OPEN_FILES
    detail = f"at most {limit} for a process"
    remedy = "" if ok else "ulimit -Hn 65536 (as root; docker run --ulimit nofile=65536 …)"
    return HostCheck("open files", ok, detail, remedy)


def _cause(number: int) -> tuple[str, str]:
    """What is likely behind a refusal, and the command against it."""
    if number == errno.ENOSPC:
        return _limit_reached()
    if _setting(_APPARMOR) == "1":
        return f" (AppArmor: {_APPARMOR} is 1)", f"sudo sysctl -w {_APPARMOR}=0"
    if _setting(_UNPRIVILEGED) == "0":
        return f" ({_UNPRIVILEGED} is 0)", f"sudo sysctl -w {_UNPRIVILEGED}=1"
    if _seccomp_filters():
        return " (a seccomp filter forbids it, as container engines set)", _CONTAINER_REMEDY
    if any(Path(mark).exists() for mark in _CONTAINER_MARKS):
        return " (a container without the rights)", _CONTAINER_REMEDY
    return " (user namespaces are not to be had here)", "run it as root: sudo …"


def _limit_reached() -> tuple[str, str]:
    closed = [name for name in _LIMITS if _setting(name) == "0"]
    name = closed[0] if closed else _LIMITS[0]
    return f" ({name} is {_setting(name)})", f"sudo sysctl -w {name}=16384"


def _setting(name: str) -> str:
    """The value of a sysctl; empty where this kernel has none of that name."""
    try:
        return Path("/proc/sys", *name.split(".")).read_text().strip()
    except OSError:
        return ""


def _seccomp_filters() -> bool:
    """Whether this process runs under a seccomp filter (proc(5): Seccomp 2)."""
    status = Path("/proc/self/status").read_text()
    return "Seccomp:\t2" in status
