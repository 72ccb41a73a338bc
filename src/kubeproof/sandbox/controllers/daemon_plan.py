"""Which nodes a DaemonSet lacks Pods on, and which of its Pods have to go.

Source: "DaemonSet" and "Perform a Rolling Update on a DaemonSet" in the Kubernetes documentation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias, cast

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.controllers.fields import (
    created_at,
    is_being_deleted,
    object_at,
    objects_at,
    spec_of,
    status_of,
)
from kubeproof.sandbox.controllers.node_fit import is_selected_node
from kubeproof.sandbox.controllers.pods import is_available, is_finished, is_ready, node_of
from kubeproof.sandbox.controllers.rollout import scaled
from kubeproof.sandbox.controllers.taints import untolerated
from kubeproof.sandbox.objects import Object, labels_of, meta, name_of

HASH_LABEL = "controller-revision-hash"
GENERATION_LABEL = "pod-template-generation"
_NODE_TAINTS = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


Availability: TypeAlias = Callable[[Object], bool]
"""Whether a Pod has been Ready for long enough."""


@dataclass(slots=True)
class DaemonChanges:
    """Names of nodes that need a Pod, and Pods that have to go."""

    create: list[str] = field(default_factory=list[str])
    delete: list[Object] = field(default_factory=list[Object])


class Suitability(NamedTuple):
    """Whether a node should get a Pod of the DaemonSet, and whether it may keep one it has."""

    should_run: bool
    may_stay: bool


def daemon_template(daemon_set: Object, revision: str) -> Object:
    """The Pod template with the revision's label and the tolerations daemon Pods have."""
    template = copied(spec_of(daemon_set)["template"])
    labels = object_at(template, "metadata", "labels") | {HASH_LABEL: revision}
    generation = meta(daemon_set).get("generation")
    if generation is not None:
        labels[GENERATION_LABEL] = str(generation)
    meta(template)["labels"] = labels
    spec = cast(Object, template["spec"])
    wanted = list(_NODE_TAINTS)
    if spec.get("hostNetwork"):
        wanted.append(("node.kubernetes.io/network-unavailable", "NoSchedule"))
    tolerations = objects_at(spec, "tolerations")
    added = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in wanted]
    kept = [item for item in tolerations if (item.get("key"), item.get("effect")) not in wanted]
    spec["tolerations"] = [*kept, *added]
    return template


def pinned(template: Object, node: str) -> Object:
    """The template with a required node affinity for one node by its name."""
    pod = copied(template)
    affinity: Object = pod["spec"].setdefault("affinity", {})
    node_affinity: Object = affinity.setdefault("nodeAffinity", {})
    requirement = {"key": "metadata.name", "operator": "In", "values": [node]}
    node_affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {
        "nodeSelectorTerms": [{"matchFields": [requirement]}]
    }
    return pod


