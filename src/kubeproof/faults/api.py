"""Faults of the API server: wrong defaults, wrong addresses and ports, nothing checked."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import (
    ANY_DOOR,
    CLUSTER_IP,
    NAME,
    NODE_PORT_OF_OTHERS,
    is_refused,
    of_field,
)

_ADDRESS = of_field("ClusterIP", "svc-other")
_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"
_DOCS = "https://kubernetes.io/docs/concepts/services-networking/service/"

API = (
    Fault(
        "affinity-by-default",
        "An admission webhook gives every Service session affinity that nobody asked for.",
        _DOCS + "#session-affinity",
        Place.API,
        seen_by(ANY_DOOR, "cip-09", "np-01", "np-05", "lb-05")
        | seen_by(of_field("sessionAffinity", r"svc-\S+"), "aff-01"),
    ),
    Fault(
        "cluster-ip-outside-range",
        "The allocator hands out ClusterIPs that are not from the Service range.",
        _ISSUES + "92285",
        Place.API,
        seen_by(_ADDRESS, "cip-02", "cip-15") | seen_by(of_field("ClusterIP", "svc-1"), "cidr-02"),
    ),
    Fault(
        "cluster-ip-range-full",
        "The Service range is used up: no new Service can be created.",
        _ISSUES + "104088",
        Place.API,
        seen_by(r"Service svc-\S+ was refused: .*range is full", "cip-02"),
    ),
    Fault(
        "cluster-ip-shared",
        "Two Services are given one and the same ClusterIP.",
        _ISSUES + "109927",
        Place.API,
        seen_by(_ADDRESS, "cip-02"),
    ),
    Fault(
        "service-range-overlaps-pods",
        "Service range and Pod range overlap, and a Service is given the address of a Pod.",
        "https://github.com/cilium/cilium/issues/13766",
        Place.API,
        seen_by(_ADDRESS, "cip-02"),
    ),
    Fault(
        "external-ip-made-up",
        "A load-balancer Service shows an address that nobody serves.",
        "https://github.com/metallb/metallb/issues/1154",
        Place.API,
        seen_by(of_field("external IP", "svc-unclaimed"), "lb-02"),
    ),
    Fault(
        "external-name-with-policy",
        "An ExternalName Service shows an internalTrafficPolicy, which means nothing there.",
        "https://kubernetes.io/docs/reference/networking/virtual-ips/#internal-traffic-policy",
        Place.API,
        seen_by("Service svc-external has no internalTrafficPolicy", "itp-07"),
    ),
    Fault(
        "external-policy-defaults-to-local",
        "externalTrafficPolicy is Local where nobody said so.",
        "https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy",
        Place.API,
        seen_by(of_field("externalTrafficPolicy", "svc-cluster"), "etp-01")
        | seen_by(NODE_PORT_OF_OTHERS, "etp-02"),
    ),
    Fault(
        "internal-policy-defaults-to-local",
        "internalTrafficPolicy is Local where nobody said so.",
        "https://kubernetes.io/docs/reference/networking/virtual-ips/#internal-traffic-policy",
        Place.API,
        seen_by(CLUSTER_IP, "cip-04")
        | seen_by(of_field("internalTrafficPolicy", r"svc-\S+"), "itp-01"),
    ),
    Fault(
        "node-port-conflict-granted",
        "Two Services are given one and the same node port, as racing API servers do.",
        _ISSUES + "85894",
        Place.API,
        seen_by(is_refused("svc-same-port", r"spec\.ports\[0\]\.nodePort"), "np-09"),
    ),
    Fault(
        "node-port-outside-range",
        "Node ports are chosen from outside the range that firewalls have been opened for.",
        _DOCS + "#nodeport-custom-port",
        Place.API,
        seen_by(of_field("node port", "svc-any-port"), "np-06"),
    ),
    Fault(
        "node-port-range-ignored",
        "Any port can be asked for as node port, those of the node's own daemons included.",
        _ISSUES + "76892",
        Place.API,
        seen_by(is_refused("svc-port-out-of-range", r"spec\.ports\[0\]\.nodePort"), "np-08"),
    ),
    Fault(
        "node-ports-not-declined",
        "Every load balancer Service uses up node ports, also those that declined them.",
        _DOCS + "#load-balancer-nodeport-allocation",
        Place.API,
        seen_by(r"Service svc-\S+ has no node port", "lb-12"),
    ),
    Fault(
        "node-ports-taken-back",
        "Whoever declines node ports loses those that clients use already.",
        _DOCS + "#load-balancer-nodeport-allocation",
        Place.API,
        seen_by("Service svc-3 keeps its node port", "lb-13"),
    ),
    Fault(
        "requested-cluster-ip-ignored",
        "The ClusterIP that a Service asks for is not the one it gets.",
        "https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/",
        Place.API,
        seen_by(of_field("ClusterIP", r"svc-\S+"), "cip-19"),
    ),
    Fault(
        "requested-node-port-ignored",
        "The node port that a Service asks for is not the one it gets.",
        _DOCS + "#nodeport-custom-port",
        Place.API,
        seen_by(of_field("node port", "svc-2"), "np-07"),
    ),
    Fault(
        "service-type-defaults-to-node-port",
        "An admission webhook opens a node port for every Service that names no type.",
        _DOCS + "#publishing-services-service-types",
        Place.API,
        seen_by(of_field("type", "svc-1"), "cip-01"),
    ),
    Fault(
        "service-validation-off",
        "The API server takes any Service, however little sense it makes.",
        _DOCS,
        Place.API,
        seen_by(
            r"Service svc-\S+ is refused at ",
            "np-20",
            "np-21",
            "cip-22",
            "etp-10",
            "etp-11",
            "etp-14",
            "aff-06",
            "lb-15",
        ),
        fresh=True,  # of a number that was changed against the rules the first is never free again
    ),
    Fault(
        "target-port-defaults-wrong",
        "A port that names no targetPort leads to another port of the Pods.",
        _DOCS + "#field-spec-ports",
        Place.API,
        seen_by(of_field("targetPort", "svc-without-target-port"), "cip-08"),
    ),
    Fault(
        "headless-gets-cluster-ip",
        "An admission webhook gives headless Services a ClusterIP.",
        "https://kubernetes.io/docs/concepts/services-networking/service/#headless-services",
        Place.API,
        seen_by(of_field("ClusterIP", "svc-headless"), "hl-01") | seen_by(NAME, "hl-05"),
    ),
    Fault(
        "external-name-becomes-cluster-ip",
        "An admission webhook turns ExternalName Services, which it forbids, into others.",
        "https://kubernetes.io/docs/concepts/services-networking/service/#externalname",
        Place.API,
        seen_by("Service svc-alias-with-port has no ClusterIP", "ext-03"),
    ),
    Fault(
        "dual-stack-by-default",
        "An admission webhook asks for both IP families where a Service says nothing.",
        "https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services",
        Place.API,
        seen_by(of_field("ipFamilyPolicy", "svc-1"), "ds-01"),
    ),
    Fault(
        "dual-stack-promised",
        "A Service that cannot do without two IP families is given one, without a word.",
        "https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services",
        Place.API,
        seen_by(is_refused("svc-requires-both", "spec.ipFamilyPolicy"), "ds-03"),
    ),
)
