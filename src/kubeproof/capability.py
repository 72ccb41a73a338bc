"""What a cluster may or may not offer; a scenario names what it needs and is skipped without it.

A scenario asks with a tag: ``@capability:load-balancer``. Detection belongs to the cluster.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubeproof.errors import Misuse

PREFIX = "capability:"

MEANING: Mapping[str, str] = {
    "two-nodes": "at least two nodes on which Pods can be scheduled",
    "three-nodes": "at least three nodes on which Pods can be scheduled",
    "outside": "a client that is not in the cluster and reaches the nodes' addresses",
    "second-outside": "a second client outside, with another address than the first",
    "load-balancer": "an implementation that gives LoadBalancer Services an external IP",
    "host-network": "Pods that use their node's own network are admitted",
    "kubectl": "kubectl on this machine, which is the operator's tool",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a cluster has a capability, and how that was found out or what is missing."""

    present: bool
    reason: str


def named(tag: str) -> str | None:
    """The capability that a tag asks for; None where the tag is about something else.

    Raises:
        Misuse: the tag asks for a capability that does not exist.
    """
    if not tag.startswith(PREFIX):
        return None
    name = tag.removeprefix(PREFIX)
    if name not in MEANING:
        raise Misuse(f"unknown capability {name!r} in tag @{tag}; choose {', '.join(MEANING)}")
    return name


def missing(needed: Iterable[str], found: Mapping[str, Finding]) -> list[str]:
    """Why a scenario cannot run: one sentence for each capability that is not there."""
    return [
        f"{found[name].reason} ({PREFIX}{name}: {MEANING[name]})"
        for name in needed
        if not found[name].present
    ]
