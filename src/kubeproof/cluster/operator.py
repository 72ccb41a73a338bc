"""The operator: somebody with a kubeconfig, kubectl and no route into the cluster."""

import os
import re
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

import httpx

from kubeproof.errors import CheckBroken
from kubeproof.model import Service
from kubeproof.probing.api_vantage import ApiVantage
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.observation import Target
from kubeproof.probing.question import Question, Witness
from kubeproof.probing.transport import here
from kubeproof.waiting import Budgets

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

_FORWARDING = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")
_SERVING = re.compile(r"Starting to serve on 127\.0\.0\.1:(\d+)")

# Runs a command that the kernel ends with this process, however this process ends
# (prctl(2), PR_SET_PDEATHSIG = 1; signal 15 is SIGTERM).
_MORTAL = (
    sys.executable,
    "-I",
    "-c",
    "import ctypes, os, sys\n"
    "ctypes.CDLL(None).prctl(1, 15)\n"
    "os.getppid() == int(sys.argv[1]) or sys.exit()\n"  # it ended before it could be watched
    "os.execvp(sys.argv[2], sys.argv[2:])",
)


# A path that cannot be written: kubectl would keep what it discovers in the user's home.
_NO_CACHE = ("--cache-dir=/dev/null/none",)


def proxy_path(service: Service) -> str:
    """The API server's path to a Service's first port (access-cluster-services)."""
    name = f"{service.name}:{service.port.name or service.port.port}"
    return f"/api/v1/namespaces/{service.namespace}/services/{name}/proxy/"


@dataclass
class Operator:
    """Opens doors into the cluster with kubectl and the API; closes them all at the end."""

    api: "Api"
    kubeconfig: str
    budgets: Budgets
    witness: Witness
    _doors: ExitStack = field(default_factory=ExitStack)

    def forward(self, namespace: str, what: str, port: int) -> Question:
        """A question through ``kubectl port-forward`` to ``pod/NAME`` or ``service/NAME``."""
        arguments = ["--namespace", namespace, "port-forward", what, f":{port}"]
        local = self._open(arguments, _FORWARDING)
        target = Target(f"kubectl port-forward {what}", "127.0.0.1", local)
        return self._asked("an operator", target)

    def kubectl_proxy(self, service: Service) -> Question:
        """A question through ``kubectl proxy`` and the API server to a Service."""
        # A kubeconfig whose server has a path (Rancher's, the sandbox's) needs it in each request.
        local = self._open(["proxy", "--port=0", "--append-server-path"], _SERVING)
        target = Target("kubectl proxy", "127.0.0.1", local, proxy_path(service))
        return self._asked("an operator", target)

    def api_proxy(self, service: Service) -> Question:
        """A question to the API server's own proxy, with the kubeconfig's credentials."""
        url = httpx.URL(self.api.url)
        target = Target("the API server's proxy", url.host, url.port or 443, proxy_path(service))
        return Question([ApiVantage("an operator", self.api.http_get)], [target], self.witness)

    def close(self) -> None:
        """Close every door."""
        self._doors.close()

    def _asked(self, who: str, target: Target) -> Question:
        timeout = max(self.budgets.connect_timeout, 5.0)  # the door is longer than a connection
        return Question([DirectVantage(who, timeout, sockets=here)], [target], self.witness)

    def _open(self, arguments: list[str], ready: re.Pattern[str]) -> int:
        """Start kubectl and read the local port it tells.

        Raises:
            CheckBroken: it ended, or said nothing in time.
        """
        process = self._kubectl(arguments)
        assert process.stdout is not None
        said: list[str] = []
        port = _first_match(process.stdout, ready, said, self.budgets.pods_ready)
        if port is None:
            raise CheckBroken(f"kubectl {' '.join(arguments)}: {' '.join(said) or 'said nothing'}")
        return port

    def _kubectl(self, arguments: list[str]) -> subprocess.Popen[str]:
        # The kubeconfig is handed over in memory: nothing is written that could be left behind.
        memory = os.memfd_create("kubeconfig", 0)
        os.write(memory, self.kubeconfig.encode())
        process = subprocess.Popen(
            [
                *_MORTAL,
                str(os.getpid()),
                "kubectl",
                *_NO_CACHE,
                f"--kubeconfig=/dev/fd/{memory}",
                *arguments,
            ],
            pass_fds=[memory],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        os.close(memory)
        self._doors.callback(_stop, process)
        return process


def _first_match(
    lines: IO[str], wanted: re.Pattern[str], said: list[str], within: float
) -> int | None:
    found: list[int] = []

    def read() -> None:
        for line in lines:
            said.append(line.strip())
            if match := wanted.search(line):
                found.append(int(match[1]))
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(within)
    return found[0] if found else None


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(5)
    if process.stdout:
        process.stdout.close()
