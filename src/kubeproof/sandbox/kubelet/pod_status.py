"""The status that a kubelet reports of a Pod, field by field as Kubernetes 1.36 writes it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kubeproof.sandbox.kubelet.conditions import (
    Verdict,
    conditions,
    containers_ready,
    initialized,
    pod_ready,
)
from kubeproof.sandbox.kubelet.container import Container
from kubeproof.sandbox.kubelet.container_state import Terminated, Waiting
from kubeproof.sandbox.kubelet.images import image_id
from kubeproof.sandbox.kubelet.pod_phase import is_sidecar, pod_phase
from kubeproof.sandbox.objects import Object


class Observed(NamedTuple):
    """What a kubelet knows of a Pod on its node; moments as Kubernetes writes them."""

    host: str
    """The node's address."""
    address: str
    """The Pod's address; empty while it has none."""
    start_time: str
    init: Sequence[Container]
    containers: Sequence[Container]
    restarts: Callable[[Object, int], bool]
    """Whether a container that ended with an exit code is to run again."""
    reported_ready: Callable[[Container], bool]
    """Whether a container counts as ready."""
    ending: bool
    """Whether nothing of the Pod will be started again."""


def pod_status(pod: Object, observed: Observed, moment: str) -> Object:
    """The status of the Pod at a moment; what others wrote into the old one is kept."""
    old: Object = pod.get("status") or {}
    phase = _phase(old, observed)
    ready_of = observed.reported_ready
    statuses = [container_status(item, ready_of(item)) for item in observed.containers]
    init = [_init_status(item) for item in observed.init]
    sidecars = [status for status, item in zip(init, observed.init, strict=True) if _runs_on(item)]
    names = [str(status["name"]) for status in (*sidecars, *statuses)]
    ready = containers_ready([*sidecars, *statuses], names, phase)
    verdicts = {
        "PodReadyToStartContainers": Verdict(bool(observed.address)),
        "Initialized": _initialized(observed, phase),
        "Ready": pod_ready(pod, ready),
        "ContainersReady": ready,
        "PodScheduled": Verdict(True),
    }
    status: Object = {
        "observedGeneration": pod["metadata"].get("generation", 1),
        "phase": phase,
        "conditions": conditions(pod, verdicts, moment),
        **_addresses(observed),
        "startTime": observed.start_time,
    }
    if init:
        status["initContainerStatuses"] = init
    status["containerStatuses"] = statuses
    status["qosClass"] = old.get("qosClass", "BestEffort")
    status["resources"] = {}
    return status


def container_status(container: Container, ready: bool) -> Object:
    """One entry of status.containerStatuses."""
    spec = container.spec
    image = str(spec["image"])
    status: Object = {
        "name": container.name,
        "state": container.state.shown(),
        "lastState": container.last.shown() if container.last else {},
        "ready": ready,
        "restartCount": container.restart_count,
        "image": image,
        "imageID": image_id(image) if container.container_id else "",
    }
    if container.container_id:
        status["containerID"] = container.container_id
    status["started"] = container.started
    resources: Object = spec.get("resources") or {}
    if resources.get("requests"):
        status["allocatedResources"] = resources["requests"]
    if not isinstance(container.state, Waiting):
        status["resources"] = resources
    mounts = [_mount(item) for item in spec.get("volumeMounts") or ()]
    if mounts:
        status["volumeMounts"] = mounts
    return status


def _phase(old: Object, observed: Observed) -> str:
    before = str(old.get("phase", ""))
    if before in ("Succeeded", "Failed"):  # a Pod that has ended stays so
        return before
    if not observed.address:
        return "Pending"
    return pod_phase(observed.init, observed.containers, observed.restarts, observed.ending)


def _init_status(container: Container) -> Object:
    """Init containers are ready once they have succeeded, sidecars as any container."""
    return container_status(container, container.ready or _succeeded(container))


def _initialized(observed: Observed, phase: str) -> Verdict:
    if any(item.container_id for item in observed.containers):
        return Verdict(True, "PodCompleted" if phase == "Succeeded" else "")
    return initialized((item.name for item in observed.init if not _is_done(item)), phase)


def _is_done(container: Container) -> bool:
    return container.started if is_sidecar(container.spec) else _succeeded(container)


def _succeeded(container: Container) -> bool:
    state = container.state
    return isinstance(state, Terminated) and state.exit_code == 0


def _runs_on(container: Container) -> bool:
    return is_sidecar(container.spec)


def _addresses(observed: Observed) -> Object:
    found: Object = {"hostIP": observed.host, "hostIPs": [{"ip": observed.host}]}
    if observed.address:
        found |= {"podIP": observed.address, "podIPs": [{"ip": observed.address}]}
    return found


def _mount(mount: Object) -> Object:
    shown: Object = {"name": mount["name"], "mountPath": mount["mountPath"]}
    if mount.get("readOnly"):
        shown |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return shown
