"""What is said about Services that are accepted."""

import pytest

from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster

DEPRECATED = "spec.externalIPs is deprecated and may no longer be implemented in some clusters"

WARNED: list[tuple[str, Object, list[str]]] = [
    ("nothing", {}, []),
    ("external addresses", {"externalIPs": ["203.0.113.1"]}, [DEPRECATED]),
    (
        "headless",
        {
            "clusterIP": "None",
            "loadBalancerIP": "192.0.2.1",
            "externalIPs": ["203.0.113.1"],
            "sessionAffinity": "ClientIP",
        },
        [
            "spec.loadBalancerIP is ignored for headless services",
            "spec.externalIPs is ignored for headless services",
            "spec.SessionAffinity is ignored for headless services",
        ],
    ),
    (
        "IPv6 not in the usual form",
        {"externalIPs": ["2001:DB8:0::1"]},
        [
            'spec.externalIPs[0]: IPv6 address "2001:DB8:0::1" should be in RFC 5952 canonical '
            'format ("2001:db8::1")',
            DEPRECATED,
        ],
    ),
    (
        "load balancer address with zeros",
        {"type": "LoadBalancer", "loadBalancerIP": "192.000.2.1"},
        ['spec.loadBalancerIP: non-standard IP address "192.000.2.1" is invalid: use "192.0.2.1"'],
    ),
    (
        "external name with external addresses",
        {"type": "ExternalName", "externalName": "a.b", "externalIPs": ["203.0.113.1"]},
        ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
    ),
    (
        "external name elsewhere",
        {"externalName": "a.b"},
        ['spec.externalName is ignored when spec.type is not "ExternalName"'],
    ),
    (
        "PreferClose",
        {"trafficDistribution": "PreferClose"},
        ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
    ),
]


@pytest.mark.parametrize(
    ("spec", "expected"), [pytest.param(*row[1:], id=row[0]) for row in WARNED]
)
def test_warnings(cluster: Cluster, spec: Object, expected: list[str]) -> None:
    writer = Writer()
    service = cluster.service(writer=writer, **spec)
    assert writer.warnings == expected
    writer = Writer()
    cluster.alter(service, writer, selector={"app": "other"})
    assert writer.warnings == expected


def test_the_older_annotation_is_deprecated(cluster: Cluster) -> None:
    writer = Writer()
    parts = {
        "metadata": {"annotations": {"service.kubernetes.io/topology-aware-hints": "auto"}},
        "spec": {"ports": [{"port": 80}]},
    }
    cluster.create("services", parts, writer=writer)
    assert writer.warnings == [
        "annotation service.kubernetes.io/topology-aware-hints is deprecated, "
        "please use service.kubernetes.io/topology-mode instead"
    ]


def test_services_can_be_selected_by_type_and_address(cluster: Cluster) -> None:
    cluster.service(type="NodePort")
    cluster.service(name="headless", clusterIP="None")
    found = cluster.registry.list("services", fields="spec.clusterIP=None")
    assert [service["metadata"]["name"] for service in found] == ["headless"]
    found = cluster.registry.list("services", fields="spec.type=NodePort")
    assert [service["metadata"]["name"] for service in found] == ["it"]
