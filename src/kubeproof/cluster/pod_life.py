"""What happens to a running Pod: it becomes ready, stops being ready, fails, or is terminating.

A Pod with a readiness gate is ready when somebody says so, who has to be told from outside. One
without stops being ready when its container ``readiness`` ends, at which its probe is directed.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kubeproof.cluster.workload import Workload
from kubeproof.errors import CheckBroken
from kubeproof.model import Node, Object, Pod, is_true
from kubeproof.waiting import settle

READINESS = "readiness"  # the container whose end makes a probe fail
_EXIT = {"timeout": "1s"}  # agnhost's /exit answers first, and closes what is open


def start_unready(workload: Workload, names: Sequence[str], node: Node) -> None:
    """Start Pods of the manifest whose containers are ready and which are not.

    Raises:
        CheckBroken: a Pod has no readiness gate that could be shut.
    """
    for name in names:
        workload.claim(name, node)
    _await(workload, names, "have ready containers", _containers_are_ready)
    for name in names:
        _set_gate(workload, name, open_=False)
    _await(workload, names, "are not Ready", lambda obj: not Pod.of(obj).ready)
    workload.settle_endpoints()


def become_ready(workload: Workload, name: str) -> None:
    """Open the Pod's readiness gate."""
    _set_gate(workload, name, open_=True)
    _await(workload, [name], "are Ready", lambda obj: Pod.of(obj).ready)
    workload.settle_endpoints()


def stop_being_ready(workload: Workload, name: str) -> None:
    """Shut the Pod's readiness gate, or have its readiness probe fail."""
    if _gates(workload, name):
        _set_gate(workload, name, open_=False)
    else:
        _exit(workload, name, _port_of(workload, name, READINESS), code=0)
    _await(workload, [name], "are not Ready", lambda obj: not Pod.of(obj).ready)
    workload.settle_endpoints()


def fail(workload: Workload, name: str) -> None:
    """End the Pod's only container with an error; it is not started again."""
    _exit(workload, name, _port_of(workload, name), code=1)
    _await(workload, [name], "have failed", lambda obj: obj["status"]["phase"] == "Failed")
    workload.settle_endpoints()


def terminate(workload: Workload, names: Sequence[str]) -> None:
    """Delete Pods that go on for a while: until their grace period ends they still serve."""
    for name in names:
        workload.api.delete("Pod", name, workload.namespace)
    _await(workload, names, "are terminating and still Ready", _is_draining)
    workload.settle_endpoints()


LIFE: Mapping[str, Callable[[Workload, str], None]] = {
    "becomes ready": become_ready,
    "stops being ready": stop_being_ready,
    "fails": fail,
}


def _is_draining(obj: Object) -> bool:
    pod = Pod.of(obj)
    return pod.terminating and pod.ready


def _containers_are_ready(obj: Object) -> bool:
    return is_true(obj.get("status", {}).get("conditions", ()), "ContainersReady")


def _await(
    workload: Workload, names: Sequence[str], state: str, holds: Callable[[Object], bool]
) -> None:
    def look() -> list[Object]:
        return [workload.api.get("Pod", name, workload.namespace) for name in names]

    settle(
        look,
        lambda seen: all(map(holds, seen)),
        what=f"Pods {', '.join(names)} {state}",
        within=workload.budgets.pods_ready,
        every=workload.budgets.control_plane_poll,
        show=_conditions,
    )


def _conditions(pods: Sequence[Object]) -> str:
    return "; ".join(map(_condition, pods))


def _condition(obj: Object) -> str:
    status: Object = obj.get("status", {})
    shown = {c["type"]: c["status"] for c in status.get("conditions", ())}
    going = ", terminating" if "deletionTimestamp" in obj["metadata"] else ""
    return f"{obj['metadata']['name']} is {status.get('phase')}{going}, {shown}"


def _gates(workload: Workload, name: str) -> list[str]:
    spec = workload.api.get("Pod", name, workload.namespace)["spec"]
    return [gate["conditionType"] for gate in spec.get("readinessGates") or ()]


def _set_gate(workload: Workload, name: str, *, open_: bool) -> None:
    gates = _gates(workload, name)
    if not gates:
        raise CheckBroken(f"Pod {name} has no readiness gate: its manifest must name one")
    status = "True" if open_ else "False"
    conditions = [{"type": gate, "status": status} for gate in gates]
    workload.api.patch_status("Pod", name, workload.namespace, {"conditions": conditions})


def _port_of(workload: Workload, name: str, container: str = "container") -> int:
    spec = workload.api.get("Pod", name, workload.namespace)["spec"]
    found = [one["ports"] for one in spec["containers"] if one["name"] == container]
    if not found:
        raise CheckBroken(f"Pod {name} has no container {container}: its manifest must have one")
    return int(found[0][0]["containerPort"])


def _exit(workload: Workload, name: str, port: int, code: int) -> None:
    ask = partial(workload.api.pod_proxy(workload.namespace, name, port), "exit")
    answer = ask({**_EXIT, "code": str(code)})
    if answer.status_code != 200:
        raise CheckBroken(f"Pod {name} does not exit: HTTP {answer.status_code}, {answer.text!r}")
