"""A Pod's conditions as its kubelet reports them.

Source: "Pod Lifecycle", Pod conditions; reasons and messages of Kubernetes 1.36's
pkg/kubelet/status.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubeproof.sandbox.api.gotext import quote
from kubeproof.sandbox.objects import Object

_OWNED = frozenset(
    (
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    )
)


class Verdict(NamedTuple):
    """Whether a condition holds and, if not, why."""

    holds: bool
    reason: str = ""
    message: str = ""


def conditions(pod: Object, verdicts: dict[str, Verdict], moment: str) -> list[Object]:
    """The Pod's conditions: those of others as they are, then the kubelet's own."""
    before = {str(item["type"]): item for item in _conditions(pod)}
    others = [item for item in _conditions(pod) if item["type"] not in _OWNED]
    own = [_shown(pod, kind, verdict, before, moment) for kind, verdict in verdicts.items()]
    return others + own


def containers_ready(statuses: Sequence[Object], names: Sequence[str], phase: str) -> Verdict:
    """ContainersReady: all of the Pod's containers are ready."""
    if phase in ("Succeeded", "Failed"):
        return Verdict(False, "PodCompleted" if phase == "Succeeded" else "PodFailed")
    known = {str(status["name"]): bool(status["ready"]) for status in statuses}
    unready = [name for name in names if not known.get(name)]
    if not unready:
        return Verdict(True)
    return Verdict(
        False, "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"
    )


def pod_ready(pod: Object, containers: Verdict) -> Verdict:
    """Ready: the containers are, and every readiness gate is open."""
    if not containers.holds:
        return containers
    states = {str(item["type"]): str(item["status"]) for item in _conditions(pod)}
    missing: list[str] = []
    for gate in pod["spec"].get("readinessGates") or ():
        kind = str(gate["conditionType"])
        if kind not in states:
            name = quote(kind)
            missing.append(f"corresponding condition of pod readiness gate {name} does not exist.")
        elif states[kind] != "True":
            why = f'is not "True", but {states[kind]}'
            missing.append(f"the status of pod readiness gate {quote(kind)} {why}")
    if missing:
        return Verdict(False, "ReadinessGatesNotReady", ", ".join(missing))
    return Verdict(True)


def initialized(incomplete: Iterable[str], phase: str) -> Verdict:
    """Initialized: no init container has still to succeed."""
    if phase == "Succeeded":
        return Verdict(True, "PodCompleted")
    names = list(incomplete)
    if not names:
        return Verdict(True)
    return Verdict(
        False,
        "ContainersNotInitialized",
        f"containers with incomplete status: [{' '.join(names)}]",
    )


def _shown(
    pod: Object, kind: str, verdict: Verdict, before: dict[str, Object], moment: str
) -> Object:
    status = "True" if verdict.holds else "False"
    old = before.get(kind, {})
    since = old.get("lastTransitionTime") if old.get("status") == status else None
    shown: Object = {
        "type": kind,
        "observedGeneration": pod["metadata"].get("generation", 1),
        "status": status,
        "lastProbeTime": None,
        "lastTransitionTime": since or moment,
    }
    if verdict.reason:
        shown["reason"] = verdict.reason
    if verdict.message:
        shown["message"] = verdict.message
    return shown


def _conditions(pod: Object) -> list[Object]:
    status: Object = pod.get("status") or {}
    return status.get("conditions") or []
