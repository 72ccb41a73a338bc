"""Refusals of a Service: which are answers to a scenario, and which are somebody else's doing."""

import re
from typing import TYPE_CHECKING

from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken
from kubeproof.model import Service

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

_PORT_TAKEN = re.compile(r"Invalid value: (\d+): provided port is already allocated")


def answer_in(refusal: Rejected, api: "Api", namespace: str) -> Rejected:
    """The refusal, if it says something of the Service that was to be in this namespace.

    Raises:
        CheckBroken: it is about what somebody else has or rules there.
    """
    if not refusal.is_answer:
        raise refusal
    if holder := _holder_elsewhere(refusal.message, api, namespace):
        raise CheckBroken(f"{refusal}; {holder} has that node port: free it while the run lasts")
    return refusal


def _holder_elsewhere(message: str, api: "Api", namespace: str) -> str:
    """Who has a node port that is refused as taken, if that is nobody in this namespace."""
    if not (found := _PORT_TAKEN.search(message)):
        return ""
    services = map(Service.of, api.list("Service"))
    holders = [one for one in services if int(found[1]) in {p.node_port for p in one.ports}]
    if any(one.namespace == namespace for one in holders):
        return ""
    return next((f"Service {one.namespace}/{one.name}" for one in holders), "")
