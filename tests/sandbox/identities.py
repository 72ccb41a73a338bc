"""Whom a program runs as: everything that needs a sandbox has to work for all of them."""

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import kubeproof

NOBODY = 65534
PROGRAMS = Path(__file__).with_name("programs")
SYSTEM_PYTHON = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Identity:
    """A user, with or without capabilities, and an interpreter that this user may run."""

    name: str
    python: str
    user: int | None = None
    confinement: tuple[str, ...] = ()

    def start(
        self, program: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start one of the programs; its output is read through a pipe."""
        command = [self.python, str(PROGRAMS / program), *arguments]
        if self.confinement:
            command = [self.python, str(PROGRAMS / "confine.py"), *self.confinement, *command]
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            env={**os.environ, **self._environment(), **(environment or {})},
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        return {"PYTHONPATH": module_path(), "XDG_CACHE_HOME": cache(self.user)}

    def __str__(self) -> str:
        return self.name


def module_path() -> str:
    """Where the programs find this package and what it needs."""
    package, tests = Path(kubeproof.__file__).parents[1], Path(__file__).parents[2]
    return os.pathsep.join(
        [str(package), str(tests), *(path for path in sys.path if "-packages" in path)]
    )


@functools.cache
def cache(user: int | None) -> str:
    """A directory of the user's own, so that what is compiled for one test serves the next."""
    place = tempfile.mkdtemp(prefix="kubeproof-tests-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    if user is not None:
        os.chown(place, user, user)
    return place


@functools.cache
def _python_for(user: int) -> str | None:
    """An interpreter of this version that the user may run; None where there is none."""
    for python in (sys.executable, SYSTEM_PYTHON):
        try:
            tried = subprocess.run(
                [python, "-c", "import encodings"], user=user, group=user, extra_groups=[]
            )
        except OSError:
            continue
        if tried.returncode == 0:
            return python
    return None


def identities() -> list[Identity]:
    """Everyone this process can run a program as."""
    if os.geteuid():
        return [Identity("ordinary user", sys.executable)]
    found = [
        Identity("root", sys.executable),
        Identity("root without capabilities", sys.executable, confinement=("no-capabilities",)),
    ]
    python = _python_for(NOBODY)
    return [*found, Identity("ordinary user", python, NOBODY)] if python else found
