"""Faults of controllers: EndpointSlices, load balancers, and tools that replace what they own."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import API_SERVER, CLUSTER_IP, ENDPOINTS, EXTERNAL_IP, SLICES, of_field

_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"

CONTROLLERS = (
    Fault(
        "api-server-endpoint-stale",
        "The API server's own Service leads to an API server that is gone.",
        _ISSUES + "56477",
        Place.CONTROLLER,
        seen_by(API_SERVER, "cip-26"),
    ),
    Fault(
        "deployment-controller-stopped",
        "Nobody acts upon Deployments: no rollout, no new Pods.",
        "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/",
        Place.CONTROLLER,
        seen_by(r"Deployment \S+ ", "term-08", "lb-21"),
    ),
    Fault(
        "empty-slice-missing",
        "A Service that has no Pods has no EndpointSlice, so that watchers do not hear of it.",
        _ISSUES + "84419",
        Place.CONTROLLER,
        seen_by(SLICES, "rdy-08"),
    ),
    Fault(
        "endpoint-port-wrong",
        "EndpointSlices name another port than targetPort says.",
        "https://github.com/ovn-kubernetes/ovn-kubernetes/pull/5583",
        Place.CONTROLLER,
        seen_by(CLUSTER_IP, "cip-07", "cip-08"),
    ),
    Fault(
        "failed-pod-kept",
        "Pods that have failed or were evicted stay behind their Services.",
        _ISSUES + "109414",
        Place.CONTROLLER,
        seen_by(ENDPOINTS, "rdy-06"),
    ),
    Fault(
        "publish-not-ready-ignored",
        "Pods that are not ready get no connection although the Service publishes all addresses.",
        _ISSUES + "124914",
        Place.CONTROLLER,
        seen_by(ENDPOINTS, "rdy-02", "rdy-03", "rdy-04"),
    ),
    Fault(
        "readiness-gates-ignored",
        "Pods with readiness gates count as ready from the start, whatever the gates say.",
        "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate",
        Place.CONTROLLER,
        seen_by(ENDPOINTS, "rdy-01", "rdy-04"),
    ),
    Fault(
        "terminating-endpoint-removed",
        "A Pod that is being deleted is taken out of the EndpointSlices at once.",
        _ISSUES + "85643",
        Place.CONTROLLER,
        seen_by(ENDPOINTS, "term-01", "term-02", "term-03"),
    ),
    Fault(
        "endpointslice-controller-stopped",
        "EndpointSlices stay as they are while Pods come and go.",
        _ISSUES + "107583",
        Place.CONTROLLER,
        seen_by(ENDPOINTS, "cip-05", "cip-11", "op-05") | seen_by(SLICES, "rdy-08"),
    ),
    Fault(
        "endpointslices-late",
        "The controller is behind with its work: new Services have no endpoints for a minute.",
        _ISSUES + "108077",
        Place.CONTROLLER,
        seen_by(r"half of all new Services have endpoints within 20 s", "cip-30"),
    ),
    Fault(
        "hints-missing",
        "EndpointSlices do not say for whom an endpoint is meant, whatever a Service prefers.",
        _ISSUES + "122437",
        Place.CONTROLLER,
        seen_by(r"the endpoint of Pod \S+ is meant for its own", "td-07")
        | seen_by(CLUSTER_IP, "td-01", "td-03"),
    ),
    Fault(
        "load-balancer-address-not-announced",
        "The load balancer gives an address and no node answers for it.",
        "https://github.com/metallb/metallb/issues/1561",
        Place.CONTROLLER,
        seen_by(EXTERNAL_IP, "lb-04", "lb-05", "lb-06", "lb-07"),
        fresh=True,  # a client's ARP cache leads it to the node that answered before
    ),
    Fault(
        "load-balancer-changes-address",
        "The load balancer takes another address whenever the Service or its Pods change.",
        "https://github.com/metallb/metallb/issues/2723",
        Place.CONTROLLER,
        seen_by("Service svc-3 keeps its external IP", "lb-06"),
    ),
    Fault(
        "load-balancer-controller-stopped",
        "External addresses are neither given nor taken back.",
        "https://github.com/k3s-io/k3s/issues/1969",
        Place.CONTROLLER,
        seen_by("Service svc-3 is given an external IP", "lb-03", "lb-04"),
    ),
    Fault(
        "load-balancer-finalizer-missing",
        "A Service is deleted without waiting for its load balancer, which is left behind.",
        _ISSUES + "53451",
        Place.CONTROLLER,
        seen_by(r"Service svc-shrinking has finalizer ", "lb-09"),
    ),
    Fault(
        "load-balancer-finalizer-stays",
        "The load balancer is gone, and its Service is held as if it were not.",
        "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2200",
        Place.CONTROLLER,
        seen_by(r"Service svc-shrinking has no finalizer ", "lb-09"),
    ),
    Fault(
        "load-balancer-grabs-every-class",
        "A load balancer serves Services whose class belongs to another.",
        "https://github.com/kube-vip/kube-vip-cloud-provider/issues/301",
        Place.CONTROLLER,
        seen_by(of_field("external IP", "svc-unclaimed"), "lb-02", "lb-14"),
    ),
    Fault(
        "load-balancer-left-behind",
        "A Service that is no LoadBalancer any more is still reached through its load balancer.",
        "https://kubernetes.io/docs/tasks/access-application-cluster/"
        "create-external-load-balancer/#garbage-collecting-load-balancers",
        Place.CONTROLLER,
        seen_by(EXTERNAL_IP, "lb-08"),
    ),
    Fault(
        "load-balancer-uses-excluded-nodes",
        "The load balancer uses nodes that are labelled not to be used by any.",
        "https://github.com/metallb/metallb/issues/2021",
        Place.CONTROLLER,
        seen_by(EXTERNAL_IP, "lb-24"),
    ),
    Fault(
        "load-balancer-stays",
        "The load balancer goes on sending traffic to a node that has no Pod any more.",
        "https://github.com/metallb/metallb/issues/168",
        Place.CONTROLLER,
        seen_by(EXTERNAL_IP, "lb-19"),
    ),
    Fault(
        "service-collected-when-empty",
        "A tidy-up job deletes Services that have no Pods at the moment.",
        "https://kubernetes.io/docs/concepts/services-networking/service/",
        Place.CONTROLLER,
        seen_by("Service svc-1 stays until it is deleted", "cip-05", "cip-06"),
    ),
    Fault(
        "service-recreated-when-empty",
        "A deployment tool deletes the Service and creates it anew, with another ClusterIP.",
        "https://github.com/helm/helm/issues/6378",
        Place.CONTROLLER,
        seen_by("Service svc-1 keeps its identity and its ClusterIP", "cip-05", "cip-06"),
    ),
)