def target_node(pod: Object) -> str:
    """The node a daemon Pod is for: where it is bound, or where its affinity pins it."""
    if node_of(pod):
        return node_of(pod)
    required = object_at(
        pod, "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    for term in objects_at(required, "nodeSelectorTerms"):
        for item in objects_at(term, "matchFields"):
            if item.get("key") == "metadata.name" and len(item.get("values") or []) == 1:
                return str(item["values"][0])
    return ""


def suitability(daemon_set: Object, node: Object) -> Suitability:
    """Whether the DaemonSet's Pods belong on the node."""
    template = daemon_template(daemon_set, "")
    named = spec_of(template).get("nodeName") or name_of(node)
    if named != name_of(node) or not is_selected_node(template, node):
        return Suitability(False, False)
    driven_off = bool(untolerated(template, node, frozenset(("NoExecute",))))
    kept_out = bool(untolerated(template, node, frozenset(("NoSchedule",))))
    return Suitability(not driven_off and not kept_out, not driven_off)


def changes_on_node(
    daemon_set: Object, node: Object, pods: Sequence[Object], revision: str, moment: datetime
) -> DaemonChanges:
    """What one node needs apart from updates: a first Pod, or the end of superfluous ones."""
    fits = suitability(daemon_set, node)
    alive = [pod for pod in pods if not is_being_deleted(pod)]
    if not fits.may_stay:
        return DaemonChanges(delete=alive)
    if not pods:
        return DaemonChanges(create=[name_of(node)] if fits.should_run else [])
    ended = [pod for pod in alive if is_finished(pod)]
    running = sorted((pod for pod in alive if not is_finished(pod)), key=_age)
    if not allows_surge(daemon_set):
        return DaemonChanges(delete=[*ended, *running[1:]])
    if not running:
        return DaemonChanges([name_of(node)] if fits.should_run else [], ended)
    min_ready = int(spec_of(daemon_set).get("minReadySeconds") or 0)
    return DaemonChanges(delete=[*ended, *_surplus(running, revision, min_ready, moment)])


def _age(pod: Object) -> tuple[object, ...]:
    """Bound and running before others, then oldest first."""
    return not node_of(pod), status_of(pod).get("phase") != "Running", created_at(pod), name_of(pod)


def _surplus(
    running: Sequence[Object], revision: str, min_ready: int, moment: datetime
) -> list[Object]:
    """Surging, a node keeps one Pod of each revision until the new one is available."""
    new = [pod for pod in running if labels_of(pod).get(HASH_LABEL) == revision]
    old = [pod for pod in running if labels_of(pod).get(HASH_LABEL) != revision]
    superfluous = [*new[1:], *old[1:]]
    if not new or not old:
        return superfluous
    if not is_ready(old[0]) or is_available(new[0], min_ready, moment):
        superfluous.append(old[0])
    return superfluous


def update_limits(daemon_set: Object, wanted: int) -> tuple[int, int]:
    """maxSurge and maxUnavailable as numbers of nodes, both rounded up; not both are 0."""
    rolling = object_at(daemon_set, "spec", "updateStrategy", "rollingUpdate")
    surge = scaled(rolling.get("maxSurge") or 0, wanted, up=True)
    unavailable = scaled(rolling.get("maxUnavailable", 1), wanted, up=True)
    return surge, unavailable if surge or unavailable else 1


def allows_surge(daemon_set: Object) -> bool:
    """Whether an update may put a second Pod on a node."""
    return updates_rolling(daemon_set) and update_limits(daemon_set, 1)[0] > 0


def updates_rolling(daemon_set: Object) -> bool:
    """Whether the update strategy is RollingUpdate, which is what it is by default."""
    strategy = object_at(daemon_set, "spec", "updateStrategy")
    return strategy.get("type", "RollingUpdate") == "RollingUpdate"


class _Pair(NamedTuple):
    """The one old and the one new Pod of a node; `crowded` if it has more than that."""

    old: Object | None
    new: Object | None
    crowded: bool


def _pair(pods: Sequence[Object], revision: str) -> _Pair:
    alive = [pod for pod in pods if not is_being_deleted(pod)]
    new = [pod for pod in alive if labels_of(pod).get(HASH_LABEL) == revision]
    old = [pod for pod in alive if labels_of(pod).get(HASH_LABEL) != revision]
    crowded = len(new) > 1 or len(old) > 1
    return _Pair(old[0] if old else None, new[0] if new else None, crowded)


def rolling_changes(
    daemon_set: Object,
    nodes: Mapping[str, Object],
    pods_by_node: Mapping[str, Sequence[Object]],
    revision: str,
    moment: datetime,
) -> DaemonChanges:
    """The next step of a rolling update, within maxUnavailable or maxSurge."""
    wanted = sum(suitability(daemon_set, node).should_run for node in nodes.values())
    surge, unavailable = update_limits(daemon_set, wanted)
    pairs = {name: _pair(pods, revision) for name, pods in pods_by_node.items()}
    min_ready = int(spec_of(daemon_set).get("minReadySeconds") or 0)

    def available(pod: Object) -> bool:
        return is_available(pod, min_ready, moment)

    if surge:
        fitting = [n for n in pairs if n in nodes and suitability(daemon_set, nodes[n]).should_run]
        return _surging(pairs, fitting, surge, wanted, available)
    return _replacing(pairs, unavailable, available)


def _replacing(
    pairs: Mapping[str, _Pair], unavailable: int, available: Availability
) -> DaemonChanges:
    """Delete old Pods: all that are not available anyway, and as many others as may be missing."""
    missing = 0
    dead: list[Object] = []
    candidates: list[Object] = []
    for pair in pairs.values():
        if pair.crowded or (pair.old is None) == (pair.new is None):
            missing += 1
        elif pair.new is not None:
            missing += not available(pair.new)
        elif pair.old is not None and not available(pair.old):
            dead.append(pair.old)
            missing += 1
        elif pair.old is not None:
            candidates.append(pair.old)
    return DaemonChanges(delete=[*dead, *candidates[: max(unavailable - missing, 0)]])


def _surging(
    pairs: Mapping[str, _Pair],
    fitting: Sequence[str],
    surge: int,
    wanted: int,
    available: Availability,
) -> DaemonChanges:
    """Put new Pods beside old ones, at most `surge` at once, and delete old ones they replace."""
    changes = DaemonChanges()
    candidates: list[str] = []
    misplaced: list[Object] = []
    surging = 0
    for node, pair in pairs.items():
        if pair.crowded:
            surging += 1
        elif pair.old is not None and pair.new is not None:
            if available(pair.new):
                changes.delete.append(pair.old)
            else:
                surging += 1
        elif pair.old is not None and node in fitting:
            (candidates if available(pair.old) else changes.create).append(node)
        elif pair.old is not None:
            (misplaced if available(pair.old) else changes.delete).append(pair.old)
    changes.create += candidates[: max(surge - surging, 0)]
    spare = _available_nodes(pairs, available) - wanted
    changes.delete += misplaced[: max(spare, 0)]
    return changes


def _available_nodes(pairs: Mapping[str, _Pair], available: Availability) -> int:
    first = [pair.old or pair.new for pair in pairs.values() if not pair.crowded]
    return sum(pod is not None and available(pod) for pod in first)
