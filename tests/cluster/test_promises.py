"""What Thens say of objects: each promise holds where it is kept, and says what was seen if not."""

import re
from collections.abc import Callable

import pytest

from kubeproof.cluster import promises
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.workload import Attempt
from kubeproof.errors import CheckBroken, PromiseBroken
from kubeproof.model import Object, Service
from tests.cluster.promises_of import api, cidr, pod, service, workload


def said(promise: Callable[[], None]) -> str:
    with pytest.raises(PromiseBroken) as caught:
        promise()
    return str(caught.value)


AFFINITY = {"clientIP": {"timeoutSeconds": 5}}
FULL = service(
    type="NodePort",
    externalName="x.y",
    sessionAffinity="ClientIP",
    sessionAffinityConfig=AFFINITY,
    trafficDistribution="PreferSameZone",
    externalTrafficPolicy="Local",
    internalTrafficPolicy="Cluster",
    ipFamilyPolicy="SingleStack",
    healthCheckNodePort=32000,
    clusterIPs=["10.96.0.7", "fd00::7"],
)
VALUES = {
    "type": "NodePort",
    "externalName": "x.y",
    "sessionAffinity": "ClientIP",
    "affinity timeout": "5",
    "trafficDistribution": "PreferSameZone",
    "externalTrafficPolicy": "Local",
    "internalTrafficPolicy": "Cluster",
    "ipFamilyPolicy": "SingleStack",
    "ClusterIP": "10.96.0.7",
    "healthCheckNodePort": "32000",
    "number of ClusterIPs": "2",
    "port": "9000",
    "targetPort": "8080",
    "node port": "30000",
}


@pytest.mark.parametrize("field", VALUES)
def test_a_field_has_its_value_and_no_other(field: str) -> None:
    promises.field_is(FULL, field, VALUES[field])
    told = said(lambda: promises.field_is(FULL, field, "another"))
    assert told == f"the {field} of Service svc-1 is another; seen: {VALUES[field]}"


def test_every_field_that_steps_can_name_is_tried_here() -> None:
    assert VALUES.keys() >= promises.FIELDS.keys()


def test_a_field_that_is_not_set() -> None:
    promises.has_no(service(), "externalTrafficPolicy")
    told = said(lambda: promises.has_no(FULL, "externalTrafficPolicy"))
    assert told == "Service svc-1 has no externalTrafficPolicy; seen: Local"


def test_a_service_keeps_what_it_had() -> None:
    other = service(clusterIP="10.96.0.8")
    promises.has_kept(service(), service(), ["identity", "ClusterIP", "external IP", "node port"])
    told = said(lambda: promises.has_kept(service(), other, ["ClusterIP"]))
    assert told == "Service svc-1 keeps its ClusterIP: 10.96.0.7; seen: 10.96.0.8"
    told = said(lambda: promises.has_kept(service(), other, ["identity", "ClusterIP"]))
    expected = "Service svc-1 keeps its identity and its ClusterIP: ('u1', '10.96.0.7')"
    assert told == f"{expected}; seen: ('u1', '10.96.0.8')"


@pytest.mark.parametrize("what", promises.KEPT)
def test_what_is_kept_is_looked_at(what: str) -> None:
    ports = [{"port": 9000, "nodePort": 30001}]
    other = Service.of(
        {
            "metadata": {"namespace": "ns", "name": "svc-1", "uid": "u2"},
            "spec": {"clusterIP": "10.96.0.8", "ports": ports},
            "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}},
        }
    )
    assert f"keeps its {what}" in said(lambda: promises.has_kept(service(), other, [what]))


def listed(name: str, uid: str, address: str) -> Object:
    meta = {"namespace": "ns", "name": name, "uid": uid}
    return {"metadata": meta, "spec": {"clusterIP": address, "ports": []}, "status": {}}


