"""Refusals of a Service: which are answers to a scenario, and which are somebody else's doing."""

import re
from collections.abc import Callable
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
    create: Callable[[], Object], api: "Api", namespace: str, budgets: Budgets
) -> Object | Rejected:
    """What becomes of creating a Service in this namespace: the object, or a refusal of it.

    A node port that another scenario has, of this run or of another, is waited for: the scenarios
    of several workers ask for the same ones, and each has its own for seconds only.

    Raises:
        CheckBroken: the refusal is about what somebody else has or rules there.
    """

    def look() -> Object | Rejected:
        try:
            return create()
        except Rejected as refusal:
            return refusal

    def decided(seen: Object | Rejected) -> bool:
        return not isinstance(seen, Rejected) or not _is_lent(seen, api, namespace)

    try:
        seen = settle(
            look,
            decided,
            what="another scenario gives back the node port that this one asks for",
            within=budgets.node_port,
            every=budgets.control_plane_poll,
        )
    except NotSettled as late:
        raise CheckBroken(f"{late}; what a killed run left goes with: kubeproof clean") from late
    return answer_in(seen, api, namespace) if isinstance(seen, Rejected) else seen


def answer_in(refusal: Rejected, api: "Api", namespace: str) -> Rejected:
    """The refusal, if it says something of the Service that was to be in this namespace.

    Raises:
        CheckBroken: it is about what somebody else has or rules there.
    """
    if not refusal.is_answer:
        raise refusal
    if holder := _holder_elsewhere(refusal, api, namespace):
        name = f"{holder['metadata']['namespace']}/{holder['metadata']['name']}"
        raise CheckBroken(
            f"{refusal}; Service {name} has that node port: free it while the run lasts"
        )
    return refusal


def _is_lent(refusal: Rejected, api: "Api", namespace: str) -> bool:
    """Whether a scenario somewhere else has the node port that is refused as taken."""
    holder = _holder_elsewhere(refusal, api, namespace)
    labels: Object = holder["metadata"].get("labels") or {} if holder else {}
    return bool(labels.get(MANAGED_BY) == "kubeproof")


def _holder_elsewhere(refusal: Rejected, api: "Api", namespace: str) -> Object | None:
    """Who has a node port that is refused as taken, if that is nobody in this namespace."""
    if not (found := _PORT_TAKEN.search(refusal.message)):
        return None
    holders = [obj for obj in api.list("Service") if _has_node_port(obj, int(found[1]))]
    if any(obj["metadata"]["namespace"] == namespace for obj in holders):
        return None
    return holders[0] if holders else None


def _has_node_port(obj: Object, number: int) -> bool:
    return number in {port.node_port for port in Service.of(obj).ports}
