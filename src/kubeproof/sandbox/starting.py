"""Booting a sandbox from the side of the process that wants one."""

import os
import secrets
import socket
from dataclasses import asdict
from typing import NoReturn

from kubeproof.sandbox import detached as running_detached
from kubeproof.sandbox import lease, wire
from kubeproof.sandbox.errors import PortTaken, SandboxFailed, SandboxUnavailable
from kubeproof.sandbox.hostcheck import check_host, diagnose
from kubeproof.sandbox.kubeconfig import kubeconfig
from kubeproof.sandbox.launch import Launched, launch
from kubeproof.sandbox.lease import Lease
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.options import Options

BOOT_SECONDS = 30.0
"""How long a boot may take before it counts as failed."""

_LOOPBACK = "127.0.0.1"


def attached(options: Options) -> tuple[Launched, Object]:
    """Boot a sandbox tied to this process: its process, and the facts about it."""
    with _api_listener(options.api_port) as api:
        launched = launch(_request(options, is_detached=False), [api.fileno()])
    return launched, _ready(launched)


def detached(name: str, options: Options) -> tuple[Launched, Object]:
    """Boot a sandbox that outlives this process, and record it under that name.

    It stays tied to this process until its record is written, so that none is ever lost.
    """
    with (
        lease.claimed(name) as place,
        _api_listener(options.api_port) as api,
        running_detached.listening(place) as control,
    ):
        log = os.open(place / "log", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        request = _request(options, is_detached=True)
        launched = launch(request, [api.fileno(), control.fileno()], log)
        facts = _ready(launched)
        _record(name, facts)
        wire.send(launched.control, {"op": "detach"})
        wire.receive(launched.control)
    launched.process.wait()
    os.close(log)
    return launched, facts


def _request(options: Options, *, is_detached: bool) -> Object:
    if options.faults:
        from kubeproof.sandbox.fault_names import require_known  # most runs have no faults

        require_known(options.faults, options.node_names)
    token = secrets.token_urlsafe(24)
    return {"task": "run", "options": asdict(options), "token": token, "detached": is_detached}


def _api_listener(port: int) -> socket.socket:
    """Bound in this network namespace, so that it stays there: kubectl reaches it from here."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTaken(port, error) from error
    return listener


def _ready(launched: Launched) -> Object:
    """Wait for the end of the boot; the process is gone when this raises."""
    launched.control.settimeout(BOOT_SECONDS)
    try:
        answer, _ = wire.receive(launched.control)
    except (EOFError, OSError) as error:
        _failed(launched, error)
    except BaseException:  # Ctrl-C: leave no half-booted sandbox behind
        launched.end()
        raise
    if "refused" in answer:
        launched.end()
        raise SandboxUnavailable([diagnose(answer["refused"])])
    launched.control.settimeout(None)
    return answer["ready"]


def _failed(launched: Launched, error: Exception) -> NoReturn:
    """Raise what says most: what the host refuses, or the tail of the log."""
    log = launched.end()
    checks = check_host()
    if not all(check.ok for check in checks):
        raise SandboxUnavailable(checks) from error
    why = f"no answer within {BOOT_SECONDS:g} s" if isinstance(error, TimeoutError) else "it ended"
    raise SandboxFailed(f"the sandbox did not start: {why}", log) from error


def _record(name: str, facts: Object) -> None:
    written = Lease.of_process(name, facts["pid"], facts["api_url"])
    text = kubeconfig(facts["name"], facts["api_url"], facts["token"])
    fd = os.open(written.kubeconfig, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
    written.write()
