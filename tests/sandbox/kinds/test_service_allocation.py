"""Who gets which ClusterIP and node port, and what happens when there are none left."""

import ipaddress

import pytest

from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.kinds.catalogue import KindOptions
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import NAMESPACE, Cluster, causes


def test_an_address_belongs_to_its_service(cluster: Cluster) -> None:
    service = cluster.service()
    record = cluster.registry.get("ipaddresses", "", service["spec"]["clusterIP"])
    assert record["metadata"]["labels"] == {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    }
    assert record["spec"]["parentRef"] == {
        "resource": "services",
        "namespace": NAMESPACE,
        "name": "it",
    }


def test_chosen_addresses_come_from_anywhere_random_ones_from_the_upper_band(
    cluster: Cluster,
) -> None:
    reserved = ipaddress.IPv4Network("10.96.0.0/24")
    for index in range(200):
        address = cluster.service(name=f"s{index}")["spec"]["clusterIP"]
        assert ipaddress.IPv4Address(address) not in reserved
    assert cluster.service(clusterIP="10.96.0.1")["spec"]["clusterIP"] == "10.96.0.1"


@pytest.mark.parametrize("address", ["10.96.0.0", "10.96.255.255", "10.97.0.1", "192.0.2.1"])
def test_addresses_outside_the_range(cluster: Cluster, address: str) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.service(clusterIP=address)
    assert causes(refusal.value) == [
        f'spec.clusterIPs: Invalid value: ["{address}"]: failed to allocate IP {address}: '
        "the provided network does not match the current range"
    ]


def test_an_address_that_is_taken(cluster: Cluster) -> None:
    cluster.service(clusterIP="10.96.7.7")
    with pytest.raises(ApiError) as refusal:
        cluster.service(name="other", clusterIP="10.96.7.7")
    assert causes(refusal.value) == [
        'spec.clusterIPs: Invalid value: ["10.96.7.7"]: failed to allocate IP 10.96.7.7: '
        "provided IP is already allocated"
    ]


def test_deletion_gives_everything_back(cluster: Cluster) -> None:
    spec: Object = {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "clusterIP": "10.96.7.7",
        "ports": [{"port": 80, "nodePort": 30100}],
        "healthCheckNodePort": 30101,
    }
    for _ in range(2):
        cluster.service(**spec)
        cluster.registry.delete("services", NAMESPACE, "it")
    assert cluster.registry.list("ipaddresses") == []


def test_a_name_that_is_taken_costs_nothing(cluster: Cluster) -> None:
    cluster.service(clusterIP="10.96.7.7")
    with pytest.raises(ApiError) as refusal:
        cluster.service(
            type="NodePort", clusterIP="10.96.7.8", ports=[{"port": 1, "nodePort": 30100}]
        )
    assert refusal.value.reason == "AlreadyExists"
    cluster.service(
        name="other", type="NodePort", clusterIP="10.96.7.8", ports=[{"port": 1, "nodePort": 30100}]
    )


def test_a_dry_run_shows_numbers_that_nobody_has(cluster: Cluster) -> None:
    spec: Object = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
    ports = [{"name": "a", "port": 1}, {"name": "b", "port": 2}]
    service = cluster.service(writer=Writer(dry_run=True), ports=ports, **spec)
    assert service["spec"]["clusterIP"] == "10.96.0.0"
    assert [port["nodePort"] for port in service["spec"]["ports"]] == [32769, 32770]
    assert service["spec"]["healthCheckNodePort"] == 32771
    assert cluster.registry.list("ipaddresses") == []


def test_a_dry_run_looks_at_the_range_of_addresses_but_not_at_who_has_them(
    cluster: Cluster,
) -> None:
    cluster.service(clusterIP="10.96.7.7")
    dry = Writer(dry_run=True)
    assert cluster.service(name="a", clusterIP="10.96.7.7", writer=dry)["spec"]["clusterIP"]
    with pytest.raises(ApiError) as refusal:
        cluster.service(name="a", clusterIP="10.97.0.1", writer=dry)
    assert causes(refusal.value) == [
        'spec.clusterIPs: Invalid value: ["10.97.0.1"]: failed to allocate IP 10.97.0.1: '
        "the provided IP (10.97.0.1) is not in the valid range. "
        "The range of valid IPs is 10.96.0.0/16"
    ]


def test_a_dry_run_looks_at_who_has_ports_but_not_at_their_range(cluster: Cluster) -> None:
    dry = Writer(dry_run=True)
    service = cluster.service(type="NodePort", ports=[{"port": 1, "nodePort": 80}], writer=dry)
    assert service["spec"]["ports"][0]["nodePort"] == 80
    cluster.service(name="a", type="NodePort", ports=[{"port": 1, "nodePort": 30100}])
    with pytest.raises(ApiError) as refusal:
        cluster.service(
            name="b", type="NodePort", ports=[{"port": 1, "nodePort": 30100}], writer=dry
        )
    assert causes(refusal.value)[0].endswith("provided port is already allocated")


