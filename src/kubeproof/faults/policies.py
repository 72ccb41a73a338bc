"""Faults of the dataplane: traffic policies, source addresses and topology."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import (
    CLUSTER_IP,
    CLUSTER_IP_FROM_ANY,
    CLUSTER_IP_FROM_NODE,
    CLUSTER_IP_FROM_SECOND,
    EXTERNAL_IP,
    EXTERNAL_IP_FROM_POD,
    HEALTH_CHECK,
    NODE_HEALTH,
    NODE_PORT,
    NODE_PORT_OF_OTHERS,
    POD_ADDRESS,
)

_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"

POLICIES = (
    Fault(
        "external-local-ignored",
        "externalTrafficPolicy Local is treated as Cluster.",
        _ISSUES + "66062",
        Place.RULES,
        seen_by(NODE_PORT, "etp-03", "etp-05") | seen_by(NODE_PORT_OF_OTHERS, "etp-04"),
    ),
    Fault(
        "local-masquerades",
        "externalTrafficPolicy Local loses the client's address.",
        _ISSUES + "89869",
        Place.RULES,
        seen_by(NODE_PORT, "etp-05") | seen_by(EXTERNAL_IP, "lb-20"),
    ),
    Fault(
        "internal-local-ignored",
        "internalTrafficPolicy Local is treated as Cluster.",
        _ISSUES + "105470",
        Place.RULES,
        seen_by(CLUSTER_IP, "itp-02", "itp-03", "td-06")
        | seen_by(CLUSTER_IP_FROM_NODE, "itp-04")
        | seen_by(CLUSTER_IP_FROM_ANY, "itp-05"),
    ),
    Fault(
        "policy-change-ignored",
        "A Service keeps the policies and the affinity that it had first.",
        "https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-policies",
        Place.RULES,
        seen_by(NODE_PORT, "etp-08") | seen_by(CLUSTER_IP, "aff-04"),
    ),
    Fault(
        "policies-mixed-up",
        "A policy for traffic from inside is applied to traffic from outside, and vice versa.",
        "https://github.com/cloudnativelabs/kube-router/issues/818",
        Place.RULES,
        seen_by(NODE_PORT_OF_OTHERS, "itp-06") | seen_by(CLUSTER_IP_FROM_SECOND, "etp-06"),
    ),
    Fault(
        "ip-mode-ignored",
        "Nodes take over the address of a load balancer that wants to see the traffic itself.",
        _ISSUES + "66607",
        Place.RULES,
        seen_by(EXTERNAL_IP_FROM_POD, "lb-17"),
    ),
    Fault(
        "masquerade-all",
        "Pods see the node's address in place of the address of the Pod that connects.",
        "https://kubernetes.io/docs/tutorials/services/source-ip/",
        Place.RULES,
        seen_by(CLUSTER_IP, "src-01"),
    ),
    Fault(
        "pods-masqueraded",
        "Pods reach other Pods under their node's address.",
        "https://kubernetes.io/docs/tasks/administer-cluster/ip-masq-agent/",
        Place.NETWORK,
        seen_by(POD_ADDRESS, "src-03") | seen_by(CLUSTER_IP, "src-01"),
    ),
    Fault(
        "source-ranges-ignored",
        "loadBalancerSourceRanges has no effect.",
        _ISSUES + "88698",
        Place.RULES,
        seen_by(EXTERNAL_IP, "lb-10"),
    ),
    Fault(
        "health-check-lies",
        "The health check node port is content with a node that has no Pod.",
        _ISSUES + "44311",
        Place.RULES,
        seen_by(HEALTH_CHECK, "etp-12", "etp-13"),
    ),
    Fault(
        "node-removal-untold",
        "A node that is about to be removed goes on telling load balancers that it is fit.",
        "https://github.com/kubernetes/autoscaler/issues/1907",
        Place.NODE,
        seen_by(NODE_HEALTH, "lb-25"),
    ),
)

TOPOLOGY = (
    Fault(
        "hints-ignored",
        "Traffic distribution has no effect: connections cross zones.",
        _ISSUES + "101525",
        Place.RULES,
        seen_by(CLUSTER_IP, "td-01", "td-03"),
    ),
    Fault(
        "hints-without-fallback",
        "A client with no Pod near gets no answer, although a preference was all that was asked.",
        "https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-distribution",
        Place.RULES,
        seen_by(CLUSTER_IP, "td-04", "td-05"),
    ),
)
