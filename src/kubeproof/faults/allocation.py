"""Faults of allocation and updates: numbers chosen, granted, kept or given back wrongly."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import is_refused, keeps, of_field

_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"
_SERVICE = "https://kubernetes.io/docs/concepts/services-networking/service/"
_VIPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/"

ALLOCATION = (
    Fault(
        "choices-from-lower-part",
        "Automatic addresses and ports are taken from where people choose theirs.",
        _ISSUES + "33195",
        Place.API,
        seen_by(of_field("ClusterIP", "svc-1"), "cip-23")
        | seen_by(of_field("node port", "svc-any-port"), "np-11"),
    ),
    Fault(
        "cluster-ip-conflict-granted",
        "A Service may ask for the ClusterIP of another and gets it.",
        _VIPS + "#avoiding-collisions",
        Place.API,
        seen_by(is_refused("svc-other", r"spec\.clusterIPs"), "cip-21"),
    ),
    Fault(
        "cluster-ip-kept-by-name",
        "A Service that becomes an ExternalName Service keeps its ClusterIP.",
        _SERVICE + "#externalname",
        Place.API,
        seen_by(r"Service svc-\d has no ClusterIP", "type-05"),
    ),
    Fault(
        "cluster-ip-range-ignored",
        "Any address can be asked for as ClusterIP, those of other networks included.",
        _SERVICE + "#choosing-your-own-ip-address",
        Place.API,
        seen_by(is_refused("svc-out-of-range", r"spec\.clusterIPs"), "cip-20"),
    ),
    Fault(
        "ip-addresses-untold",
        "No IPAddress tells of the ClusterIPs that are taken.",
        _VIPS + "#ip-address-objects",
        Place.API,
        seen_by("the IPAddress of Service svc-1 has parentRef", "cidr-01"),
    ),
    Fault(
        "labels-dropped",
        "An admission webhook takes labels off that it does not know.",
        "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",
        Place.API,
        seen_by(r"Service svc-1 can be ", "type-07")
        | seen_by(r"(?:EndpointSlice|Endpoints|ServiceCIDR|IPAddress) \S+ can be ", "eps-05"),
    ),
    Fault(
        "node-port-not-released",
        "The node port of a deleted Service stays taken.",
        _ISSUES + "89042",
        Place.API,
        seen_by(r"Service svc-same-port was refused: .*already allocated", "np-10"),
    ),
    Fault(
        "service-cidr-changeable",
        "A ServiceCIDR can be given another range, under the Services that have addresses of it.",
        "https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/",
        Place.API,
        seen_by(r"ServiceCIDR extra-2 is refused at spec\.cidrs", "cidr-04"),
    ),
    Fault(
        "service-cidr-controller-stopped",
        "Nobody looks after ServiceCIDRs: new ones are never Ready.",
        "https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/",
        Place.CONTROLLER,
        seen_by(r"ServiceCIDR \S+ is Ready", "cidr-03"),
    ),
    Fault(
        "service-cidr-unprotected",
        "A ServiceCIDR goes although Services have addresses of it.",
        "https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/",
        Place.CONTROLLER,
        seen_by("ServiceCIDR extra-2 has condition Ready False", "cidr-04"),
    ),
    Fault(
        "update-changes-cluster-ip",
        "A Service that is updated is given another ClusterIP.",
        _ISSUES + "91459",
        Place.API,
        seen_by(keeps(r"svc-\d", "ClusterIP"), "type-01", "type-02", "type-06", "cip-12"),
    ),
)
"""What the API server does wrong when it hands out numbers, or takes a change."""