@pytest.mark.parametrize("port", [29999, 32768, 80])
def test_node_ports_outside_the_range(cluster: Cluster, port: int) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.service(type="NodePort", ports=[{"port": 80, "nodePort": port}])
    assert causes(refusal.value) == [
        f"spec.ports[0].nodePort: Invalid value: {port}: provided port is not in the valid "
        "range. The range of valid ports is 30000-32767"
    ]


def test_random_node_ports_come_from_the_upper_band(cluster: Cluster) -> None:
    for index in range(200):
        service = cluster.service(name=f"s{index}", type="NodePort")
        assert service["spec"]["ports"][0]["nodePort"] >= 30086


def test_ports_of_one_number_share_a_node_port(cluster: Cluster) -> None:
    ports = [{"name": name, "port": 53, "protocol": name.upper()} for name in ("udp", "tcp")]
    first, second = cluster.service(type="NodePort", ports=ports)["spec"]["ports"]
    assert first["nodePort"] == second["nodePort"]


def test_ports_of_one_number_share_the_one_that_is_stated(cluster: Cluster) -> None:
    ports = [
        {"name": "udp", "port": 53, "protocol": "UDP"},
        {"name": "tcp", "port": 53, "nodePort": 30100},
    ]
    spec = cluster.service(type="NodePort", ports=ports)["spec"]
    assert [port["nodePort"] for port in spec["ports"]] == [30100, 30100]


def test_ports_of_other_numbers_do_not_share(cluster: Cluster) -> None:
    ports = [
        {"name": "udp", "port": 53, "protocol": "UDP", "nodePort": 30100},
        {"name": "tcp", "port": 54, "nodePort": 30100},
    ]
    with pytest.raises(ApiError) as refusal:
        cluster.service(type="NodePort", ports=ports)
    assert causes(refusal.value) == [
        "spec.ports[1].nodePort: Invalid value: 30100: provided port is already allocated"
    ]
    cluster.service(type="NodePort", ports=ports[:1])


def test_a_health_check_port_that_is_taken(cluster: Cluster) -> None:
    cluster.service(type="NodePort", ports=[{"port": 80, "nodePort": 30100}])
    with pytest.raises(ApiError) as refusal:
        cluster.service(
            name="other",
            type="LoadBalancer",
            externalTrafficPolicy="Local",
            healthCheckNodePort=30100,
        )
    assert (refusal.value.code, refusal.value.reason) == (500, "InternalError")
    assert refusal.value.message == (
        "Internal error occurred: failed to allocate requested HealthCheck NodePort 30100: "
        "provided port is already allocated"
    )


def test_a_full_range_of_addresses(schema: Schema) -> None:
    cluster = Cluster(schema, KindOptions(service_cidrs=("10.96.0.0/29",)))
    names = [f"s{index}" for index in range(6)]
    taken = {cluster.service(name=name)["spec"]["clusterIP"] for name in names}
    assert taken == {f"10.96.0.{host}" for host in range(1, 7)}
    with pytest.raises(ApiError) as refusal:
        cluster.service()
    assert (refusal.value.code, refusal.value.message) == (
        500,
        'Internal error occurred: failed to allocate a serviceIP for Service "it": range is full',
    )


def test_a_full_range_of_ports_ends_with_the_lower_band(schema: Schema) -> None:
    cluster = Cluster(schema, KindOptions(node_port_range=(30000, 30031)))
    order = [
        cluster.service(name=f"s{index}", type="NodePort")["spec"]["ports"][0]["nodePort"]
        for index in range(32)
    ]
    assert sorted(order[:16]) == list(range(30016, 30032))
    assert sorted(order[16:]) == list(range(30000, 30016))
    with pytest.raises(ApiError) as refusal:
        cluster.service(type="NodePort")
    assert refusal.value.message == (
        "Internal error occurred: failed to allocate a nodePort: range is full"
    )
    assert len(cluster.registry.list("ipaddresses")) == 32


def test_a_health_check_on_a_node_port_of_the_same_service_is_refused_in_any_range(
    schema: Schema,
) -> None:
    cluster = Cluster(schema, KindOptions(node_port_range=(1, 65535)))
    ports = [{"name": f"p{one}", "port": one, "nodePort": one} for one in (1, 65535)]
    local: Object = {"externalTrafficPolicy": "Local", "healthCheckNodePort": 1}
    with pytest.raises(ApiError) as refusal:
        cluster.service(type="LoadBalancer", ports=ports, **local)
    assert "HealthCheck NodePort 1: provided port is already allocated" in refusal.value.message
    assert cluster.service(name="free", type="NodePort", ports=ports)["spec"]["ports"] != []


def test_the_service_cidr_is_announced(cluster: Cluster) -> None:
    announced = cluster.registry.get("servicecidrs", "", "kubernetes")
    assert announced["spec"] == {"cidrs": ["10.96.0.0/16"]}


def test_endpoints_go_with_their_service(cluster: Cluster) -> None:
    cluster.service()
    cluster.create("endpoints", {})
    cluster.registry.delete("services", NAMESPACE, "it")
    assert cluster.registry.list("endpoints") == []
