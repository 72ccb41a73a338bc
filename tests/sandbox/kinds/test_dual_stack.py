"""What a Service gets, keeps and may change where the cluster has two ranges of ClusterIPs."""

from ipaddress import ip_address, ip_network

import pytest

from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.kinds.catalogue import KindOptions
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

RANGES = ("10.96.0.0/16", "fd00:10:96::/112")


@pytest.fixture
def dual(schema: Schema) -> Cluster:
    return Cluster(schema, KindOptions(service_cidrs=RANGES))


def families_of(service: Object) -> list[str]:
    """The families of a Service, which its addresses have in the same order."""
    spec = service["spec"]
    found = [f"IPv{ip_address(one).version}" for one in spec["clusterIPs"]]
    assert found == spec["ipFamilies"]
    assert spec["clusterIP"] == spec["clusterIPs"][0]
    return found


def taken(cluster: Cluster) -> set[str]:
    return {one["metadata"]["name"] for one in cluster.store.list("ipaddresses")}


@pytest.mark.parametrize(
    ("spec", "policy", "expected"),
    [
        ({}, "SingleStack", ["IPv4"]),
        ({"ipFamilies": ["IPv6"]}, "SingleStack", ["IPv6"]),
        ({"clusterIP": "fd00:10:96::7"}, "SingleStack", ["IPv6"]),
        ({"ipFamilyPolicy": "PreferDualStack"}, "PreferDualStack", ["IPv4", "IPv6"]),
        ({"ipFamilyPolicy": "RequireDualStack"}, "RequireDualStack", ["IPv4", "IPv6"]),
        (
            {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv6"]},
            "RequireDualStack",
            ["IPv6", "IPv4"],
        ),
        (
            {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]},
            "PreferDualStack",
            ["IPv6", "IPv4"],
        ),
        (
            {"ipFamilyPolicy": "PreferDualStack", "clusterIP": "fd00:10:96::7"},
            "PreferDualStack",
            ["IPv6", "IPv4"],
        ),
    ],
)
def test_addresses_in_the_order_that_was_asked_for(
    dual: Cluster, spec: Object, policy: str, expected: list[str]
) -> None:
    service = dual.service(**spec)
    assert service["spec"]["ipFamilyPolicy"] == policy
    assert families_of(service) == expected
    assert service["spec"]["clusterIP"] == spec.get("clusterIP", service["spec"]["clusterIP"])
    assert taken(dual) == set(service["spec"]["clusterIPs"])


def test_every_address_is_of_the_range_of_its_family(dual: Cluster) -> None:
    service = dual.service(ipFamilyPolicy="RequireDualStack")
    pairs = zip(service["spec"]["clusterIPs"], RANGES, strict=True)
    assert all(ip_address(one) in ip_network(cidr) for one, cidr in pairs)


def test_both_addresses_may_be_asked_for(dual: Cluster) -> None:
    wanted = ["fd00:10:96::7", "10.96.7.7"]
    service = dual.service(
        ipFamilyPolicy="RequireDualStack", clusterIP=wanted[0], clusterIPs=wanted
    )
    assert service["spec"]["clusterIPs"] == wanted
    assert families_of(service) == ["IPv6", "IPv4"]


def test_an_ip_address_says_its_family(dual: Cluster) -> None:
    dual.service(clusterIP="fd00:10:96:0::7")
    made = dual.store.get("ipaddresses", "", "fd00:10:96::7")
    assert made
    assert made["metadata"]["labels"]["ipaddress.kubernetes.io/ip-family"] == "IPv6"


def test_a_deleted_service_gives_both_addresses_back(dual: Cluster) -> None:
    service = dual.service(ipFamilyPolicy="RequireDualStack")
    dual.registry.delete("services", "test", service["metadata"]["name"])
    assert not taken(dual)


def test_upgrade_and_downgrade(dual: Cluster) -> None:
    single = dual.service()
    first = single["spec"]["clusterIP"]
    both = dual.alter(single, ipFamilyPolicy="RequireDualStack")
    assert families_of(both) == ["IPv4", "IPv6"]
    assert both["spec"]["clusterIP"] == first
    assert taken(dual) == set(both["spec"]["clusterIPs"])
    single = dual.alter(both, ipFamilyPolicy="SingleStack")
    assert single["spec"]["clusterIPs"] == [first]
    assert families_of(single) == ["IPv4"]
    assert taken(dual) == {first}


def test_an_upgrade_may_name_its_second_address(dual: Cluster) -> None:
    single = dual.service()
    first = single["spec"]["clusterIP"]
    both = dual.alter(single, ipFamilyPolicy="PreferDualStack", clusterIPs=[first, "fd00:10:96::8"])
    assert both["spec"]["clusterIPs"] == [first, "fd00:10:96::8"]


def test_a_service_that_becomes_a_name_gives_both_addresses_back(dual: Cluster) -> None:
    both = dual.service(ipFamilyPolicy="RequireDualStack")
    named = dual.alter(both, type="ExternalName", externalName="example.org")
    assert "clusterIPs" not in named["spec"]
    assert not taken(dual)


def test_the_primary_family_cannot_change(dual: Cluster) -> None:
    both = dual.service(ipFamilyPolicy="RequireDualStack")
    first, second = both["spec"]["clusterIPs"]
    with pytest.raises(ApiError) as refusal:
        dual.alter(both, ipFamilies=["IPv6", "IPv4"])
    assert causes(refusal.value) == [
        f'spec.clusterIPs[{index}]: Invalid value: "{address}": '
        f"expected an {family} value as indicated by `ipFamilies[{index}]`"
        for index, (address, family) in enumerate([(first, "IPv6"), (second, "IPv4")])
    ]


def test_nor_can_it_together_with_the_addresses(dual: Cluster) -> None:
    both = dual.service(ipFamilyPolicy="RequireDualStack")
    first, second = both["spec"]["clusterIPs"]
    with pytest.raises(ApiError) as refusal:
        dual.alter(both, ipFamilies=["IPv6", "IPv4"], clusterIP=second, clusterIPs=[second, first])
    assert {cause.rpartition(": ")[2] for cause in causes(refusal.value)} == {
        "may not change once set"
    }


def test_losing_a_family_has_to_be_asked_for(dual: Cluster) -> None:
    both = dual.service(ipFamilyPolicy="RequireDualStack")
    with pytest.raises(ApiError) as refusal:
        dual.alter(both, ipFamilies=["IPv4"], clusterIPs=both["spec"]["clusterIPs"][:1])
    assert causes(refusal.value) == [
        'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": '
        f"must be 'SingleStack' to release the secondary {what}"
        for what in ("cluster IP", "IP family")
    ]


def test_an_address_of_the_other_family_that_is_taken(dual: Cluster) -> None:
    dual.service(clusterIP="fd00:10:96::9")
    with pytest.raises(ApiError) as refusal:
        dual.service(name="other", clusterIP="fd00:10:96::9")
    assert causes(refusal.value) == [
        'spec.clusterIPs: Invalid value: ["fd00:10:96::9"]: '
        "failed to allocate IP fd00:10:96::9: provided IP is already allocated"
    ]


def test_the_last_address_of_an_ipv6_range_may_be_had(schema: Schema) -> None:
    cluster = Cluster(schema, KindOptions(service_cidrs=("10.96.0.0/16", "fd00::/125")))
    names = [f"s{index}" for index in range(7)]
    found = {cluster.service(name=one, ipFamilies=["IPv6"])["spec"]["clusterIP"] for one in names}
    assert found == {f"fd00::{host}" for host in range(1, 8)}
