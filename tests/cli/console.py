"""kubeproof as people start it: a process of its own, with nothing of this user's settings."""

import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.identities import cache

SECONDS = 60.0

_SCRIPT = Path(sys.executable).with_name("kubeproof")
_SAME = (sys.executable, "-c", "import sys; from kubeproof.cli import main; sys.exit(main())")
KUBEPROOF: tuple[str, ...] = (str(_SCRIPT),) if _SCRIPT.exists() else _SAME
"""The console script; what it does where the interpreter has none beside it."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing that would choose a cluster, and a home that is empty."""
    usual = {
        name: value
        for name, value in os.environ.items()
        if name not in ("KUBECONFIG", "KUBEPROOF_CLUSTER") and not name.startswith("XDG_")
    }
    places = {name: str(home) for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR")}
    compiled = {"PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": cache(None)}
    return {**usual, **places, **compiled, **more}


def kubeproof(*arguments: str, home: Path, **more: str) -> Ended:
    """Run a command of kubeproof's to its end, in its empty home."""
    return ended([*KUBEPROOF, *arguments], folder=home, home=home, **more)


def ended(command: Sequence[str], *, folder: Path, home: Path, **more: str) -> Ended:
    """Run any command to its end."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


# Whoever runs the tests in the background may ignore Ctrl-C, and children inherit that.
_HEARING = "import os, signal, sys; signal.signal(2, 0); os.execv(sys.argv[1], sys.argv[1:])"


@contextmanager
def started(
    *command: str, home: Path, waiting: str = "waiting", **more: str
) -> Generator["subprocess.Popen[str]"]:
    """A process in a session of its own, once the file that says so is there; ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HEARING, *command],
        cwd=home,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + SECONDS
        while not (home / waiting).exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "it never came so far"
            time.sleep(0.005)
        yield process
    finally:
        process.kill()
        process.communicate()


def complaint(ended: Ended) -> str:
    """The one line in which a command says what is wrong; there may be no trace of a traceback."""
    assert "Traceback" not in ended.text
    [line] = [line for line in ended.err.splitlines() if line]
    return line
