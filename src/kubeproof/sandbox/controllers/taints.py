"""Taints of nodes and tolerations of Pods.

Source: "Taints and Tolerations" in the Kubernetes documentation.
"""

from collections.abc import Iterable, Sequence

from kubeproof.sandbox.controllers.fields import objects_at
from kubeproof.sandbox.objects import Object

SCHEDULING_EFFECTS = frozenset(("NoSchedule", "NoExecute"))


def tolerates(toleration: Object, taint: Object) -> bool:
    """Whether one toleration covers a taint; an empty key with Exists covers every key."""
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    have, wanted = str(taint.get("value") or ""), str(toleration.get("value") or "")
    match toleration.get("operator") or "Equal":
        case "Exists":
            return True
        case "Gt":
            return _is_number(have, wanted) and int(have) > int(wanted)
        case "Lt":
            return _is_number(have, wanted) and int(have) < int(wanted)
        case _:
            return bool(toleration.get("key")) and have == wanted


def _is_number(*texts: str) -> bool:
    return all(text.removeprefix("-").isdecimal() for text in texts)


def is_tolerated(taint: Object, tolerations: Iterable[Object]) -> bool:
    """Whether any of the tolerations covers a taint."""
    return any(tolerates(toleration, taint) for toleration in tolerations)


def untolerated(pod: Object, node: Object, effects: frozenset[str]) -> list[Object]:
    """The node's taints of these effects that the Pod does not tolerate."""
    tolerations = objects_at(pod, "spec", "tolerations")
    return [
        taint
        for taint in objects_at(node, "spec", "taints")
        if taint.get("effect") in effects and not is_tolerated(taint, tolerations)
    ]


def eviction_delay(pod: Object, taints: Sequence[Object]) -> float | None:
    """Seconds until NoExecute taints drive the Pod off its node; None if they never do.

    0 for a taint it does not tolerate, else the shortest tolerationSeconds of those that cover
    the taints.
    """
    delays: list[float] = []
    tolerations = objects_at(pod, "spec", "tolerations")
    for taint in taints:
        if taint.get("effect") != "NoExecute":
            continue
        covering = [item for item in tolerations if tolerates(item, taint)]
        if not covering:
            return 0
        limits = [item["tolerationSeconds"] for item in covering if "tolerationSeconds" in item]
        delays += [max(float(seconds), 0) for seconds in limits]
    return min(delays, default=None)
