"""What a new Service looks like."""

import pytest

from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster

COMMON = {
    "sessionAffinity": "None",
    "internalTrafficPolicy": "Cluster",
    "ipFamilies": ["IPv4"],
    "ipFamilyPolicy": "SingleStack",
}


def without_numbers(spec: Object) -> Object:
    """The spec without what is allocated at random."""
    plain = {key: value for key, value in spec.items() if key not in ("clusterIP", "clusterIPs")}
    plain["ports"] = [
        {key: value for key, value in port.items() if key != "nodePort"}
        for port in spec.get("ports", [])
    ]
    return plain


def test_a_service_is_of_type_cluster_ip(cluster: Cluster) -> None:
    service = cluster.service()
    assert without_numbers(service["spec"]) == {
        **COMMON,
        "type": "ClusterIP",
        "selector": {"app": "it"},
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
    }
    assert service["spec"]["clusterIPs"] == [service["spec"]["clusterIP"]]
    assert service["status"] == {"loadBalancer": {}}


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_services_reachable_from_outside_have_a_policy_for_it(cluster: Cluster, kind: str) -> None:
    spec = cluster.service(type=kind)["spec"]
    assert spec["externalTrafficPolicy"] == "Cluster"
    assert spec["ports"][0]["nodePort"] >= 30000
    assert spec.get("allocateLoadBalancerNodePorts") == (True if kind == "LoadBalancer" else None)


def test_external_ips_make_the_external_policy_apply(cluster: Cluster) -> None:
    assert (
        cluster.service(externalIPs=["203.0.113.1"])["spec"]["externalTrafficPolicy"] == "Cluster"
    )


@pytest.mark.parametrize(
    ("given", "target"),
    [({}, 80), ({"targetPort": 0}, 80), ({"targetPort": ""}, 80), ({"targetPort": "web"}, "web")],
)
def test_target_port_follows_the_port(cluster: Cluster, given: Object, target: object) -> None:
    service = cluster.service(ports=[{"port": 80, **given}])
    assert service["spec"]["ports"][0]["targetPort"] == target


@pytest.mark.parametrize(
    ("config", "seconds"),
    [
        (None, 10800),
        ({}, 10800),
        ({"clientIP": {}}, 10800),
        ({"clientIP": {"timeoutSeconds": 60}}, 60),
    ],
)
def test_affinity_lasts_three_hours(cluster: Cluster, config: object, seconds: int) -> None:
    service = cluster.service(sessionAffinity="ClientIP", sessionAffinityConfig=config)
    assert service["spec"]["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": seconds}}


def test_affinity_config_goes_without_affinity(cluster: Cluster) -> None:
    service = cluster.service(sessionAffinityConfig={"clientIP": {"timeoutSeconds": 60}})
    assert "sessionAffinityConfig" not in service["spec"]


def test_external_name_needs_nothing(cluster: Cluster) -> None:
    parts = {
        "spec": {
            "type": "ExternalName",
            "externalName": "example.com.",
            "internalTrafficPolicy": "Local",
        }
    }
    assert cluster.create("services", parts)["spec"] == {
        "type": "ExternalName",
        "externalName": "example.com.",
        "sessionAffinity": "None",
    }


def test_headless_without_selector_may_have_any_family(cluster: Cluster) -> None:
    spec = cluster.service(clusterIP="None", selector=None)["spec"]
    assert (spec["ipFamilyPolicy"], spec["ipFamilies"]) == ("RequireDualStack", ["IPv4", "IPv6"])


def test_headless_with_selector_has_the_family_of_the_cluster(cluster: Cluster) -> None:
    spec = cluster.service(clusterIP="None")["spec"]
    assert (spec["ipFamilyPolicy"], spec["ipFamilies"]) == ("SingleStack", ["IPv4"])
    assert (spec["clusterIP"], spec["clusterIPs"]) == ("None", ["None"])


@pytest.mark.parametrize(
    ("given", "families"),
    [
        ({"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv6"]}, ["IPv6"]),
        ({"ipFamilies": ["IPv6"]}, ["IPv6", "IPv4"]),
        ({"ipFamilyPolicy": "PreferDualStack"}, ["IPv4", "IPv6"]),
    ],
)
def test_headless_without_selector_keeps_its_wish(
    cluster: Cluster, given: Object, families: list[str]
) -> None:
    spec = cluster.service(clusterIP="None", selector=None, **given)["spec"]
    assert spec["ipFamilies"] == families


def test_prefer_dual_stack_makes_do_with_one_family(cluster: Cluster) -> None:
    spec = cluster.service(ipFamilyPolicy="PreferDualStack")["spec"]
    assert (spec["ipFamilyPolicy"], spec["ipFamilies"]) == ("PreferDualStack", ["IPv4"])


def test_a_client_cannot_bring_a_status(cluster: Cluster) -> None:
    parts = {
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
    }
    assert cluster.create("services", parts)["status"] == {"loadBalancer": {}}


def test_empty_fields_are_not_shown(cluster: Cluster) -> None:
    spec = cluster.service(selector={}, externalIPs=[], externalName="", clusterIP="")["spec"]
    assert not spec.keys() & {"selector", "externalIPs", "externalName"}
    assert spec["clusterIP"].startswith("10.96.")
