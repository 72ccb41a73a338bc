"""A Pod's phase. Source: "Pod Lifecycle", Pod phase; Kubernetes 1.36's pkg/kubelet (getPhase)."""

from collections.abc import Callable, Sequence

from kubeproof.sandbox.kubelet.container import Container
from kubeproof.sandbox.kubelet.container_state import Running, Terminated
from kubeproof.sandbox.objects import Object


def is_sidecar(spec: Object) -> bool:
    """Whether an init container is one that runs beside the others (KEP-753)."""
    return spec.get("restartPolicy") == "Always"


def pod_phase(
    init: Sequence[Container],
    containers: Sequence[Container],
    restarts: Callable[[Object, int], bool],
    ending: bool,
) -> str:
    """The phase; ``ending`` once the Pod's containers will not be started again."""
    if _initialization_failed(init, restarts):
        return "Failed"
    never_ran = [item for item in containers if not isinstance(item.state, Running | Terminated)]
    waiting = [item for item in never_ran if item.last is None]
    if waiting and not ending:
        return "Pending"
    if any(item.running for item in containers):
        return "Running"
    endings = [ended(item) for item in containers]
    final = ending or not any(
        restarts(item.spec, end.exit_code)
        for item, end in zip(containers, endings, strict=True)
        if end is not None
    )
    if not final:
        return "Running"
    succeeded = all(end is not None and end.exit_code == 0 for end in endings)
    return "Succeeded" if succeeded else "Failed"


def ended(container: Container) -> Terminated | None:
    """How the container's last run ended; None if it never ran or runs."""
    if isinstance(container.state, Terminated):
        return container.state
    return None if container.running else container.last


def _initialization_failed(
    init: Sequence[Container], restarts: Callable[[Object, int], bool]
) -> bool:
    for container in init:
        end = ended(container)
        if is_sidecar(container.spec) or end is None or end.exit_code == 0:
            continue
        if not restarts(container.spec, end.exit_code):
            return True
    return False
