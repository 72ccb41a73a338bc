"""Runs test functions where they may make namespaces: in an exec'd process which unshares first.

A process with threads cannot enter a user namespace and pytest must not leave its own network,
so a worker is started per privilege and session; each function builds and closes what it needs.
"""

import functools
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
# As one of these: root with its capabilities, an ordinary user, root without any capability.
PRIVILEGES = ("root", "user", "capless")
DEADLINE = 60.0

_START = "from tests.sandbox.network.worker import main; main()"
_UNUSED_UID = 54321


class Isolated:
    """A worker process; ``run`` calls a module-level function in it and returns its result."""

    def __init__(self, privilege: str) -> None:
        self.privilege = privilege
        self._process = _start(privilege)
        self.mode = str(self._answer()["result"])

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call the function with JSON arguments; AssertionError carries what it raised there."""
        name = f"{function.__module__}:{function.__qualname__}"
        assert self._process.stdin is not None
        request = {"function": name, "arguments": arguments}
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            pytest.fail(f"as {self.privilege} ({self.mode}):\n{answer['error']}", pytrace=False)
        return answer["result"]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], DEADLINE)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self.close()
            state = "ended" if ready else f"said nothing for {DEADLINE:.0f} s"
            worker.cache_clear()
            pytest.fail(f"the worker for {self.privilege} {state}")
        answer: dict[str, Any] = json.loads(line)
        if "unavailable" in answer:
            self.close()
            pytest.skip(f"as {self.privilege}: {answer['unavailable']}")
        return answer


def _start(privilege: str) -> "subprocess.Popen[bytes]":
    changed = privilege == "user" and os.geteuid() == 0
    uid = _UNUSED_UID if changed else None
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [_interpreter(uid), "-c", _START, privilege],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
        env={**os.environ, "PYTHONPATH": _path(), "PYTHONDONTWRITEBYTECODE": "1"},
        bufsize=0,
        user=uid,
        group=uid,
        extra_groups=[] if changed else None,
    )
    return process


def _path() -> str:
    """Where the worker finds the project, the tests and pytest, whatever interpreter it runs."""
    packages = [entry for entry in sys.path if entry.endswith("site-packages")]
    return os.pathsep.join([str(ROOT), str(ROOT / "src"), *packages])


def _interpreter(uid: int | None) -> str:
    """An interpreter of this version the user may run: root's own is often below /root."""
    wanted = f"{sys.version_info.major}.{sys.version_info.minor}"
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    for path in (sys.executable, f"/usr/bin/python{wanted}", f"/usr/local/bin/python{wanted}"):
        try:
            said = subprocess.run(
                [path, "-c", ask], user=uid, capture_output=True, text=True, cwd="/", check=False
            )
        except OSError:
            continue
        if said.stdout.strip() == wanted:
            return path
    pytest.skip(f"no Python {wanted} can be run as user {uid}")


@functools.cache
def worker(privilege: str) -> Isolated:
    """The session's worker for a privilege, started when first asked for."""
    if privilege != "user" and os.geteuid() != 0:
        pytest.skip(f"as {privilege}: these tests do not run as root")
    return Isolated(privilege)


@pytest.fixture(params=PRIVILEGES)
def every_privilege(request: pytest.FixtureRequest) -> Isolated:
    """A worker for each privilege in turn."""
    return worker(request.param)


@pytest.fixture
def isolated() -> Isolated:
    """A worker with the least privilege that the machine lets have namespaces."""
    try:
        return worker("user")
    except pytest.skip.Exception:
        return worker("root")