def test_a_cluster_ip_is_from_one_of_the_ranges_and_nobody_else_s() -> None:
    others = [listed("svc-1", "u1", "10.96.0.7"), listed("svc-2", "u2", "10.96.0.8")]
    ranges = [cidr("10.96.0.0/16"), cidr("10.200.0.0/16", "fd00::/108")]
    promises.own_cluster_ip(api(ServiceCIDR=ranges, Service=others), service())
    told = said(lambda: promises.own_cluster_ip(api(ServiceCIDR=ranges[1:]), service()))
    wish = "the ClusterIP of Service svc-1 lies in 10.200.0.0/16, fd00::/108"
    assert told == f"{wish}; seen: 10.96.0.7"
    twice = [*others, listed("svc-3", "u3", "10.96.0.7"), listed("svc-4", "u4", "10.96.0.7")]
    there = api(ServiceCIDR=ranges, Service=twice)
    told = said(lambda: promises.own_cluster_ip(there, service()))
    wish = "the ClusterIP of Service svc-1, 10.96.0.7, is its own"
    assert told == f"{wish}; seen: it is also that of svc-3, svc-4"


def test_a_cluster_that_does_not_tell_its_ranges_breaks_the_check() -> None:
    silent = api(ServiceCIDR=Rejected(403, "Forbidden", "not you"))
    with pytest.raises(CheckBroken, match=r"^the cluster does not tell its Service range: .*not"):
        promises.service_ranges(silent)


def test_ranges_are_asked_for_in_their_own_group() -> None:
    there = api(ServiceCIDR=[cidr("10.96.0.0/16")])
    assert [str(one) for one in promises.service_ranges(there)] == ["10.96.0.0/16"]
    assert there.asked == [("ServiceCIDR", "", "networking.k8s.io/v1")]  # pyright: ignore


def node(*addresses: str) -> Object:
    status = {"addresses": [{"address": one} for one in addresses]} if addresses else {}
    return {"metadata": {"name": "n1"}, "status": status}


def test_a_cluster_ip_is_no_pod_s_and_no_node_s() -> None:
    starting: Object = {"metadata": {"name": "pod-2"}}
    waiting: Object = {"metadata": {"name": "n2"}}
    others = api(Pod=[pod("10.1.0.2"), starting], Node=[node("172.30.0.11"), node(), waiting])
    promises.address_of_nothing_else(others, service())
    wish = "the ClusterIP of Service svc-1 is no Pod's and no node's address"
    for there, owner in ((api(Pod=[pod("10.96.0.7")]), "Pod pod-1"),):
        told = said(lambda there=there: promises.address_of_nothing_else(there, service()))
        assert told == f"{wish}; seen: 10.96.0.7 is {owner}'s"
    there = api(Node=[node("172.30.0.11", "10.96.0.7")])
    told = said(lambda: promises.address_of_nothing_else(there, service()))
    assert told == f"{wish}; seen: 10.96.0.7 is node n1's"


def refusal(code: int = 422, message: str = "spec.type: Invalid value: it is odd") -> Attempt:
    return Attempt("svc-1", refusal=Rejected(code, "Invalid", message))


def test_a_refusal_is_for_this_field_and_this_reason() -> None:
    promises.refused(refusal(), "spec.type", "it is odd")
    wish = "Service svc-1 is refused at spec.type because it is odd"
    assert said(lambda: promises.refused(Attempt("svc-1"), "spec.type", "it is odd")) == (
        f"{wish}; seen: it was accepted"
    )
    for other in (
        refusal(code=403),
        refusal(message="spec.ports: it is odd"),
        refusal(message="spec.type: it is even"),
    ):
        told = said(lambda other=other: promises.refused(other, "spec.type", "it is odd"))
        assert told == f"{wish}; seen: {other.refusal}"


def test_another_object_s_refusal_is_named() -> None:
    attempt = Attempt("svc-1", what="a change of Service svc-1")
    told = said(lambda: promises.refused(attempt, "spec.type", "odd"))
    assert told.startswith("a change of Service svc-1 is refused at spec.type because odd; ")


def test_a_cluster_ip_that_was_asked_for() -> None:
    promises.has_cluster_ip_of(service(), service("svc-2"))
    other = service("svc-2", clusterIP="10.96.0.9")
    told = said(lambda: promises.has_cluster_ip_of(service(), other))
    expected = "the ClusterIP of Service svc-1 is 10.96.0.9, as it asked for"
    assert told == f"{expected}; seen: 10.96.0.7"


