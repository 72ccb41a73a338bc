"""What a cluster may or may not offer; a scenario names what it needs and is skipped without it.

A scenario asks with a tag: ``@capability:load-balancer``, or ``@gate:NAME`` for a feature gate.
Detection belongs to the cluster.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from kubeproof import gates
from kubeproof.errors import Misuse

PREFIX = "capability:"

MEANING: Mapping[str, str] = {
    "two-nodes": "at least two nodes on which Pods can be scheduled",
    "three-nodes": "at least three nodes on which Pods can be scheduled",
    "outside": "a client that is not in the cluster and reaches the nodes' addresses",
    "second-outside": "a second client outside, with another address than the first",
    "load-balancer": "an implementation that gives LoadBalancer Services an external IP",
    "host-network": "Pods that use their node's own network are admitted",
    "vip-load-balancer": "a load balancer that hands packets to nodes unchanged (ipMode VIP)",
    "excluded-nodes": "a load balancer that leaves nodes alone which are labelled so",
    "source-ranges": "a load balancer that heeds loadBalancerSourceRanges",
    "load-balancer-cleanup": "a load balancer that marks its Services until it has cleaned up",
    "zones": "the first two nodes on which Pods can be scheduled are in different zones",
    "external-ips": "Services that may claim addresses by their externalIPs",
    "traffic-distribution": "trafficDistribution with all its preferences (stable since v1.35)",
    "ipv6": "Services with ClusterIPs of IPv6",
    "single-stack": "Services with ClusterIPs of one IP family only",
    "dual-stack": "Services with ClusterIPs of both IP families",
    "network-policy": "a network plugin that enforces NetworkPolicies",
    "sctp": "nodes and a network that carry SCTP",
    "node-health-check": "nodes that tell at port 10256 whether they are fit (kube-proxy v1.31)",
    "kube-proxy": "nodes whose Service proxy is kube-proxy",
    "service-names-with-digits": "Services whose names start with a digit (v1.36 and later)",
    "service-cidr": "ServiceCIDR objects (stable since v1.33)",
    "privileged": "access to the nodes themselves, to see what their kernels keep",
    "kubectl": "kubectl on this machine, which is the operator's tool",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a cluster has a capability, and how that was found out or what is missing."""

    present: bool
    reason: str


class Findings(Mapping[str, Finding]):
    """Every capability; one that has to be tried out is tried when it is first asked for.

    Where a finding is known and can be tried too, it stays as it is known.
    """

    def __init__(
        self, known: Mapping[str, Finding], trials: Mapping[str, Callable[[], Finding]]
    ) -> None:
        self._known = dict(known)
        self._trials = {name: one for name, one in trials.items() if name not in known}

    @property
    def known(self) -> Mapping[str, Finding]:
        """What has been found out so far."""
        return dict(self._known)

    def __getitem__(self, name: str) -> Finding:
        if name not in self._known:
            self._known[name] = self._trials[name]()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known.keys() | self._trials.keys())

    def __len__(self) -> int:
        return len(self._known.keys() | self._trials.keys())


def named(tag: str) -> str | None:
    """The capability that a tag asks for; None where the tag is about something else.

    Raises:
        Misuse: the tag asks for a capability that does not exist.
    """
    if tag.startswith(gates.PREFIX):
        return _gate(tag)
    if not tag.startswith(PREFIX):
        return None
    name = tag.removeprefix(PREFIX)
    if name not in MEANING:
        raise Misuse(f"unknown capability {name!r} in tag @{tag}; choose {', '.join(MEANING)}")
    return name


def _gate(tag: str) -> str:
    if (name := tag.removeprefix(gates.PREFIX)) not in gates.GATES:
        known = ", ".join(gates.GATES)
        raise Misuse(f"unknown feature gate {name!r} in tag @{tag}; choose {known}")
    return tag


def missing(needed: Iterable[str], found: Mapping[str, Finding]) -> list[str]:
    """Why a scenario cannot run: one sentence for each capability that is not there."""
    return [
        f"{found[name].reason} ({_meaning(name)})" for name in needed if not found[name].present
    ]


def _meaning(name: str) -> str:
    return f"{PREFIX}{name}: {MEANING[name]}" if name in MEANING else name
