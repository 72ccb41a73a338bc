"""The k3d command: found, checked, run with a deadline, its output shown as it comes."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, cast

from kubeproof.cluster.progress import Progress
from kubeproof.cluster.redaction import redacted
from kubeproof.errors import ClusterUnavailable
from kubeproof.model import Object

OLDEST = (5, 8, 0)  # speaks with Docker Engine 29, which older ones do not
_VERSION = re.compile(r"k3d version v?(\d+)\.(\d+)\.(\d+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LEVEL = re.compile(r"^(?:INFO|WARN|ERRO|FATA|DEBU)\[\d+\]\s*")
_FAILED = re.compile(r"^(?:ERRO|FATA)\[\d+\]\s*(.*)")
_DONE = "You can now use it like this"
_GRACE = 10.0  # seconds between asking k3d to end and ending it


class K3dFailed(ClusterUnavailable):
    """Raised when k3d ends with an error, or not in time; the text has its last words."""


@dataclass(frozen=True)
class K3d:
    """One k3d executable; it never sees the user's kubeconfig."""

    path: str
    progress: Progress = field(repr=False)

    def create(self, config: Object, within: float, secrets: Sequence[str] = ()) -> None:
        """Create a cluster from a configuration (k3d.io/v1alpha5, kind Simple).

        Raises:
            K3dFailed: it could not be created in that many seconds; what there is of it stays.
        """
        # k3d expands variables in what it reads; JSON has another way to write a dollar sign.
        text = json.dumps(config).replace("$", r"\u0024")
        self._run(["cluster", "create", "--config", "-"], within, text, secrets)

    def delete(self, name: str, within: float = 120.0) -> None:
        """Delete a cluster; one that is not there is as good."""
        self._run(["cluster", "delete", name], within, quiet=True)

    def kubeconfig(self, name: str) -> str:
        """The text of a kubeconfig with the rights of an administrator."""
        return self._run(["kubeconfig", "get", name], 30.0, quiet=True)

    def load(self, name: str, images: Sequence[str], within: float = 300.0) -> None:
        """Bring images of this machine's Docker to every node of a cluster."""
        self._run(["image", "import", *images, "--cluster", name, "--mode", "direct"], within)

    def _run(
        self,
        arguments: Sequence[str],
        within: float,
        given: str = "",
        secrets: Sequence[str] = (),
        *,
        quiet: bool = False,
    ) -> str:
        with tempfile.TemporaryDirectory(prefix="kubeproof-") as private:
            # A group of its own: Ctrl-C is ours to handle, and at the deadline all of it ends.
            # A folder of its own: k3d leaves a copy of what it reads there, token and all.
            process = subprocess.Popen(
                [self.path, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
                env={**os.environ, "KUBECONFIG": f"{private}/kubeconfig", "TMPDIR": private},
            )
            told = _Told(None if quiet else self.progress, secrets)
            try:
                output = _communicate(process, given, within, told)
            except BaseException:
                _end(process)
                raise
        if process.returncode:
            raise K3dFailed(f"k3d {' '.join(arguments[:2])} failed: {told.why}")
        return output


class _Told:
    """k3d's own log: shown as it comes, without colours and secrets; its last complaints kept."""

    def __init__(self, progress: Progress | None, secrets: Sequence[str]) -> None:
        self._progress = progress
        self._secrets = secrets
        self._lines: list[str] = []

    def read(self, stream: IO[str]) -> Iterator[str]:
        """Every line, as it was; k3d writes its log to both streams."""
        for raw in stream:
            yield raw
            line = redacted(_COLOUR.sub("", raw).rstrip(), self._secrets)
            if not line:
                continue
            self._lines.append(line)
            if _DONE in line:  # what follows is advice about a kubeconfig that is not ours
                self._progress = None
            if self._progress:
                self._progress(f"k3d: {_LEVEL.sub('', line)}")

    @property
    def why(self) -> str:
        complaints = [m[1] for line in self._lines if (m := _FAILED.match(line))]
        last = complaints[-3:] or self._lines[-1:] or ["it said nothing"]
        return "; ".join(line.strip() for line in last)


def find_k3d(progress: Progress) -> K3d:
    """The k3d on the PATH.

    Raises:
        ClusterUnavailable: there is none, or it is too old.
    """
    path = shutil.which("k3d")
    if path is None:
        raise ClusterUnavailable(
            "there is no k3d on the PATH; install k3d 5.8 or newer (https://k3d.io), "
            "or use --cluster k3s, which does without"
        )
    try:
        ran = subprocess.run([path, "version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ClusterUnavailable(f"cannot run {path}: {error}") from error
    found = _VERSION.search(ran.stdout)
    if found is None:
        told = (ran.stdout + ran.stderr).strip()[:200]
        raise ClusterUnavailable(f"{path} does not tell its version as k3d does: {told!r}")
    version = tuple(int(part) for part in found.groups())
    if version < OLDEST:
        raise ClusterUnavailable(
            f"k3d {'.'.join(found.groups())} is too old; install 5.8 or newer (https://k3d.io)"
        )
    return K3d(path, progress)


def _communicate(process: subprocess.Popen[str], given: str, within: float, told: _Told) -> str:
    stdin, stdout, stderr = (
        cast(IO[str], stream) for stream in (process.stdin, process.stdout, process.stderr)
    )
    output: list[str] = []
    readers = [
        threading.Thread(target=lambda: output.extend(told.read(stdout)), daemon=True),
        threading.Thread(target=lambda: deque(told.read(stderr), 0), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        with stdin:
            stdin.write(given)
    except BrokenPipeError:
        pass  # it ended without reading: its exit code and its words tell why
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        _end(process)
        raise K3dFailed(
            f"k3d was not done within {within:.1f} s, and last: {told.why}; where it only needs "
            "longer, give it with --budget cluster_up=SECONDS"
        ) from None
    for reader in readers:
        reader.join(5)
    return "".join(output)


def _end(process: subprocess.Popen[str]) -> None:
    """End k3d and whatever it has started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, sign)
            process.wait(_GRACE)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
