"""Faults of what Services stand on: the network, nodes, cluster DNS, and the API's own doors."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import (
    CLUSTER_IP,
    CLUSTER_IP_FROM_OUTSIDE,
    CLUSTER_IP_FROM_SECOND,
    FORWARDED,
    NODE_PORT_OF_OTHERS,
    NODE_PORT_OF_SECOND,
    PODS_READY,
    SERVICE_PROXY,
)

_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"

SURROUNDINGS = (
    Fault(
        "cluster-ip-leaked",
        "A router announces the Service range, so that outsiders reach ClusterIPs.",
        _ISSUES + "79866",
        Place.NETWORK,
        seen_by(CLUSTER_IP_FROM_OUTSIDE, "cip-10"),
    ),
    Fault(
        "node-link-cut",
        "A node is cut off from the network.",
        "https://kubernetes.io/docs/concepts/architecture/nodes/#condition",
        Place.NETWORK,
        seen_by(NODE_PORT_OF_SECOND, "np-02", "np-03", "np-04", "etp-02")
        | seen_by(CLUSTER_IP_FROM_SECOND, "cip-04"),
        node="k8s-node2",
    ),
    Fault(
        "pod-routes-missing",
        "Nodes know no way to the Pods of other nodes: the overlay is down.",
        _ISSUES + "58908",
        Place.NETWORK,
        seen_by(NODE_PORT_OF_OTHERS, "np-02", "np-03", "np-04", "etp-02")
        | seen_by(CLUSTER_IP, "cip-04"),
    ),
    Fault(
        "large-packets-lost",
        "Nodes send larger packets than the overlay carries, and nobody tells them.",
        _ISSUES + "65255",
        Place.NETWORK,
        seen_by(CLUSTER_IP, "cip-25", "port-07"),
    ),
    Fault(
        "fragments-lost",
        "Datagrams that are sent in fragments do not pass a node.",
        "https://github.com/cilium/cilium/issues/8185",
        Place.NETWORK,
        seen_by(CLUSTER_IP, "port-07"),
    ),
    Fault(
        "kubelet-never-ready",
        "Pods start and never become Ready.",
        "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-status",
        Place.NODE,
        seen_by(PODS_READY, "cip-05"),
    ),
    Fault(
        "port-forward-broken",
        "Port forwarding to Pods fails.",
        "https://github.com/kubernetes/kubectl/issues/1169",
        Place.DOOR,
        seen_by(FORWARDED, "op-01", "op-02"),
    ),
    Fault(
        "port-forward-spreads",
        "Port forwarding to a Pod leads to any Pod of its Service.",
        "https://github.com/kubernetes/kubernetes/issues/15180",
        Place.DOOR,
        seen_by(FORWARDED, "op-02"),
    ),
    Fault(
        "service-proxy-broken",
        "The API server cannot reach the Pods behind a Service it proxies.",
        "https://github.com/kubernetes-retired/dashboard/issues/5542",
        Place.DOOR,
        seen_by(SERVICE_PROXY, "op-03", "op-04"),
    ),
    Fault(
        "service-proxy-unguarded",
        "The API server leads whoever asks to any address that somebody wrote into Endpoints.",
        "https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors",
        Place.DOOR,
        seen_by(SERVICE_PROXY, "op-06"),
    ),
    Fault(
        "pod-proxy-broken",
        "The API server cannot reach the Pods from which the suite dials.",
        "https://github.com/kubernetes-sigs/apiserver-network-proxy/issues/195",
        Place.DOOR,
        breaks=("cip-03", "cip-04"),
    ),
)
