"""kubeproof as people start it: a process of its own, with nothing of this user's settings."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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
    mine = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**usual, **mine, "TMPDIR": str(home), **more}


def kubeproof(*arguments: str, home: Path, **more: str) -> Ended:
    """Run a command to its end."""
    done = subprocess.run(
        [*KUBEPROOF, *arguments],
        cwd=home,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def complaint(ended: Ended) -> str:
    """The one line in which a command says what is wrong; there may be no trace of a traceback."""
    assert "Traceback" not in ended.text
    [line] = [line for line in ended.err.splitlines() if line]
    return line
