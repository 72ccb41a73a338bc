"""Filters and preferences of the scheduler that look at the Pods of all nodes.

Affinity and anti-affinity between Pods, and topology spread constraints.
Source: "Assigning Pods to Nodes" and "Pod Topology Spread Constraints" in the Kubernetes
documentation; the wording is kube-scheduler's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from kubeproof.sandbox.controllers.fields import is_being_deleted, object_at, objects_at, spec_of
from kubeproof.sandbox.controllers.node_fit import Misfit, is_selected_node
from kubeproof.sandbox.controllers.pods import node_of
from kubeproof.sandbox.controllers.selectors import selects
from kubeproof.sandbox.objects import Object, labels_of, name_of, namespace_of

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


class Neighbourhood(NamedTuple):
    """All nodes by name, the Pods bound to them that have not ended, and all namespaces."""

    nodes: Mapping[str, Object]
    pods: Sequence[Object]
    namespaces: Mapping[str, Object]

    def place_of(self, pod: Object, topology_key: str) -> str | None:
        """The value of a topology label on the Pod's node."""
        node = self.nodes.get(node_of(pod))
        return labels_of(node).get(topology_key) if node is not None else None

    def term_selects(self, term: Object, owner: Object, pod: Object) -> bool:
        """Whether an affinity term of `owner` chooses another Pod."""
        selector = term.get("labelSelector")
        if selector is None or not self._in_scope(term, owner, pod):
            return False
        return selects(cast(Object, selector), labels_of(pod))

    def _in_scope(self, term: Object, owner: Object, pod: Object) -> bool:
        names: list[str] = term.get("namespaces") or []
        by_label = term.get("namespaceSelector")
        if not names and by_label is None:
            return namespace_of(pod) == namespace_of(owner)
        if namespace_of(pod) in names:
            return True
        namespace = self.namespaces.get(namespace_of(pod))
        if by_label is None or namespace is None:
            return False
        return selects(cast(Object, by_label), labels_of(namespace))


def _terms(pod: Object, kind: str) -> list[Object]:
    return objects_at(pod, "spec", "affinity", kind, _REQUIRED)


def affinity_misfit(pod: Object, node: Object, around: Neighbourhood) -> Misfit | None:
    """Why Pods elsewhere rule the node out; None if they do not."""
    if not _affinity_holds(pod, node, around):
        return Misfit(("node(s) didn't match pod affinity rules",))
    if any(_is_near(term, pod, node, around) for term in _terms(pod, "podAntiAffinity")):
        return Misfit(("node(s) didn't match pod anti-affinity rules",), True)
    if _is_repelled(pod, node, around):
        return Misfit(("node(s) didn't satisfy existing pods anti-affinity rules",), True)
    return None


def _is_near(term: Object, pod: Object, node: Object, around: Neighbourhood) -> bool:
    """Whether a Pod the term chooses runs in the node's topology domain."""
    key = term["topologyKey"]
    place = labels_of(node).get(key)
    return place is not None and any(
        around.place_of(other, key) == place and around.term_selects(term, pod, other)
        for other in around.pods
    )


def _affinity_holds(pod: Object, node: Object, around: Neighbourhood) -> bool:
    terms = _terms(pod, "podAffinity")
    if any(term["topologyKey"] not in labels_of(node) for term in terms):
        return False
    if all(_is_near(term, pod, node, around) for term in terms):
        return True
    # the first of a group that wants to be together may go anywhere
    alone = not any(around.term_selects(t, pod, other) for t in terms for other in around.pods)
    return alone and all(around.term_selects(term, pod, pod) for term in terms)


def _is_repelled(pod: Object, node: Object, around: Neighbourhood) -> bool:
    for other in around.pods:
        for term in _terms(other, "podAntiAffinity"):
            place = labels_of(node).get(term["topologyKey"])
            if place is None or around.place_of(other, term["topologyKey"]) != place:
                continue
            if around.term_selects(term, other, pod):
                return True
    return False


def spread_misfit(pod: Object, node: Object, around: Neighbourhood) -> Misfit | None:
    """Which topology spread constraint (DoNotSchedule) rules the node out; None if none does."""
    reason = "node(s) didn't match pod topology spread constraints"
    hard = [item for item in _constraints(pod) if item["whenUnsatisfiable"] == "DoNotSchedule"]
    if any(item["topologyKey"] not in labels_of(node) for item in hard):
        return Misfit((f"{reason} (missing required label)",))
    if any(_skews(item, pod, node, around) for item in hard):
        return Misfit((reason,), True)
    return None


def _constraints(pod: Object) -> list[Object]:
    return objects_at(pod, "spec", "topologySpreadConstraints")


def _skews(constraint: Object, pod: Object, node: Object, around: Neighbourhood) -> bool:
    counts = _domain_counts(constraint, pod, around)
    here = labels_of(node)[constraint["topologyKey"]]
    least = min(counts.values(), default=0)
    if len(counts) < int(constraint.get("minDomains") or 1):
        least = 0
    itself = selects(object_at(constraint, "labelSelector"), labels_of(pod))
    return counts.get(here, 0) + itself - least > int(constraint["maxSkew"])


def _domain_counts(constraint: Object, pod: Object, around: Neighbourhood) -> dict[str, int]:
    """How many Pods the constraint counts in every domain that has a node for the Pod."""
    key = constraint["topologyKey"]
    nodes = {
        name: node
        for name, node in around.nodes.items()
        if key in labels_of(node) and is_selected_node(pod, node)
    }
    counts = {labels_of(node)[key]: 0 for node in nodes.values()}
    selector = object_at(constraint, "labelSelector")
    for other in around.pods:
        counted = node_of(other) in nodes and not is_being_deleted(other)
        same_namespace = namespace_of(other) == namespace_of(pod)
        if counted and same_namespace and selects(selector, labels_of(other)):
            counts[labels_of(nodes[node_of(other)])[key]] += 1
    return counts


def preference(pod: Object, node: Object, around: Neighbourhood) -> int:
    """How much the Pod's preferred affinities want the node: the sum of their weights."""
    wanted = _weights(pod, "podAffinity", node, around)
    return wanted - _weights(pod, "podAntiAffinity", node, around)


def _weights(pod: Object, kind: str, node: Object, around: Neighbourhood) -> int:
    preferred = objects_at(pod, "spec", "affinity", kind, _PREFERRED)
    return sum(
        int(item["weight"])
        for item in preferred
        if _is_near(cast(Object, item["podAffinityTerm"]), pod, node, around)
    )


def soft_skew(pod: Object, node: Object, around: Neighbourhood) -> int:
    """How many Pods ScheduleAnyway constraints already count in the node's domains."""
    soft = (item for item in _constraints(pod) if item["whenUnsatisfiable"] == "ScheduleAnyway")
    return sum(
        _domain_counts(item, pod, around).get(labels_of(node).get(item["topologyKey"], ""), 0)
        for item in soft
    )


def nodes_by_name(nodes: Iterable[Object]) -> dict[str, Object]:
    """Nodes by their names."""
    return {name_of(node): node for node in nodes}


def needs_neighbours(pod: Object) -> bool:
    """Whether where the Pod may go depends on where other Pods are."""
    affinity = object_at(pod, "spec", "affinity")
    return bool(
        affinity.get("podAffinity")
        or affinity.get("podAntiAffinity")
        or spec_of(pod).get("topologySpreadConstraints")
    )