@pytest.mark.parametrize(
    ("size", "last"), [("10.96.0.0/16", 255), ("10.96.0.0/24", 15), ("10.96.0.0/22", 63)]
)
def test_the_lower_part_of_a_service_range_is_left_to_people(size: str, last: int) -> None:
    there = workload()
    there.api.objects["ServiceCIDR"] = [cidr("10.97.0.0/16"), cidr(size)]  # pyright: ignore
    low, high = (service(clusterIP=f"10.96.0.{n}") for n in (last, last + 1 & 255))
    if last < 255:
        promises.from_upper_part(there, high, "ClusterIP")
    promises.from_upper_part(there, service(clusterIP="10.97.1.0"), "ClusterIP")
    told = said(lambda: promises.from_upper_part(there, low, "ClusterIP"))
    wish = "the ClusterIP of Service svc-1 comes from the upper part of its range"
    assert told == f"{wish}; seen: 10.96.0.{last}"


def at(port: int) -> Service:
    return service(ports=[{"port": 9000, "nodePort": port}])


@pytest.mark.parametrize(
    ("words", "last"),
    [("30000-32767", 30085), ("30000-30031", 30015), ("1-65535", 128), ("30000-30999", 30030)],
)
def test_the_lower_part_of_a_node_port_range_is_left_to_people(words: str, last: int) -> None:
    there = workload(refusal=f"The range of valid ports is {words}")
    promises.from_upper_part(there, at(last + 1), "node port")
    told = said(lambda: promises.from_upper_part(there, at(last), "node port"))
    assert told.endswith(
        f"the node port of Service svc-1 comes from the upper part of its range; seen: {last}"
    )


def test_a_node_port_lies_in_the_range_up_to_its_ends() -> None:
    for port in (30000, 32767):
        promises.node_port_in_range(workload(), at(port), "node port")
    for port in (29999, 32768):
        told = said(
            lambda port=port: promises.node_port_in_range(workload(), at(port), "node port")
        )
        assert told == f"the node port of Service svc-1 lies in 30000-32767; seen: {port}"


def test_an_api_server_that_does_not_tell_its_range_breaks_the_check() -> None:
    with pytest.raises(
        CheckBroken, match=r"^the API server does not tell its node port range: taken$"
    ):
        promises.node_port_range(workload(refusal="taken"))


def listening(*ports: int) -> promises.Workload:
    there = workload()
    there.api.objects["Pod"] = [pod("10.1.0.2", *ports)]  # pyright: ignore
    return there


def test_a_pod_listens_on_one_port_only() -> None:
    there = listening(8080)
    promises.listens_only_on(there, ["pod-1"], 8080)
    assert there.api.asked == [("Pod", "pod-1", "ns")]  # pyright: ignore
    for ports in ((8081,), (8080, 8081), ()):
        told = said(
            lambda ports=ports: promises.listens_only_on(listening(*ports), ["pod-1"], 8080)
        )
        assert told == f"Pod pod-1 listens on port 8080 only; seen: {list(ports)}"


def test_a_pod_that_is_replaced_has_another_address() -> None:
    promises.replaced_elsewhere(workload(pods=[pod("10.1.0.2"), pod("10.1.0.3")]), "pod-1")
    same = workload(pods=[pod("10.1.0.2"), pod("10.1.0.2")])
    told = said(lambda: promises.replaced_elsewhere(same, "pod-1"))
    assert told == "the new Pod pod-1 has another address than 10.1.0.2; seen: 10.1.0.2"


def given(*addresses: str) -> Service:
    ingress = [{"ip": one} for one in addresses]
    meta = {"namespace": "ns", "name": "svc-1", "uid": "u1"}
    status = {"loadBalancer": {"ingress": ingress}}
    return Service.of({"metadata": meta, "spec": {"ports": []}, "status": status})


def test_an_external_ip_that_stays_pending_is_watched_for_a_while() -> None:
    promises.external_ip_stays_pending(workload(seen=[given()]), service())
    later = workload(seen=[given(), given(), given("1.2.3.4")])
    told = said(lambda: promises.external_ip_stays_pending(later, service()))
    assert re.fullmatch(
        r"the external IP of Service svc-1 stays pending: not so for 0\.05\d* s; "
        r"seen: \('1.2.3.4',\)",
        told,
    )


def test_the_time_since_its_creation_counts() -> None:
    old = workload(seen=[given(), given(), given("1.2.3.4")], old=9.0)
    promises.external_ip_stays_pending(old, service())
