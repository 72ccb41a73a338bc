"""The exec'd end of isolation.py: enters namespaces, then runs functions one after the other."""

import contextlib
import ctypes
import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from kubeproof.sandbox.network.syscalls import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWUSER,
    unshare,
)

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_SIGKILL = 9
_STRIPPED = "KUBEPROOF_TEST_STRIPPED"


def main() -> None:
    privilege = sys.argv[1]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if privilege == "capless" and _STRIPPED not in os.environ:
        _strip_and_exec()
    try:
        _answer({"result": _enter()})
    except OSError as error:
        _answer({"unavailable": f"namespaces are forbidden here ({error})"})
        return
    for line in sys.stdin:
        _answer(_called(json.loads(line)))


def _strip_and_exec() -> None:
    """Lose every capability but stay uid 0, as ``setpriv --bounding-set=-all`` does."""
    libc = ctypes.CDLL(None)
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in range(last + 1):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.environ[_STRIPPED] = "1"
    os.execv(sys.executable, sys.orig_argv)


def _enter() -> str:
    """Own capabilities if there are any, else a user namespace; says which it was."""
    try:
        unshare(CLONE_NEWNET | CLONE_NEWNS)
    except PermissionError:
        uid, gid = os.getuid(), os.getgid()
        unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS)
        # Root without CAP_SETFCAP may not map itself; capabilities inside need no mapping.
        with contextlib.suppress(PermissionError):
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
            Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
        return "user namespace"
    return "own capabilities"


def _called(request: dict[str, Any]) -> dict[str, Any]:
    module, _, name = request["function"].partition(":")
    try:
        function: Any = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        return {"result": function(*request["arguments"])}
    except BaseException:  # noqa: BLE001 - whatever it was, the test reports it
        return {"error": traceback.format_exc()}


def _answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
