"""The way into the nodes of any cluster: a privileged Pod on each, in a namespace for such Pods.

Nothing listens in them. Commands go through ``pods/exec``, as kubectl's do, and the Pod's own
process mends the node when it is ended.
"""

# The client is generated code without usable type information; what leaves this file is typed.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import json
from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any, cast

import kubernetes
from kubernetes.stream import stream
from websocket import WebSocketException

from kubeproof.cluster.disruption.switch import FOLDER, INSTALL, LEASE_SECONDS
from kubeproof.cluster.docker_client import Executed
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.run import Run
from kubeproof.cluster.workload import await_ready
from kubeproof.errors import CheckBroken, Misuse
from kubeproof.manifest import HOSTNAME
from kubeproof.model import Node, Object

PRIVILEGED = {"pod-security.kubernetes.io/enforce": "privileged"}
_ENTER = ("chroot", "/proc/1/root")  # process 1 of the node, whose file system is the node's
_WITHIN = 20.0  # seconds for a command


class PodShell:
    """Privileged Pods, each started when its node is first entered."""

    def __init__(self, run: Run, nodes: Sequence[Node], image: str) -> None:
        self._run = run
        self._nodes = {node.name: node for node in nodes}
        self._image = image
        self._pods: dict[str, str] = {}
        self._turn = Lock()

    @cached_property
    def namespace(self) -> str:
        """The namespace of these Pods."""
        return self._run.make_namespace("nodes", PRIVILEGED)

    def execute(self, node: str, command: Sequence[str]) -> Executed:
        """Run a command on a node, as root.

        Raises:
            Misuse: the cluster takes no privileged Pod.
            CheckBroken: the Pod could not be reached.
        """
        with self._turn:
            pod = self._pods.get(node) or self._start(self._nodes[node])
        return self._executed(pod, [*_ENTER, *command])

    def _start(self, node: Node) -> str:
        name = f"on-{node.name}".replace(".", "-")[:63]
        try:
            self._run.api.create(privileged_pod(name, self.namespace, node.hostname, self._image))
        except Rejected as error:
            raise Misuse(f"the cluster takes no privileged Pod on {node.name}: {error}") from error
        await_ready(self._run.api, self.namespace, [name], self._run.budgets)
        self._pods[node.name] = name
        return name

    def _executed(self, pod: str, command: Sequence[str]) -> Executed:
        # A client of its own: a stream changes how its client asks for as long as it lasts.
        client = kubernetes.client.ApiClient(self._run.api.configuration)
        ask = kubernetes.client.CoreV1Api(client).connect_get_namespaced_pod_exec
        wish = {"command": list(command), "stdout": True, "stderr": True, "stdin": False}
        try:
            talk = stream(ask, pod, self.namespace, **wish, tty=False, _preload_content=False)
            talk.run_forever(timeout=_WITHIN)
            if talk.is_open():
                talk.close()
                raise CheckBroken(f"Pod {pod} did not finish a command within {_WITHIN:g} s")
            output = talk.read_stdout(timeout=0) + talk.read_stderr(timeout=0)
            return Executed(_code(talk), output)
        except (kubernetes.client.ApiException, WebSocketException, OSError) as error:
            told = str(error).strip().splitlines() or [type(error).__name__]
            raise CheckBroken(f"Pod {pod} cannot be entered: {told[0]}") from error

    def close(self) -> None:
        """Delete the Pods; each mends its node before it ends."""
        for pod in self._pods.values():
            self._run.api.delete("Pod", pod, self.namespace, grace_seconds=LEASE_SECONDS)


def _code(talk: Any) -> int:
    status = cast(Object, json.loads(talk.read_channel(3, timeout=0) or "{}"))
    if status.get("status") == "Success":
        return 0
    causes: list[Object] = (status.get("details") or {}).get("causes") or []
    return next((int(one["message"]) for one in causes if one.get("reason") == "ExitCode"), -1)


def privileged_pod(name: str, namespace: str, hostname: str, image: str) -> Object:
    """A Pod that is on its node as a process of the node would be, and does nothing but wait."""
    guard = f'{INSTALL[2]} && exec sh "$1/switch" guard'
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "hostPID": True,
            "hostNetwork": True,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": LEASE_SECONDS,
            "nodeSelector": {HOSTNAME: hostname},
            "containers": [
                {
                    "name": "shell",
                    "image": image,
                    "command": [*_ENTER, "sh", "-c", guard, "sh", FOLDER, INSTALL[-1]],
                    "securityContext": {"privileged": True},
                }
            ],
        },
    }
