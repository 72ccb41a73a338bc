"""Faults of endpoints: what EndpointSlices say wrongly, and who does not read them."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import CLUSTER_IP

_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"
_SLICES = "https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/"
_SERVICE = "https://kubernetes.io/docs/concepts/services-networking/service/"

ENDPOINTS = (
    Fault(
        "app-protocol-dropped",
        "EndpointSlices do not tell a port's application protocol.",
        _SERVICE + "#application-protocol",
        Place.CONTROLLER,
        seen_by("the EndpointSlice of Service svc-with-protocol has port's", "port-09"),
    ),
    Fault(
        "endpoint-place-untold",
        "Endpoints do not tell which Pod they are, nor its node and zone.",
        _SLICES + "#topology",
        Place.CONTROLLER,
        seen_by("the endpoint of Pod pod-1 names its", "eps-02"),
    ),
    Fault(
        "endpoint-validation-off",
        "The API server takes any address as an endpoint.",
        _SERVICE + "#custom-endpointslices",
        Place.API,
        seen_by(r"EndpointSlice svc-1-\S+ is refused at endpoints\[0\]", "sel-04"),
    ),
    Fault(
        "first-slice-only",
        "Of several EndpointSlices of a Service only one counts.",
        "https://github.com/cilium/cilium/issues/22446",
        Place.RULES,
        seen_by(CLUSTER_IP, "sel-03"),
    ),
    Fault(
        "garbage-collector-stopped",
        "What has lost its owner stays for ever.",
        "https://github.com/zalando/postgres-operator/issues/2973",
        Place.CONTROLLER,
        seen_by("Service svc-1 has no EndpointSlice", "eps-04"),
    ),
    Fault(
        "hand-made-slices-ignored",
        "EndpointSlices that no controller made do not count.",
        "https://github.com/cilium/cilium/issues/12438",
        Place.RULES,
        seen_by(CLUSTER_IP, "sel-02", "sel-03"),
    ),
    Fault(
        "headless-label-ignored",
        "The service proxy sends traffic to EndpointSlices that are labelled as headless.",
        "https://kubernetes.io/docs/reference/labels-annotations-taints/#servicekubernetesioheadless",
        Place.RULES,
        seen_by(CLUSTER_IP, "hl-08"),
    ),
    Fault(
        "mirroring-stopped",
        "Endpoints that are made by hand are not mirrored to EndpointSlices.",
        _ISSUES + "93157",
        Place.CONTROLLER,
        seen_by(CLUSTER_IP, "sel-06"),
    ),
    Fault(
        "other-proxy-ignored",
        "The cluster's own proxy serves Services that belong to another one.",
        "https://github.com/cloudnativelabs/kube-router/issues/979",
        Place.RULES,
        seen_by(CLUSTER_IP, "prox-01"),
    ),
    Fault(
        "port-name-of-first-pod",
        "The name of a port stands for one Pod's number on every Pod.",
        "https://github.com/openshift/ovn-kubernetes/pull/515",
        Place.CONTROLLER,
        seen_by(CLUSTER_IP, "port-03", "rdy-07"),
    ),
    Fault(
        "port-names-unknown",
        "A targetPort that is a name leads nowhere.",
        _ISSUES + "109627",
        Place.CONTROLLER,
        seen_by(CLUSTER_IP, "port-02", "port-03", "port-04"),
    ),
    Fault(
        "sidecar-ports-unknown",
        "The ports of sidecar containers are not known by their names.",
        _ISSUES + "127958",
        Place.CONTROLLER,
        seen_by(CLUSTER_IP, "port-04"),
    ),
    Fault(
        "slices-without-owner",
        "EndpointSlices are nobody's, so that they outlive their Service.",
        _SLICES + "#ownership",
        Place.CONTROLLER,
        seen_by("the EndpointSlice of Service svc-1 has owner", "eps-01"),
    ),
    Fault(
        "slices-without-selector",
        "A Service without a selector gets every Pod of its namespace.",
        _SERVICE + "#services-without-selectors",
        Place.CONTROLLER,
        seen_by("Service svc-1 has no EndpointSlice", "sel-01"),
    ),
)
"""What controllers write, the API takes and proxies read of endpoints."""
