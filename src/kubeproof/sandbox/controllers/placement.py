"""Which node a Pod goes to, or the words that say why it goes nowhere.

Filters as kube-scheduler has them, in its order; among the nodes that are left the one with the
fewest Pods of the same kind, then with the fewest Pods.
Source: "Kubernetes Scheduler" in the Kubernetes documentation.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

from kubeproof.sandbox.controllers.fields import objects_at
from kubeproof.sandbox.controllers.node_fit import Misfit, node_misfit
from kubeproof.sandbox.controllers.pod_affinity import (
    Neighbourhood,
    affinity_misfit,
    preference,
    soft_skew,
    spread_misfit,
)
from kubeproof.sandbox.controllers.pods import node_of
from kubeproof.sandbox.controllers.selectors import node_term_matches
from kubeproof.sandbox.controllers.taints import untolerated
from kubeproof.sandbox.objects import Object, name_of

_PREFER_NO_SCHEDULE = frozenset(("PreferNoSchedule",))


class Placement(NamedTuple):
    """The node for a Pod; empty if there is none, with the message that says why."""

    node: str = ""
    message: str = ""


def place(pod: Object, around: Neighbourhood, is_sibling: Callable[[Object], bool]) -> Placement:
    """Choose a node. `is_sibling` tells of other Pods whether to keep apart from them."""
    if not around.nodes:
        return Placement(message="no nodes available to schedule pods")
    residents: dict[str, list[Object]] = {name: [] for name in around.nodes}
    for other in around.pods:
        residents.setdefault(node_of(other), []).append(other)
    misfits = {
        name: _misfit(pod, node, residents[name], around) for name, node in around.nodes.items()
    }
    fitting = [around.nodes[name] for name, misfit in misfits.items() if misfit is None]
    if not fitting:
        return Placement(message=unschedulable_message([m for m in misfits.values() if m]))
    return Placement(
        name_of(min(fitting, key=lambda node: _rank(pod, node, residents, around, is_sibling)))
    )


def _misfit(
    pod: Object, node: Object, residents: Sequence[Object], around: Neighbourhood
) -> Misfit | None:
    return (
        node_misfit(pod, node, residents)
        or spread_misfit(pod, node, around)
        or affinity_misfit(pod, node, around)
    )


def _rank(
    pod: Object,
    node: Object,
    residents: dict[str, list[Object]],
    around: Neighbourhood,
    is_sibling: Callable[[Object], bool],
) -> tuple[object, ...]:
    """The lower, the better."""
    here = residents[name_of(node)]
    return (
        len(untolerated(pod, node, _PREFER_NO_SCHEDULE)),
        -node_preference(pod, node) - preference(pod, node, around),
        soft_skew(pod, node, around),
        sum(is_sibling(other) for other in here),
        len(here),
        name_of(node),
    )


def node_preference(pod: Object, node: Object) -> int:
    """How much the Pod's preferred node affinity wants the node: the sum of its weights."""
    terms = objects_at(
        pod, "spec", "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"
    )
    return sum(
        int(term["weight"])
        for term in terms
        if node_term_matches(cast(Object, term["preference"]), node)
    )


def unschedulable_message(misfits: Sequence[Misfit]) -> str:
    """The message of the PodScheduled condition, as kube-scheduler words it."""
    nowhere = f"0/{len(misfits)} nodes are available: "
    reasons = Counter(reason for misfit in misfits for reason in misfit.reasons)
    preemption = Counter(
        "No preemption victims found for incoming pod"
        if misfit.preemptible
        else "Preemption is not helpful for scheduling"
        for misfit in misfits
    )
    return (
        f"{nowhere}{_histogram(reasons)} "
        f"no new claims to deallocate, preemption: {nowhere}{_histogram(preemption)}"
    )


def _histogram(reasons: "Counter[str]") -> str:
    return ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items())) + "."
