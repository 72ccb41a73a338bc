"""Refusals of a Service: which are answers to a scenario, and which are somebody else's doing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubeproof.cluster.marks import MANAGED_BY
from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken, NotSettled
from kubeproof.model import Object, Service
from kubeproof.waiting import Budgets, settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

_PORT_TAKEN = re.compile(r"Invalid value: (\d+): provided port is already allocated")


def granted(
    wish: Callable[[], Object], api: "Api", namespace: str, budgets: Budgets
) -> Object | Rejected:
    """What becomes of creating or changing a Service in this namespace: the object, or a refusal.

    A node port that another scenario has, of this run or of another, is waited for: the scenarios
    of several workers ask for the same ones, and each has its own for seconds only.

    Raises:
        CheckBroken: the refusal is about what somebody else has or rules there.
    """

    def look() -> Object | Rejected | _PortLent:
        try:
            return wish()
        except Rejected as refusal:
            return _told(refusal, api, namespace)

    try:
        seen = settle(
            look,
            lambda seen: not isinstance(seen, _PortLent),
            what="another scenario gives back the node port that this one asks for",
            within=budgets.node_port,
            every=budgets.control_plane_poll,
        )
    except NotSettled as late:
        seen = look()
        if isinstance(seen, _PortLent) and seen.holder:
            raise CheckBroken(
                f"{late}; what a killed run left goes with: kubeproof clean"
            ) from late
    return seen.refusal if isinstance(seen, _PortLent) else seen  # nobody has it, and yet


@dataclass(frozen=True, slots=True)
class _PortLent:
    """The node port is another scenario's for the moment, or nobody's any more: no holder."""

    refusal: Rejected
    holder: str

    def __str__(self) -> str:
        return str(self.refusal)


def _told(refusal: Rejected, api: "Api", namespace: str) -> Rejected | _PortLent:
    if not refusal.is_answer:
        raise refusal
    if not (found := _PORT_TAKEN.search(refusal.message)):
        return refusal
    holders = [obj["metadata"] for obj in api.list("Service") if _has(obj, int(found[1]))]
    if any(one["namespace"] == namespace for one in holders):
        return refusal
    strangers = [one for one in holders if not _is_ours(one)]
    if not strangers:
        return _PortLent(refusal, ", ".join(str(one["namespace"]) for one in holders))
    name = f"{strangers[0]['namespace']}/{strangers[0]['name']}"
    raise CheckBroken(f"{refusal}; Service {name} has that node port: free it while the run lasts")


def _is_ours(metadata: Object) -> bool:
    marks: Object = metadata.get("annotations") or {}
    return bool(marks.get(MANAGED_BY) == "kubeproof")


def _has(obj: Object, number: int) -> bool:
    return number in {port.node_port for port in Service.of(obj).ports}
