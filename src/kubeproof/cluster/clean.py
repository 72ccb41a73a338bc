"""What earlier runs left behind, found by their labels, and why a namespace does not go."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kubeproof.cluster.api_kinds import NETWORKING, readable
from kubeproof.cluster.marks import MANAGED_BY, RUN
from kubeproof.cluster.node_marks import Mark, marks_of, take_off
from kubeproof.errors import Misuse, NotSettled
from kubeproof.model import Object
from kubeproof.waiting import Budgets, settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

AT_ONCE = 8
# What a run makes, the last of it by way of a controller.
_MADE = (("Pod", "v1"), ("Service", "v1"), ("EndpointSlice", "discovery.k8s.io/v1"))
# What runs make that is in no namespace.
_LEFT = {"Namespace": "v1", "ServiceCIDR": NETWORKING, "IPAddress": NETWORKING}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that a run made and that is still there: a namespace, or what is in none."""

    name: str
    run: str
    age: timedelta
    kind: str = "Namespace"
    mark: Mark | None = None  # where it is a node's label or taint

    def __str__(self) -> str:
        if self.mark:
            what = f"what node {self.name} is {self.mark.what} with, {self.mark.key}"
            return f"{what} of run {self.run}, {worded(self.age)} old"
        kind = "namespace" if self.kind == "Namespace" else self.kind
        return f"{kind} {self.name} of run {self.run}, {worded(self.age)} old"


def leftovers(api: "Api", older_than: timedelta = timedelta(0)) -> list[Leftover]:
    """What all runs left that is at least that old, the oldest first.

    Both of a run's labels have to be there: a name alone proves nothing.
    """
    now = datetime.now(UTC)
    labels = f"{MANAGED_BY}=kubeproof,{RUN}"
    found = [_leftover("Namespace", obj, now) for obj in api.list("Namespace", labels=labels)]
    found += _marks(api)
    for kind in ("ServiceCIDR", "IPAddress"):
        there = readable(api, kind, NETWORKING, labels=labels) or ()
        found += [_leftover(kind, obj, now) for obj in there]
    old = [one for one in found if one.age >= older_than]
    return sorted(old, key=lambda one: one.age, reverse=True)


def remove(
    api: "Api", found: Sequence[Leftover], budgets: Budgets, say: Callable[[str], None]
) -> None:
    """Delete all this, wait until the namespaces are gone, and say of each that it is removed.

    A ServiceCIDR goes by itself once no Service of those namespaces has an address of it.

    Raises:
        NotSettled: one does not go; the text has what holds it.
    """
    for one in found:
        say(f"removing {one}")
        if one.mark:
            take_off(api, one.name, one.mark)
            continue
        if one.kind == "Namespace":
            drop_contents(api, one.name)
        api.delete(one.kind, one.name, group=_LEFT[one.kind])
    await_gone(api, [one.name for one in found if one.kind == "Namespace"], budgets)


def drop_contents(api: "Api", namespace: str) -> None:
    """Delete a namespace's Services, and its Pods at once.

    The namespace controller would begin late, and come back only after half the grace period. No
    Pod of a run holds anything that it would have to put away, so that none needs such a period;
    but one among its node's own processes may have to mend the node, and keeps it.
    """

    def drop(obj: Object) -> None:
        at_once = obj["kind"] == "Pod" and not obj["spec"].get("hostPID")
        name, grace = str(obj["metadata"]["name"]), 0 if at_once else None
        api.delete(obj["kind"], name, namespace, grace_seconds=grace)

    there = [obj for kind in ("Service", "Pod") for obj in api.list(kind, namespace)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(drop, there))


def await_empty(api: "Api", namespaces: Sequence[str], budgets: Budgets) -> None:
    """Wait until nothing that a run makes is left in namespaces that are being deleted.

    The namespaces themselves go a little later: the namespace controller lets five seconds pass
    before it looks at one (kube-controller-manager, namespaceDeletionGracePeriod).

    Raises:
        NotSettled: something does not go; the text has what, and what holds it.
    """

    def left() -> list[str]:
        return [
            f"{obj['kind']} {obj['metadata']['name']} in {name}"
            for name in namespaces
            for kind, group in _MADE
            for obj in api.list(kind, name, group=group)
        ]

    try:
        settle(
            left,
            lambda found: not found,
            what="the namespaces of the run are empty",
            within=budgets.pods_ready,
            every=budgets.control_plane_poll / 5,
        )
    except NotSettled as error:
        there = api.list("Namespace", labels=f"{MANAGED_BY}=kubeproof")
        held = [holding(obj) for obj in there if obj["metadata"]["name"] in namespaces]
        raise NotSettled("; ".join([str(error), *held])) from error


def await_gone(api: "Api", namespaces: Sequence[str], budgets: Budgets) -> None:
    """Wait until namespaces that are being deleted are gone.

    Raises:
        NotSettled: one does not go; the text has what holds it.
    """

    def left() -> list[Object]:
        there = api.list("Namespace", labels=f"{MANAGED_BY}=kubeproof")
        return [obj for obj in there if obj["metadata"]["name"] in namespaces]

    try:
        settle(
            lambda: [obj["metadata"]["name"] for obj in left()],
            lambda names: not names,
            what="the namespaces of the run are gone",
            within=budgets.pods_ready,
            every=budgets.control_plane_poll,
        )
    except NotSettled as error:
        held = "; ".join(map(holding, left()))
        raise NotSettled(f"{error}; {held}" if held else str(error)) from error


def holding(namespace: Object) -> str:
    """What keeps a namespace from going, in the words of its own status.

    The namespace controller tells what is left and which finalizers hold it (API reference,
    NamespaceCondition: NamespaceContentRemaining, NamespaceFinalizersRemaining, ...).
    """
    name = namespace["metadata"]["name"]
    conditions: list[Object] = namespace.get("status", {}).get("conditions") or []
    told = [str(one.get("message", "")) for one in conditions if one.get("status") == "True"]
    finalizers: list[str] = [
        *(namespace["metadata"].get("finalizers") or []),
        *(namespace.get("spec", {}).get("finalizers") or []),
    ]
    why = told or [f"its finalizers are {', '.join(finalizers) or 'none'}"]
    return f"namespace {name} is held: {' '.join(why)}"


def age_of(text: str) -> timedelta:
    """A length of time such as ``90s``, ``30m``, ``2h`` or ``1d``.

    Raises:
        Misuse: it is none.
    """
    if not (found := re.fullmatch(r"(\d{1,9})([smhd])", text)):
        raise Misuse(f"--older-than takes a time such as 90s, 30m, 2h or 1d, not {text!r}")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _marks(api: "Api") -> list[Leftover]:
    return [
        Leftover(node["metadata"]["name"], mark.run, mark.age, "Node", mark)
        for node in api.list("Node")
        for mark in marks_of(node)
        if mark.run
    ]


def _leftover(kind: str, obj: Object, now: datetime) -> Leftover:
    meta = obj["metadata"]
    made = datetime.fromisoformat(str(meta["creationTimestamp"]).replace("Z", "+00:00"))
    return Leftover(meta["name"], meta["labels"][RUN], now - made, kind)


def worded(age: timedelta) -> str:
    """A length of time in its largest unit, such as ``3h``."""
    seconds = max(0, int(age.total_seconds()))
    unit = next((unit for unit in "dhm" if seconds >= _UNITS[unit]), "s")
    return f"{seconds // _UNITS[unit]}{unit}"
