"""Whether a Pod fits a node: the scheduler's filters that look at one node alone.

Source: "Assigning Pods to Nodes" and "Scheduling Framework" in the Kubernetes documentation;
the wording is kube-scheduler's.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

from kubeproof.sandbox.controllers.fields import object_at, objects_at, spec_of
from kubeproof.sandbox.controllers.quantities import amount
from kubeproof.sandbox.controllers.selectors import node_term_matches
from kubeproof.sandbox.controllers.taints import SCHEDULING_EFFECTS, is_tolerated, untolerated
from kubeproof.sandbox.objects import Object, matches, name_of

_ROUNDING = 1e-6

UNSCHEDULABLE_TAINT: Object = {
    "key": "node.kubernetes.io/unschedulable",
    "effect": "NoSchedule",
}


class Misfit(NamedTuple):
    """Why a node is out, and whether the eviction of other Pods could help."""

    reasons: tuple[str, ...]
    preemptible: bool = False


def node_misfit(pod: Object, node: Object, residents: Sequence[Object]) -> Misfit | None:
    """The first filter that rules the node out; None if the Pod fits.

    `residents` are the Pods on the node that have not ended.
    """
    if reason := _rejection(pod, node):
        return Misfit((reason,))
    if not ports_are_free(pod, residents):
        return Misfit(("node(s) didn't have free ports for the requested pod ports",), True)
    return _resources_misfit(pod, node, residents)


def _rejection(pod: Object, node: Object) -> str:
    """Why the node itself is out, whoever runs on it; empty if it is not."""
    if not _is_named(pod, node):
        return "node(s) didn't satisfy plugin(s) [NodeAffinity]"
    cordoned = spec_of(node).get("unschedulable")
    tolerations = objects_at(pod, "spec", "tolerations")
    if cordoned and not is_tolerated(UNSCHEDULABLE_TAINT, tolerations):
        return "node(s) were unschedulable"
    if untolerated(pod, node, SCHEDULING_EFFECTS):
        return "node(s) had untolerated taint(s)"
    if not is_selected_node(pod, node):
        return "node(s) didn't match Pod's node affinity/selector"
    return ""


def _required_terms(pod: Object) -> list[Object] | None:
    affinity = object_at(pod, "spec", "affinity", "nodeAffinity")
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return None
    return objects_at(cast(Object, required), "nodeSelectorTerms")


def _is_named(pod: Object, node: Object) -> bool:
    """Whether a Pod that names its nodes by metadata.name (as DaemonSets do) names this one."""
    terms = _required_terms(pod) or []
    named = [_names(term) for term in terms]
    if not terms or any(names is None for names in named):
        return True
    return any(names is not None and name_of(node) in names for names in named)


def _names(term: Object) -> list[str] | None:
    for item in objects_at(term, "matchFields"):
        if item.get("key") == "metadata.name" and item.get("operator") == "In":
            return cast("list[str]", item.get("values") or [])
    return None


def is_selected_node(pod: Object, node: Object) -> bool:
    """Whether nodeSelector and the required node affinity choose the node."""
    if not matches(spec_of(pod).get("nodeSelector") or {}, node):
        return False
    terms = _required_terms(pod)
    return terms is None or any(node_term_matches(term, node) for term in terms)


def host_ports(pod: Object) -> list[tuple[str, str, int]]:
    """Address, protocol and number of every port the Pod takes on its node."""
    sidecars = (
        item
        for item in objects_at(pod, "spec", "initContainers")
        if item.get("restartPolicy") == "Always"
    )
    return [
        (port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", int(port["hostPort"]))
        for container in [*objects_at(pod, "spec", "containers"), *sidecars]
        for port in objects_at(container, "ports")
        if port.get("hostPort")
    ]


def ports_are_free(pod: Object, residents: Sequence[Object]) -> bool:
    """Whether no resident has one of the Pod's host ports on the same or on every address."""
    wanted = host_ports(pod)
    taken = [port for other in residents for port in host_ports(other)] if wanted else []
    return not any(_clash(one, other) for one in wanted for other in taken)


def _clash(one: tuple[str, str, int], other: tuple[str, str, int]) -> bool:
    same_address = one[0] == other[0] or "0.0.0.0" in (one[0], other[0])
    return same_address and one[1:] == other[1:]


def requests_of(pod: Object) -> dict[str, float]:
    """What the Pod asks for: containers and sidecars together, or the largest init container."""
    running: dict[str, float] = {}
    largest: dict[str, float] = {}
    for container in objects_at(pod, "spec", "initContainers"):
        asked = _requests(container)
        if container.get("restartPolicy") == "Always":
            running = _sum(running, asked)
        else:
            peak = _sum(running, asked)
            largest = {key: max(largest.get(key, 0), peak.get(key, 0)) for key in largest | peak}
    for container in objects_at(pod, "spec", "containers"):
        running = _sum(running, _requests(container))
    return {key: max(running.get(key, 0), largest.get(key, 0)) for key in running | largest}


def _requests(container: Object) -> dict[str, float]:
    asked = object_at(container, "resources", "requests")
    return {name: amount(quantity) for name, quantity in asked.items()}


def _sum(left: dict[str, float], right: dict[str, float]) -> dict[str, float]:
    return {key: left.get(key, 0) + right.get(key, 0) for key in left | right}


def _resources_misfit(pod: Object, node: Object, residents: Sequence[Object]) -> Misfit | None:
    allocatable = object_at(node, "status", "allocatable")
    reasons: list[str] = []
    possible = True
    if len(residents) + 1 > amount(allocatable.get("pods", 110)):
        reasons.append("Too many pods")
    used: dict[str, float] = {}
    asked = requests_of(pod)
    if asked:
        for other in residents:
            used = _sum(used, requests_of(other))
    for name, wanted in asked.items():
        total = amount(allocatable.get(name, 0))
        if wanted and wanted + used.get(name, 0) > total + _ROUNDING:
            reasons.append(f"Insufficient {name}")
            possible = possible and wanted <= total
    return Misfit(tuple(reasons), possible) if reasons else None
