"""Faults that are done to real nodes, and undone: what is broken is a node's own.

In the signs ``<second>`` stands for the name of the cluster's second node.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import ANY_DOOR, LOOKUP, outside_at

_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"
_SECOND, _EVERY = "second", "every"
_PORT_OF_SECOND = outside_at("the node port of <second> ")
_PORT_OF_ANY = outside_at(r"the node port of \S+ ")
_FROM_SECOND = r"a Pod on <second> \([\d.]+\) → the ClusterIP of svc-"

_ALL = (
    Fault(
        "kube-proxy-stopped",
        "The process kube-proxy of one node stands still.",
        _ISSUES + "67875",
        Place.NODE,
        seen_by(_PORT_OF_SECOND, "np-02", "np-03", "np-04", "etp-02")
        | seen_by(_FROM_SECOND, "cip-04"),
        node=_SECOND,
    ),
    Fault(
        "cluster-ip-rule-removed",
        "One node has lost the rule that leads from a ClusterIP to its Pods.",
        _ISSUES + "37628",
        Place.RULES,
        seen_by(_FROM_SECOND, "cip-04", "cip-09", "np-01"),
        node=_SECOND,
    ),
    Fault(
        "node-port-rule-removed",
        "One node has lost the rule that leads from a node port to its Pods.",
        _ISSUES + "100434",
        Place.RULES,
        seen_by(_PORT_OF_SECOND, "np-02", "np-03", "np-04", "etp-02"),
        node=_SECOND,
    ),
    Fault(
        "masquerade-removed",
        "One node no longer marks traffic from outside for masquerading.",
        _ISSUES + "74383",
        Place.RULES,
        seen_by(_PORT_OF_SECOND, "np-02", "np-03", "np-04", "etp-02"),
        node=_SECOND,
    ),
    Fault(
        "local-policy-rewired",
        "Rules for externalTrafficPolicy Local lead to the Pods of every node, masqueraded.",
        _ISSUES + "66062",
        Place.RULES,
        seen_by(_PORT_OF_ANY, "etp-03", "etp-04", "etp-05"),
        node=_EVERY,
    ),
    Fault(
        "endpoint-pinned",
        "The rules that choose a Pod at random choose always the same.",
        _ISSUES + "78685",
        Place.RULES,
        seen_by(ANY_DOOR, "cip-09", "np-01", "np-05"),
        node=_EVERY,
    ),
    Fault(
        "node-link-cut",
        "One node neither reaches the others and their Pods nor is reached by them.",
        "https://kubernetes.io/docs/concepts/architecture/nodes/#condition",
        Place.NETWORK,
        seen_by(_PORT_OF_SECOND, "np-02", "np-03", "np-04", "etp-02")
        | seen_by(_FROM_SECOND, "cip-04"),
        node=_SECOND,
    ),
    Fault(
        "dns-stopped",
        "The processes of CoreDNS stand still on every node.",
        "https://github.com/coredns/coredns/issues/3587",
        Place.DNS,
        seen_by(LOOKUP, "dns-01"),
        node=_EVERY,
    ),
    Fault(
        "udp-conntrack-kept",
        "Nodes keep the conntrack entries of UDP flows to Pods that are gone.",
        _ISSUES + "125467",
        Place.RULES,
        seen_by(ANY_DOOR, "ct-01"),
        node=_EVERY,
    ),
)

ON_NODES: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in _ALL})
