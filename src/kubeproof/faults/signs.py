"""How failures begin that are red for the right reason: who dialled what, or which field is wrong.

Regular expressions, matched at the beginning of a failure's text.
"""

_POD = r"a (?:throw-away )?Pod (?:of the Service's namespace )?on \S+ \([\d.]+\)"
_OUTSIDE = r"an?(?:other)? client outside the cluster \([\d.]+\)"

CLUSTER_IP = rf"{_POD} → the ClusterIP of svc-"
CLUSTER_IP_FROM_SECOND = r"a Pod on k8s-node2 \([\d.]+\) → the ClusterIP of svc-"
CLUSTER_IP_FROM_OUTSIDE = rf"{_OUTSIDE} → the ClusterIP of svc-"
CLUSTER_IP_FROM_NODE = r"a process on \S+ \([\d.]+\) → the ClusterIP of svc-"
CLUSTER_IP_FROM_ANY = rf"(?:{_POD}|a process on \S+ \([\d.]+\)) → the ClusterIP of svc-"
EXTERNAL_ADDRESS = rf"{_POD} → the first of the externalIPs of svc-"
CLUSTER_IP_FROM_ITSELF = r"Pod \S+ \([\d.]+\) → the ClusterIP of svc-"
POD_ADDRESS = rf"{_POD} → the address of pod-"
CONNECTION = rf"{_POD}, over one connection → the ClusterIP of svc-"
UDP_FLOW = rf"(?:{_POD}|a process on \S+ \([\d.]+\)) → the ClusterIP of svc-\S+ over UDP "
NODE_PORT = rf"{_OUTSIDE} → the node port of k8s-node\d "
NODE_PORT_FROM_NODE = r"a process on \S+ \([\d.]+\) → the node port of k8s-node\d "
NODE_PORT_OF_SECOND = rf"{_OUTSIDE} → the node port of k8s-node2 "
NODE_PORT_OF_OTHERS = rf"{_OUTSIDE} → the node port of k8s-node[23] "
NODE_PORT_FROM_POD = rf"{_POD} → the node port of k8s-node\d "
EXTERNAL_IP = rf"{_OUTSIDE} → the external IP of svc-"
EXTERNAL_IP_FROM_POD = rf"{_POD} → the external IP of svc-"
ANY_DOOR = rf"(?:{_POD}|{_OUTSIDE}) → the (?:ClusterIP|external IP|node port) of "
FORWARDED = r"an operator → kubectl port-forward (?:pod|service)/"
SERVICE_PROXY = r"an operator → (?:the API server's proxy|kubectl proxy) "
ENDPOINTS = r"EndpointSlices name exactly the ready Pods of their Services"
SLICES = rf"{ENDPOINTS}|the EndpointSlices of Service svc-"
PODS_READY = r"Pods \S+ are Ready"
HEALTH_CHECK = rf"{_OUTSIDE} → the health check node port of "
NODE_HEALTH = rf"{_OUTSIDE} → the node health check of k8s-node1 "
NAME = rf"{_POD} → "
API_SERVER = r"Pod \S+ \([\d.]+\) → the (?:ClusterIP of kubernetes|name \"kubernetes\.default)"
LOOKUP = (
    r"(?:a Pod on|a process on|Pod) \S+ \([\d.]+\) → "
    r'the (?:address|IPv6 address|alias|port|reverse name) of "'
)
RESOLV_CONF = r"the resolv.conf of Pod \S+ \([\d.]+\) "
ENVIRONMENT = r"the environment of Pod \S+ \([\d.]+\) "


def outside_at(target: str) -> str:
    """A client outside the cluster is not answered as it should be at this target."""
    return rf"{_OUTSIDE} → {target}"


def of_field(field: str, service: str) -> str:
    """A field of a Service is not what it should be."""
    return rf"the {field} of Service {service}\b"


def is_refused(service: str, field: str) -> str:
    """A Service should have been refused at this field."""
    return rf"Service {service} is refused at {field}"


def keeps(service: str, what: str) -> str:
    """A Service should have kept what it had."""
    return rf"Service {service} keeps its {what}\b"
