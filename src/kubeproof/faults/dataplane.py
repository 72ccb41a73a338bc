"""Faults of the dataplane: what a node's Service rules do wrong."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import (
    ANY_DOOR,
    CLUSTER_IP,
    CLUSTER_IP_FROM_ANY,
    CLUSTER_IP_FROM_ITSELF,
    CLUSTER_IP_FROM_NODE,
    CLUSTER_IP_FROM_SECOND,
    CONNECTION,
    EXTERNAL_ADDRESS,
    EXTERNAL_IP,
    EXTERNAL_IP_FROM_POD,
    NODE_PORT,
    NODE_PORT_FROM_NODE,
    NODE_PORT_FROM_POD,
    NODE_PORT_OF_OTHERS,
    NODE_PORT_OF_SECOND,
    UDP_FLOW,
)

_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"
_VIPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/"
_DEBUG = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"

REACHING = (
    Fault(
        "cluster-ip-missing",
        "ClusterIPs lead nowhere, although node ports work.",
        _ISSUES + "37628",
        Place.RULES,
        seen_by(
            CLUSTER_IP,
            *("cip-03", "cip-04", "cip-05", "cip-06", "cip-07", "cip-08", "cip-09", "cip-11"),
            *("cip-14", "cip-15", "cip-18", "cip-19", "type-04"),
            *("np-01", "lb-01", "op-07"),
        )
        | seen_by(CLUSTER_IP_FROM_ANY, "hn-01"),
    ),
    Fault(
        "node-port-missing",
        "Node ports lead nowhere, although ClusterIPs work.",
        _ISSUES + "100434",
        Place.RULES,
        seen_by(
            NODE_PORT,
            *("np-02", "np-03", "np-04", "np-05", "etp-02", "lb-01", "lb-02", "type-01"),
        )
        | seen_by(NODE_PORT_FROM_POD, "np-15"),
    ),
    Fault(
        "external-ip-missing",
        "External and load-balancer addresses lead nowhere.",
        "https://github.com/metallb/metallb/issues/412",
        Place.RULES,
        seen_by(EXTERNAL_IP, "lb-04", "lb-05", "lb-06", "lb-07", "lb-19", "lb-20", "lb-26")
        | seen_by(EXTERNAL_IP_FROM_POD, "lb-18")
        | seen_by(EXTERNAL_ADDRESS, "xip-01"),
    ),
    Fault(
        "nodeport-only-with-pods",
        "Only nodes that run a Pod of the Service serve its node port.",
        _ISSUES + "89632",
        Place.RULES,
        seen_by(NODE_PORT_OF_OTHERS, "np-02", "np-03", "np-04", "etp-02", "lb-01"),
    ),
    Fault(
        "no-masquerade",
        "Answers of Pods on other nodes do not find back to the client.",
        _ISSUES + "74383",
        Place.RULES,
        seen_by(NODE_PORT_OF_OTHERS, "np-02", "np-03", "np-04", "np-18", "etp-02", "lb-01"),
    ),
    Fault(
        "same-node-missing",
        "Pods cannot reach Pods of their own node through a Service.",
        _ISSUES + "65625",
        Place.RULES,
        seen_by(CLUSTER_IP, "cip-03", "cip-05", "cip-06", "cip-07", "cip-08", "op-07"),
    ),
    Fault(
        "target-port-not-translated",
        "The address is translated and the port is not: the Service port is used on the Pod.",
        _DEBUG + "#is-the-service-defined-correctly",
        Place.RULES,
        seen_by(CLUSTER_IP, "cip-03", "cip-07"),
    ),
    Fault(
        "no-hairpin",
        "A Pod cannot reach itself through its Service.",
        _ISSUES + "20475",
        Place.RULES,
        seen_by(CLUSTER_IP_FROM_ITSELF, "hair-01", "hair-02"),
    ),
    Fault(
        "no-reject",
        "What should be refused at once is met with silence.",
        _ISSUES + "17359",
        Place.RULES,
        seen_by(CLUSTER_IP, "rdy-05") | seen_by(NODE_PORT, "np-19"),
    ),
    Fault(
        "node-traffic-not-translated",
        "The node itself, and Pods on its network, cannot use Services.",
        _ISSUES + "65158",
        Place.RULES,
        seen_by(CLUSTER_IP_FROM_NODE, "cip-13") | seen_by(NODE_PORT_FROM_NODE, "np-16"),
    ),
    Fault(
        "udp-missing",
        "Services carry TCP, and their UDP ports lead nowhere.",
        _ISSUES + "114538",
        Place.RULES,
        seen_by(CLUSTER_IP, "port-05", "port-06")
        | seen_by(NODE_PORT, "np-12", "np-18")
        | seen_by(EXTERNAL_IP, "lb-16", "lb-22"),
    ),
    Fault(
        "extra-port-missing",
        "Only the first port of a Service works.",
        "https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services",
        Place.RULES,
        seen_by(CLUSTER_IP, "port-01", "port-05") | seen_by(NODE_PORT, "np-12", "np-14"),
    ),
)

BALANCING = (
    Fault(
        "first-endpoint-only",
        "All connections go to one and the same Pod.",
        _ISSUES + "78685",
        Place.RULES,
        seen_by(ANY_DOOR, "cip-09", "cip-11", "np-01", "np-05", "lb-05", "etp-03"),
    ),
    Fault(
        "endpoint-missing",
        "One Pod of every Service never gets a connection.",
        _ISSUES + "70493",
        Place.RULES,
        seen_by(ANY_DOOR, "cip-09", "cip-11", "np-01", "np-05", "lb-05"),
    ),
    Fault(
        "prefers-local",
        "A node with a Pod of its own uses no other, although the policy is Cluster.",
        _VIPS + "#external-traffic-policy",
        Place.RULES,
        seen_by(ANY_DOOR, "cip-09", "np-01", "np-05"),
    ),
    Fault(
        "connections-rebalanced",
        "Connections are handed to another Pod while they last, which knows nothing of them.",
        "https://github.com/cilium/cilium/issues/17457",
        Place.RULES,
        seen_by(CONNECTION, "cip-24", "term-07"),
    ),
    Fault(
        "affinity-ignored",
        "Session affinity has no effect.",
        _ISSUES + "55429",
        Place.RULES,
        seen_by(CLUSTER_IP, "aff-02", "aff-04", "aff-08")
        | seen_by(NODE_PORT, "aff-03")
        | seen_by(EXTERNAL_IP, "lb-26"),
    ),
    Fault(
        "affinity-forever",
        "A client that was remembered once is never forgotten.",
        _ISSUES + "89358",
        Place.RULES,
        seen_by(CLUSTER_IP, "aff-05"),
    ),
)

CHANGES = (
    Fault(
        "rules-withdrawn-first",
        "A change of a Service takes its rules away, and only a moment later writes them anew.",
        _ISSUES + "75360",
        Place.RULES,
        seen_by(CLUSTER_IP, "term-08") | seen_by(EXTERNAL_IP, "lb-21"),
    ),
    Fault(
        "stale-endpoint",
        "Pods that are gone, or no Pods of the Service any more, go on getting connections.",
        _ISSUES + "28674",
        Place.RULES,
        seen_by(CLUSTER_IP, "cip-05", "cip-06", "cip-11", "cip-12", "aff-07")
        | seen_by(EXTERNAL_IP, "lb-06", "lb-07"),
    ),
    Fault(
        "node-not-updated",
        "The service proxy of one node stands still: its rules stay as they are.",
        _ISSUES + "67875",
        Place.RULES,
        seen_by(NODE_PORT_OF_SECOND, "np-02", "np-03", "np-04", "etp-02", "etp-09")
        | seen_by(CLUSTER_IP_FROM_SECOND, "cip-04", "cip-09", "np-01", "ct-05"),
        node="k8s-node2",
    ),
    Fault(
        "terminating-ignored",
        "Pods that are terminating get no connection, even where there are no others.",
        _ISSUES + "85643",
        Place.RULES,
        seen_by(CLUSTER_IP, "term-03", "term-04") | seen_by(NODE_PORT, "term-05", "term-06"),
    ),
    Fault(
        "terminating-connections-cut",
        "Connections to a Pod end as soon as it terminates, whatever is still under way.",
        _ISSUES + "57841",
        Place.RULES,
        seen_by(CONNECTION, "term-07"),
    ),
    Fault(
        "terminating-in-rotation",
        "Pods that are terminating get connections like the others.",
        _VIPS + "#traffic-to-terminating-endpoints",
        Place.RULES,
        seen_by(CLUSTER_IP, "term-02", "term-08") | seen_by(EXTERNAL_IP, "lb-21"),
    ),
    Fault(
        "unready-endpoint-used",
        "Pods that are not ready get connections.",
        "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-status",
        Place.RULES,
        seen_by(CLUSTER_IP, "rdy-01", "rdy-02", "rdy-04"),
    ),
    Fault(
        "udp-conntrack-kept",
        "UDP flows stick to Pods that are gone.",
        _ISSUES + "125467",
        Place.RULES,
        seen_by(UDP_FLOW, "ct-01", "ct-03", "ct-04", "ct-06", "ct-07", "ct-10")
        | seen_by(NODE_PORT, "ct-02")
        | seen_by(EXTERNAL_IP, "lb-23"),
    ),
    Fault(
        "udp-flows-to-nobody-kept",
        "UDP flows stick to the last Pod that a Service had, until it has another.",
        _ISSUES + "139628",
        Place.RULES,
        seen_by(UDP_FLOW, "ct-07"),
    ),
    Fault(
        "udp-flows-of-deleted-kept",
        "UDP flows go on although their Service has been deleted.",
        "https://github.com/kubernetes/kubernetes/pull/141371",
        Place.RULES,
        seen_by(UDP_FLOW, "ct-10"),
    ),
    Fault(
        "deleted-service-kept",
        "A deleted Service goes on working.",
        _ISSUES + "80407",
        Place.RULES,
        seen_by(CLUSTER_IP, "cip-17"),
    ),
    Fault(
        "removed-port-kept",
        "A port that was removed from a Service goes on working.",
        _ISSUES + "122604",
        Place.RULES,
        seen_by(CLUSTER_IP, "cip-16"),
    ),
    Fault(
        "former-node-port-kept",
        "A node port that a Service had before goes on working.",
        "https://github.com/cloudnativelabs/kube-router/issues/841",
        Place.RULES,
        seen_by(NODE_PORT, "np-13", "type-03"),
    ),
)
