"""What a change of a Service keeps, drops, takes, gives back and may not do."""

import copy

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes


def addresses(cluster: Cluster) -> list[str]:
    return [obj["metadata"]["name"] for obj in cluster.registry.list("ipaddresses")]


def test_the_manifest_can_be_put_again(cluster: Cluster) -> None:
    before = cluster.service(type="LoadBalancer", externalTrafficPolicy="Local")
    after = cluster.alter(
        before,
        clusterIP=None,
        clusterIPs=None,
        ipFamilies=None,
        ipFamilyPolicy=None,
        healthCheckNodePort=None,
        ports=[{"port": 80}],
    )
    assert after["spec"] == before["spec"]


def test_node_ports_go_by_the_name_of_the_port(cluster: Cluster) -> None:
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    before = cluster.service(type="NodePort", ports=ports)
    numbers = {port["name"]: port["nodePort"] for port in before["spec"]["ports"]}
    after = cluster.alter(before, ports=[{"name": "b", "port": 90}, {"name": "a", "port": 91}])
    assert {port["name"]: port["nodePort"] for port in after["spec"]["ports"]} == numbers


def test_a_node_port_that_is_stated_for_another_port_is_not_kept(cluster: Cluster) -> None:
    before = cluster.service(type="NodePort", ports=[{"name": "a", "port": 80, "nodePort": 30100}])
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81, "nodePort": 30100}]
    after = cluster.alter(before, ports=ports)
    first, second = after["spec"]["ports"]
    assert second["nodePort"] == 30100
    assert first["nodePort"] not in (0, 30100)


def test_a_removed_port_gives_its_node_port_back(cluster: Cluster) -> None:
    ports = [{"name": "a", "port": 80, "nodePort": 30100}, {"name": "b", "port": 81}]
    service = cluster.service(type="NodePort", ports=ports)
    cluster.alter(service, ports=service["spec"]["ports"][1:])
    again = cluster.service(name="other", type="NodePort", ports=[{"port": 80, "nodePort": 30100}])
    assert again["spec"]["ports"][0]["nodePort"] == 30100


@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort", "LoadBalancer"])
def test_to_external_name_and_back(cluster: Cluster, kind: str) -> None:
    before = cluster.service(type=kind)
    away = cluster.alter(before, type="ExternalName", externalName="example.com")
    gone = {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "externalTrafficPolicy"}
    assert not away["spec"].keys() & (gone | {"internalTrafficPolicy"})
    assert "nodePort" not in away["spec"]["ports"][0]
    assert addresses(cluster) == []
    back = cluster.alter(away, type="ClusterIP", externalName=None)
    assert addresses(cluster) == [back["spec"]["clusterIP"]]
    assert back["spec"]["ipFamilies"] == ["IPv4"]
    assert back["spec"]["internalTrafficPolicy"] == "Cluster"


def test_load_balancer_fields_go_with_the_type(cluster: Cluster) -> None:
    before = cluster.service(
        type="LoadBalancer", externalTrafficPolicy="Local", loadBalancerClass="example.com/x"
    )
    after = cluster.alter(before, type="ClusterIP")
    for field in (
        "loadBalancerClass",
        "allocateLoadBalancerNodePorts",
        "externalTrafficPolicy",
        "healthCheckNodePort",
    ):
        assert field not in after["spec"]
    assert "nodePort" not in after["spec"]["ports"][0]


