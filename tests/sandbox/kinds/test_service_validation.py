"""What is refused in a new Service, with the API server's fields, wording and order."""

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
KEY = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
DNS_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
    "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
ONLY_LB = "Forbidden: may only be used when `type` is 'LoadBalancer'"

REFUSED: list[tuple[str, Object, list[str]]] = [
    ("no ports", {"ports": None}, ["spec.ports: Required value"]),
    ("empty ports", {"ports": []}, ["spec.ports: Required value"]),
    (
        "unknown type",
        {"type": "Ingress"},
        [
            'spec.type: Unsupported value: "Ingress": supported values: "ClusterIP", '
            '"ExternalName", "LoadBalancer", "NodePort"'
        ],
    ),
    (
        "headless load balancer",
        {"type": "LoadBalancer", "clusterIP": "None"},
        [
            "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for "
            "LoadBalancer services"
        ],
    ),
    (
        "node port on ClusterIP",
        {"ports": [{"port": 80, "nodePort": 30100}]},
        ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ),
    (
        "port name with capitals",
        {"ports": [{"name": "Web", "port": 80}]},
        [f'spec.ports[0].name: Invalid value: "Web": {DNS_LABEL}'],
    ),
    (
        "port name with a dot",
        {"ports": [{"name": "web.tls", "port": 80}]},
        ['spec.ports[0].name: Invalid value: "web.tls": must not contain dots'],
    ),
    (
        "one port of two without a name",
        {"ports": [{"name": "a", "port": 80}, {"port": 81}]},
        ["spec.ports[1].name: Required value"],
    ),
    (
        "port too large",
        {"ports": [{"port": 65536, "targetPort": 80}]},
        ["spec.ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive"],
    ),
    (
        "negative port",
        {"ports": [{"port": -1, "targetPort": 80}]},
        ["spec.ports[0].port: Invalid value: -1: must be between 1 and 65535, inclusive"],
    ),
    (
        "target port name too long and without letters",
        {"ports": [{"port": 80, "targetPort": "1234567890-12345"}]},
        [
            'spec.ports[0].targetPort: Invalid value: "1234567890-12345": '
            "must be no more than 15 characters",
            'spec.ports[0].targetPort: Invalid value: "1234567890-12345": '
            "must contain at least one letter (a-z)",
        ],
    ),
    (
        "target port name with hyphens",
        {"ports": [{"port": 80, "targetPort": "-a--b"}]},
        [
            'spec.ports[0].targetPort: Invalid value: "-a--b": '
            "must not contain consecutive hyphens",
            'spec.ports[0].targetPort: Invalid value: "-a--b": must not begin or end with a hyphen',
        ],
    ),
    (
        "appProtocol",
        {"ports": [{"port": 80, "appProtocol": "a/b/c"}]},
        [
            f'spec.ports[0].appProtocol: Invalid value: "a/b/c": a valid label key {KEY} with an '
            "optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ],
    ),
    (
        "same node port twice for one protocol",
        {
            "type": "NodePort",
            "ports": [
                {"name": "a", "port": 80, "nodePort": 30100},
                {"name": "b", "port": 80, "nodePort": 30100},
            ],
        },
        [
            "spec.ports[1].nodePort: Duplicate value: 30100",
            'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,'
            '"Port":80,"TargetPort":0,"NodePort":0}',
        ],
    ),
    (
        "selector key",
        {"selector": {"a b": "c"}},
        [f'spec.selector: Invalid value: "a b": name part {KEY}'],
    ),
    (
        "selector value too long",
        {"selector": {"a": "x" * 64}},
        [f'spec.selector: Invalid value: "{"x" * 64}": must be no more than 63 bytes'],
    ),
    (
        "negative affinity",
        {
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": -1}},
        },
        [
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: -1: "
            "must be greater than 0 and less than 86400"
        ],
    ),
    (
        "fields of load balancers elsewhere",
        {"type": "NodePort", "allocateLoadBalancerNodePorts": True, "loadBalancerClass": "a/b"},
        [f"spec.allocateLoadBalancerNodePorts: {ONLY_LB}", f"spec.loadBalancerClass: {ONLY_LB}"],
    ),
    (
        "class",
        {"type": "LoadBalancer", "loadBalancerClass": "/b"},
        ['spec.loadBalancerClass: Invalid value: "/b": prefix part must be non-empty'],
    ),
    (
        "health check without need",
        {"type": "LoadBalancer", "healthCheckNodePort": 31000},
        [
            "spec.healthCheckNodePort: Invalid value: 31000: may only be set when `type` is "
            "'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        ],
    ),
    (
        "traffic distribution",
        {"trafficDistribution": "PreferFar"},
        [
            'spec.trafficDistribution: Unsupported value: "PreferFar": supported values: '
            '"PreferClose", "PreferSameZone", "PreferSameNode"'
        ],
    ),
    (
        "external name missing",
        {"type": "ExternalName", "ports": None},
        ["spec.externalName: Required value"],
    ),
    (
        "external name of a dot",
        {"type": "ExternalName", "ports": None, "externalName": "."},
        ["spec.externalName: Required value"],
    ),
    (
        "external name malformed",
        {"type": "ExternalName", "ports": None, "externalName": "Example.com"},
        [f'spec.externalName: Invalid value: "Example.com": {SUBDOMAIN}'],
    ),
    (
        "external name with addresses",
        {
            "type": "ExternalName",
            "externalName": "example.com",
            "clusterIP": "10.96.7.7",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "externalTrafficPolicy": "Local",
        },
        [
            "spec.clusterIPs: Forbidden: may not be set for ExternalName services",
            "spec.ipFamilies: Forbidden: may not be set for ExternalName services",
            "spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services",
            'spec.externalTrafficPolicy: Invalid value: "Local": '
            "may only be set for externally-accessible services",
        ],
    ),
    (
        "external name with a wrong internal policy",
        {"type": "ExternalName", "externalName": "a.b", "internalTrafficPolicy": "Near"},
        [
            'spec.internalTrafficPolicy: Unsupported value: "Near": '
            'supported values: "Cluster", "Local"'
        ],
    ),
    (
        "everything at once, in order",
        {
            "ports": [{"port": 0, "targetPort": 1, "protocol": "icmp"}],
            "sessionAffinity": "x",
            "internalTrafficPolicy": "x",
        },
        [
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            'spec.ports[0].protocol: Unsupported value: "icmp": '
            'supported values: "SCTP", "TCP", "UDP"',
            'spec.sessionAffinity: Unsupported value: "x": supported values: "ClientIP", "None"',
            'spec.internalTrafficPolicy: Unsupported value: "x": '
            'supported values: "Cluster", "Local"',
        ],
    ),
]


@pytest.mark.parametrize(
    ("spec", "expected"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused(cluster: Cluster, spec: Object, expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.service(**spec)
    assert causes(refusal.value) == expected
    assert cluster.registry.list("services") == []
    assert cluster.registry.list("ipaddresses") == []


ANNOTATED: list[tuple[str, Object, dict[str, str], list[str]]] = [
    (
        "hints and mode differ",
        {},
        {
            "service.kubernetes.io/topology-aware-hints": "auto",
            "service.kubernetes.io/topology-mode": "disabled",
        },
        [
            "metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "
            '"disabled": must match annotations[service.kubernetes.io/topology-aware-hints] '
            "when both are specified"
        ],
    ),
    (
        "source ranges by annotation",
        {"type": "LoadBalancer"},
        {"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8, x"},
        [
            "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: "
            'Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
        ],
    ),
    (
        "source ranges by annotation without load balancer",
        {},
        {"service.beta.kubernetes.io/load-balancer-source-ranges": ""},
        [
            "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: "
            + ONLY_LB
        ],
    ),
    (
        "annotation key",
        {},
        {"a b": ""},
        [f'metadata.annotations: Invalid value: "a b": name part {KEY}'],
    ),
]


@pytest.mark.parametrize(
    ("spec", "annotations", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ANNOTATED]
)
def test_annotations(
    cluster: Cluster, spec: Object, annotations: dict[str, str], expected: list[str]
) -> None:
    parts = {
        "metadata": {"annotations": annotations},
        "spec": {"ports": [{"port": 80}], **spec},
    }
    with pytest.raises(ApiError) as refusal:
        cluster.create("services", parts)
    assert causes(refusal.value) == expected


def test_a_name_and_the_rest_are_judged_together(cluster: Cluster) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.service(name="a.b", ports=[])
    assert causes(refusal.value) == [
        'metadata.name: Invalid value: "a.b": must not contain dots',
        "spec.ports: Required value",
    ]


def test_what_cannot_be_allocated_is_said_instead_of_what_is_invalid(cluster: Cluster) -> None:
    cluster.service(type="NodePort", ports=[{"port": 80, "nodePort": 30100}])
    with pytest.raises(ApiError) as refusal:
        cluster.service(name="Other", type="NodePort", ports=[{"port": 80, "nodePort": 30100}])
    assert causes(refusal.value) == [
        "spec.ports[0].nodePort: Invalid value: 30100: provided port is already allocated"
    ]


ACCEPTED: list[tuple[str, Object]] = [
    ("targetPort as text of digits and a letter", {"ports": [{"port": 80, "targetPort": "80a"}]}),
    ("headless without ports", {"clusterIP": "None", "ports": None}),
    ("external name with ports", {"type": "ExternalName", "externalName": "a"}),
    (
        "mixed protocols",
        {"ports": [{"name": p, "port": 53, "protocol": p.upper()} for p in ("udp", "tcp")]},
    ),
    ("class of a load balancer", {"type": "LoadBalancer", "loadBalancerClass": "example.com/x"}),
    ("publish addresses early", {"publishNotReadyAddresses": True}),
    (
        "longest affinity",
        {
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86400}},
        },
    ),
    ("IPv6 external address", {"externalIPs": ["2001:db8::1"]}),
    ("anything as loadBalancerIP", {"type": "LoadBalancer", "loadBalancerIP": "not an address"}),
    ("same node", {"trafficDistribution": "PreferSameNode"}),
    ("application protocol", {"ports": [{"port": 80, "appProtocol": "kubernetes.io/h2c"}]}),
]


@pytest.mark.parametrize("spec", [pytest.param(row[1], id=row[0]) for row in ACCEPTED])
def test_accepted(cluster: Cluster, spec: Object) -> None:
    service = cluster.service(**spec)
    assert {key: service["spec"].get(key) for key in spec if key not in ("ports", "clusterIP")} == {
        key: value for key, value in spec.items() if key not in ("ports", "clusterIP")
    }
