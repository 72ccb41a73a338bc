"""The cells of a Pod's row: how many containers are ready, and the one word for its state.

Follows printPod of Kubernetes' ``pkg/printers/internalversion``.
"""

from dataclasses import dataclass
from typing import Any

from kubeproof.sandbox.api.age import age
from kubeproof.sandbox.api.jsonvalue import child, items
from kubeproof.sandbox.objects import Object, name_of


@dataclass(slots=True)
class _Tally:
    """What is counted over the containers of a Pod."""

    reason: str
    ready: int = 0
    restarts: int = 0
    last_restart: str = ""
    sidecar_restarts: int = 0
    sidecar_last_restart: str = ""

    def restarted(self, container: Object) -> None:
        self.restarts += container.get("restartCount", 0)
        self.last_restart = max(self.last_restart, _finished(container))


def cells(pod: Object) -> list[Any]:
    """The cells of a Pod, those of wide columns included."""
    spec, status = child(pod, "spec"), child(pod, "status")
    tally = _tally(pod)
    total = len(items(spec, "containers")) + len(_sidecars(spec))
    addresses = items(status, "podIPs")
    return [
        name_of(pod),
        f"{tally.ready}/{total}",
        _ending(pod) or tally.reason,
        _restarts(tally),
        age(pod["metadata"].get("creationTimestamp")),
        (addresses[0].get("ip") if addresses else "") or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        _gates(spec, status),
    ]


def row_conditions(pod: Object) -> list[Object]:
    """What a Table says of the row of a Pod that has ended."""
    messages = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}
    phase = child(pod, "status").get("phase")
    if phase not in messages:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": messages[phase]}]


def _tally(pod: Object) -> _Tally:
    status = child(pod, "status")
    tally = _Tally(status.get("reason") or status.get("phase") or "")
    if any(found.get("reason") == "SchedulingGated" for found in items(status, "conditions")):
        tally.reason = "SchedulingGated"
    initializing = _initialize(pod, tally)
    if not initializing or _condition(status, "Initialized"):
        tally.restarts, tally.last_restart = tally.sidecar_restarts, tally.sidecar_last_restart
        _run(status, tally)
    return tally


def _initialize(pod: Object, tally: _Tally) -> bool:
    """Count the init containers; the answer is whether one of them still holds the Pod."""
    sidecars = _sidecars(child(pod, "spec"))
    count = len(items(child(pod, "spec"), "initContainers"))
    for index, container in enumerate(items(child(pod, "status"), "initContainerStatuses")):
        is_sidecar = container["name"] in sidecars
        tally.restarted(container)
        if is_sidecar:
            tally.sidecar_restarts += container.get("restartCount", 0)
            tally.sidecar_last_restart = max(tally.sidecar_last_restart, _finished(container))
        terminated = child(child(container, "state"), "terminated")
        if terminated and terminated.get("exitCode", 0) == 0:
            continue
        if is_sidecar and container.get("started"):
            tally.ready += bool(container.get("ready"))
            continue
        tally.reason = _init_reason(container, f"Init:{index}/{count}")
        return True
    return False


def _init_reason(container: Object, default: str) -> str:
    state = child(container, "state")
    if "terminated" in state:
        return f"Init:{_exit_reason(state['terminated'])}"
    waiting = child(state, "waiting").get("reason", "")
    return f"Init:{waiting}" if waiting not in ("", "PodInitializing") else default


def _run(status: Object, tally: _Tally) -> None:
    """Count the containers, the last one first, as the first one's reason is to win."""
    has_running, error = False, ""
    for container in reversed(items(status, "containerStatuses")):
        tally.restarted(container)
        state = child(container, "state")
        if child(state, "waiting").get("reason"):
            tally.reason = state["waiting"]["reason"]
        elif "terminated" in state:
            tally.reason = _exit_reason(state["terminated"])
            error = tally.reason if state["terminated"].get("exitCode", 0) else error
        elif container.get("ready") and "running" in state:
            has_running = True
            tally.ready += 1
    if tally.reason == "Completed":
        tally.reason = _after_completion(status, has_running, error)


def _after_completion(status: Object, has_running: bool, error: str) -> str:
    if has_running and _condition(status, "Ready"):
        return "Running"
    return error or ("NotReady" if has_running else "Completed")


def _exit_reason(terminated: Object) -> str:
    if terminated.get("reason"):
        return terminated["reason"]
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _ending(pod: Object) -> str:
    """The word for a Pod that was asked to go, empty for any other."""
    status = child(pod, "status")
    if "deletionTimestamp" not in pod["metadata"]:
        return ""
    if status.get("reason") == "NodeLost":
        return "Unknown"
    return "" if status.get("phase") in ("Succeeded", "Failed") else "Terminating"


def _restarts(tally: _Tally) -> str:
    if tally.restarts and tally.last_restart:
        return f"{tally.restarts} ({age(tally.last_restart)} ago)"
    return str(tally.restarts)


def _sidecars(spec: Object) -> set[str]:
    """Names of the init containers which run as long as the Pod."""
    containers = items(spec, "initContainers")
    return {found["name"] for found in containers if found.get("restartPolicy") == "Always"}


def _finished(container: Object) -> str:
    return child(child(container, "lastState"), "terminated").get("finishedAt") or ""


def _condition(status: Object, kind: str) -> bool:
    conditions = items(status, "conditions")
    return any(found["type"] == kind and found["status"] == "True" for found in conditions)


def _gates(spec: Object, status: Object) -> str:
    gates = items(spec, "readinessGates")
    if not gates:
        return "<none>"
    passed = sum(_condition(status, gate["conditionType"]) for gate in gates)
    return f"{passed}/{len(gates)}"