def test_the_ingress_goes_with_the_type(cluster: Cluster) -> None:
    service = copy.deepcopy(cluster.service(type="LoadBalancer"))
    service["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    service = cluster.change("services", service, subresource="status")
    assert service["status"]["loadBalancer"]["ingress"] == [{"ip": "192.0.2.1", "ipMode": "VIP"}]
    assert cluster.alter(service, type="NodePort")["status"] == {"loadBalancer": {}}


def test_what_the_client_changed_is_not_dropped_but_refused(cluster: Cluster) -> None:
    before = cluster.service(type="NodePort")
    ports = [{"port": 80, "nodePort": 30123}]
    with pytest.raises(ApiError) as refusal:
        cluster.alter(before, type="ClusterIP", ports=ports)
    assert causes(refusal.value) == [
        "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"
    ]


REFUSED: list[tuple[str, Object, Object, list[str]]] = [
    (
        "another address",
        {"clusterIP": "10.96.7.7"},
        {"clusterIP": "10.96.7.8", "clusterIPs": None},
        ['spec.clusterIPs[0]: Invalid value: ["10.96.7.8"]: may not change once set'],
    ),
    (
        "another address, the plural left alone",
        {"clusterIP": "10.96.7.7"},
        {"clusterIP": "10.96.7.8"},
        ['spec.clusterIPs[0]: Invalid value: ["10.96.7.8"]: may not change once set'],
    ),
    (
        "to headless",
        {"clusterIP": "10.96.7.7"},
        {"clusterIP": "None", "clusterIPs": ["None"]},
        ['spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set'],
    ),
    (
        "from headless",
        {"clusterIP": "None"},
        {"clusterIP": "10.96.7.7", "clusterIPs": ["10.96.7.7"]},
        ['spec.clusterIPs[0]: Invalid value: ["10.96.7.7"]: may not change once set'],
    ),
    (
        "headless to node port",
        {"clusterIP": "None"},
        {"type": "NodePort"},
        [
            "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort "
            "services"
        ],
    ),
    (
        "two stacks",
        {},
        {"ipFamilyPolicy": "RequireDualStack"},
        [
            'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": '
            "this cluster is not configured for dual-stack services"
        ],
    ),
    (
        "another family",
        {},
        {"ipFamilies": ["IPv6"]},
        [
            'spec.clusterIPs[0]: Invalid value: "10.96.7.7": '
            "expected an IPv6 value as indicated by `ipFamilies[0]`"
        ],
    ),
    (
        "class comes",
        {"type": "LoadBalancer"},
        {"loadBalancerClass": "example.com/x"},
        ['spec.loadBalancerClass: Invalid value: "example.com/x": may not change once set'],
    ),
    (
        "class goes",
        {"type": "LoadBalancer", "loadBalancerClass": "example.com/x"},
        {"loadBalancerClass": None},
        ["spec.loadBalancerClass: Invalid value: null: may not change once set"],
    ),
    (
        "health check port",
        {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31000},
        {"healthCheckNodePort": 31001},
        ["spec.healthCheckNodePort: Forbidden: field is immutable"],
    ),
    (
        "no ports",
        {},
        {"ports": None},
        ["spec.ports: Required value"],
    ),
]


@pytest.mark.parametrize(
    ("spec", "change", "expected"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused(cluster: Cluster, spec: Object, change: Object, expected: list[str]) -> None:
    whole: Object = {"clusterIP": "10.96.7.7", **spec}
    before = cluster.service(**whole)
    held = addresses(cluster)
    with pytest.raises(ApiError) as refusal:
        cluster.alter(before, **change)
    assert causes(refusal.value) == expected
    assert addresses(cluster) == held


def test_an_address_that_is_left_out_stays(cluster: Cluster) -> None:
    before = cluster.service()
    after = cluster.alter(before, clusterIP=None)
    assert after["spec"]["clusterIP"] == before["spec"]["clusterIP"]


def test_external_addresses_that_are_stored_stay_acceptable(cluster: Cluster) -> None:
    service = copy.deepcopy(cluster.service(externalIPs=["203.0.113.7"]))
    service["spec"]["externalIPs"] = ["203.0.113.007"]
    cluster.store.put("services", service)
    after = cluster.alter(service, externalIPs=["203.0.113.007", "203.0.113.8"])
    assert after["spec"]["externalIPs"] == ["203.0.113.007", "203.0.113.8"]
    with pytest.raises(ApiError) as refusal:
        cluster.alter(service, externalIPs=["203.0.113.007", "203.0.113.008"])
    assert causes(refusal.value) == [
        'spec.externalIPs[1]: Invalid value: "203.0.113.008": must not have leading 0s'
    ]


def test_to_policy_local_and_back(cluster: Cluster) -> None:
    service = cluster.service(type="LoadBalancer")
    local = cluster.alter(service, externalTrafficPolicy="Local")
    port = local["spec"]["healthCheckNodePort"]
    assert 30000 <= port <= 32767
    back = cluster.alter(local, externalTrafficPolicy="Cluster")
    assert "healthCheckNodePort" not in back["spec"]
    cluster.service(name="other", type="NodePort", ports=[{"port": 80, "nodePort": port}])


def test_node_ports_can_be_switched_off_but_stay_where_they_are(cluster: Cluster) -> None:
    before = cluster.service(type="LoadBalancer")
    after = cluster.alter(before, allocateLoadBalancerNodePorts=False)
    assert after["spec"]["ports"] == before["spec"]["ports"]
    bare = cluster.alter(after, ports=[{"port": 80}])
    assert "nodePort" not in bare["spec"]["ports"][0]


def test_one_node_port_for_two_protocols_by_a_change(cluster: Cluster) -> None:
    service = cluster.service(type="NodePort", ports=[{"name": "t", "port": 53}])
    number = service["spec"]["ports"][0]["nodePort"]
    ports = [
        {"name": "t", "port": 53, "nodePort": number},
        {"name": "u", "port": 54, "nodePort": number, "protocol": "UDP"},
    ]
    after = cluster.alter(service, ports=ports)
    assert [port["nodePort"] for port in after["spec"]["ports"]] == [number, number]


def test_the_same_node_port_twice_for_one_protocol(cluster: Cluster) -> None:
    """The allocator stumbles over it before validation can say so, as in Kubernetes."""
    service = cluster.service(type="NodePort", ports=[{"name": "t", "port": 53, "nodePort": 30100}])
    ports = [
        {"name": "t", "port": 53, "nodePort": 30100},
        {"name": "u", "port": 54, "nodePort": 30100},
    ]
    with pytest.raises(ApiError) as refusal:
        cluster.alter(service, ports=ports)
    assert (refusal.value.code, refusal.value.message) == (500, "duplicate nodePort: {TCP 30100}")


def test_a_dry_run_changes_nothing(cluster: Cluster) -> None:
    before = cluster.service()
    shown = cluster.alter(before, Writer(dry_run=True), type="NodePort")
    assert shown["spec"]["ports"][0]["nodePort"] == 32769
    assert cluster.registry.get("services", "test", "it") == before
    shown = cluster.alter(
        before, Writer(dry_run=True), type="ExternalName", externalName="example.com"
    )
    assert "clusterIP" not in shown["spec"]
    assert addresses(cluster) == [before["spec"]["clusterIP"]]


INGRESS: list[tuple[str, Object, list[str]]] = [
    (
        "no address",
        {"ip": "x"},
        [
            'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, '
            "(e.g. 10.9.8.7 or 2001:db8::ffff)"
        ],
    ),
    (
        "mode without address",
        {"hostname": "a.example", "ipMode": "VIP"},
        [
            "status.loadBalancer.ingress[0].ipMode: Forbidden: "
            "may not be specified when `ip` is not set"
        ],
    ),
    (
        "unknown mode",
        {"ip": "192.0.2.1", "ipMode": "Magic"},
        [
            'status.loadBalancer.ingress[0].ipMode: Unsupported value: "Magic": '
            'supported values: "Proxy", "VIP"'
        ],
    ),
    (
        "an address for a name",
        {"hostname": "192.0.2.1"},
        [
            'status.loadBalancer.ingress[0].hostname: Invalid value: "192.0.2.1": '
            "must be a DNS name, not an IP address"
        ],
    ),
]


@pytest.mark.parametrize(
    ("ingress", "expected"), [pytest.param(*row[1:], id=row[0]) for row in INGRESS]
)
def test_status_refused(cluster: Cluster, ingress: Object, expected: list[str]) -> None:
    service = copy.deepcopy(cluster.service(type="LoadBalancer"))
    service["status"] = {"loadBalancer": {"ingress": [ingress]}}
    with pytest.raises(ApiError) as refusal:
        cluster.change("services", service, subresource="status")
    assert causes(refusal.value) == expected


def test_only_load_balancers_have_an_ingress(cluster: Cluster) -> None:
    service = copy.deepcopy(cluster.service())
    service["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    with pytest.raises(ApiError) as refusal:
        cluster.change("services", service, subresource="status")
    assert causes(refusal.value) == [
        "status.loadBalancer.ingress: Forbidden: "
        "may only be used when `spec.type` is 'LoadBalancer'"
    ]
