"""Faults of NetworkPolicies: network plugins that enforce none of them, or too much."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import CLUSTER_IP, CLUSTER_IP_FROM_NODE, LOOKUP

_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"
_DOCS = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"

NETWORK_POLICIES = (
    Fault(
        "policy-ignored",
        "The network plugin takes NetworkPolicies and enforces none.",
        "https://github.com/flannel-io/flannel/issues/558",
        Place.NETWORK,
        seen_by(CLUSTER_IP, "npol-02") | seen_by(LOOKUP, "npol-05"),
    ),
    Fault(
        "policy-by-default",
        "The network plugin isolates Pods that no policy selects.",
        _DOCS + "#the-two-sorts-of-pod-isolation",
        Place.NETWORK,
        seen_by(CLUSTER_IP, "npol-01"),
    ),
    Fault(
        "policy-before-translation",
        "Policies are held against the port that was dialled, before it is translated.",
        _DOCS + "#behavior-of-to-and-from-selectors",
        Place.NETWORK,
        seen_by(CLUSTER_IP, "npol-03"),
    ),
    Fault(
        "policy-blocks-node",
        "A policy also keeps the node from its own Pods: their probes fail.",
        _DOCS + "#prerequisites",
        Place.NETWORK,
        seen_by(CLUSTER_IP_FROM_NODE, "npol-07"),
    ),
    Fault(
        "policy-spares-dns",
        "DNS is let through whatever the policies say.",
        _DOCS + "#default-deny-all-egress-traffic",
        Place.NETWORK,
        seen_by(LOOKUP, "npol-05"),
    ),
    Fault(
        "policy-kept",
        "Policies that were deleted stay in force.",
        _DOCS + "#pod-lifecycle",
        Place.NETWORK,
        seen_by(CLUSTER_IP, "npol-08"),
    ),
)
