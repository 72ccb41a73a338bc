"""Names of the cluster's domain beyond those that were recorded from a real cluster."""

import pytest

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.dns.message import IN, Question, Rcode, Soa, Srv, Type
from kubeproof.sandbox.dns.zone import Answer, Zone, reverse_address
from kubeproof.sandbox.faults import Faults
from tests.sandbox.dns.objects import directory_of, endpoint, namespace, service, slice_of


def _store() -> Store:
    store = Store()
    for name in ("truth", "kube-system"):
        store.put("namespaces", namespace(name))
    return store


def _ask(store: Store, name: str, kind: Type = Type.A) -> Answer:
    return Zone(directory_of(store)).answer(Question(name, kind))


def _data(answer: Answer) -> list[object]:
    return [record.data for record in answer.answer]


def test_names_are_answered_as_they_were_asked_whatever_their_case() -> None:
    store = _store()
    store.put("services", service("web", "10.96.1.1"))
    answer = _ask(store, "WEB.Truth.SVC.cluster.LOCAL.")
    assert [(record.name, record.data) for record in answer.answer] == [
        ("WEB.Truth.SVC.cluster.LOCAL.", "10.96.1.1")
    ]


@pytest.mark.parametrize(
    ("name", "rcode"),
    [
        ("cluster.local.", Rcode.NOERROR),
        ("svc.cluster.local.", Rcode.NOERROR),
        ("truth.svc.cluster.local.", Rcode.NOERROR),
        ("web.truth.svc.cluster.local.", Rcode.NOERROR),
        ("nowhere.svc.cluster.local.", Rcode.NXDOMAIN),
        ("web.nowhere.svc.cluster.local.", Rcode.NXDOMAIN),
        ("web.truth.nope.cluster.local.", Rcode.NXDOMAIN),
        ("a.b.c.web.truth.svc.cluster.local.", Rcode.NXDOMAIN),
        ("_https._tcp.web.truth.svc.cluster.local.", Rcode.NXDOMAIN),
        ("_http._udp.web.truth.svc.cluster.local.", Rcode.NXDOMAIN),
        ("1-2-3.truth.pod.cluster.local.", Rcode.NXDOMAIN),
        ("10-0-0-1.nowhere.pod.cluster.local.", Rcode.NXDOMAIN),
        ("notcluster.local.", Rcode.SERVFAIL),
        ("example.com.", Rcode.SERVFAIL),
        ("9.9.96.10.in-addr.arpa.", Rcode.SERVFAIL),
    ],
)
def test_which_names_there_are(name: str, rcode: Rcode) -> None:
    store = _store()
    store.put("services", service("web", "10.96.1.1", (("http", 80),)))
    answer = _ask(store, name)
    assert answer.rcode == rcode
    assert answer.authoritative == (rcode != Rcode.SERVFAIL)
    if rcode == Rcode.NXDOMAIN or (not answer.answer and answer.authoritative):
        assert isinstance(answer.authority[0].data, Soa)


def test_an_endpoint_that_is_not_ready_is_not_published() -> None:
    store = _store()
    store.put("services", service("hl"))
    some = endpoint("10.244.1.1", ready=False), endpoint("10.244.1.2")
    store.put("endpointslices", slice_of("hl", *some))
    assert _data(_ask(store, "hl.truth.svc.cluster.local.")) == ["10.244.1.2"]


def test_a_headless_service_without_ready_endpoints_does_not_exist() -> None:
    store = _store()
    store.put("services", service("hl"))
    store.put("endpointslices", slice_of("hl", endpoint("10.244.1.1", ready=False)))
    assert _ask(store, "hl.truth.svc.cluster.local.").rcode == Rcode.NXDOMAIN


def test_all_slices_of_a_service_count_and_an_address_once() -> None:
    store = _store()
    store.put("services", service("hl", ports=(("a", 1), ("b", 2))))
    ports = (("a", 1), ("b", 2))
    store.put("endpointslices", slice_of("hl", endpoint("10.244.1.1"), ports=ports))
    store.put("endpointslices", slice_of("hl", endpoint("10.244.1.2"), ports=ports, suffix="y"))
    found = _ask(store, "hl.truth.svc.cluster.local.")
    assert _data(found) == ["10.244.1.1", "10.244.1.2"]


def test_srv_of_all_ports_and_their_weights() -> None:
    store = _store()
    store.put("services", service("web", "10.96.1.1", (("http", 80), ("admin", 81))))
    answer = _ask(store, "web.truth.svc.cluster.local.", Type.SRV)
    target = "web.truth.svc.cluster.local."
    assert _data(answer) == [Srv(0, 50, 80, target), Srv(0, 50, 81, target)]
    assert [record.data for record in answer.additional] == ["10.96.1.1"]


def test_an_endpoint_of_a_service_with_a_cluster_ip_has_a_name() -> None:
    store = _store()
    store.put("services", service("web", "10.96.1.1"))
    store.put("endpointslices", slice_of("web", endpoint("10.244.1.1", hostname="web-0")))
    assert _data(_ask(store, "web-0.web.truth.svc.cluster.local.")) == ["10.244.1.1"]


def test_an_alias_within_the_cluster_is_followed() -> None:
    store = _store()
    store.put("services", service("web", "10.96.1.1"))
    target = "web.truth.svc.cluster.local"
    store.put("services", service("alias", "", (), type="ExternalName", externalName=target))
    found = _ask(store, "alias.truth.svc.cluster.local.")
    assert _data(found) == [f"{target}.", "10.96.1.1"]
    assert found.answer[1].name == f"{target}."


def test_an_alias_that_leads_nowhere_or_in_circles_shows_nothing() -> None:
    store = _store()
    for name, target in (("dead", "gone"), ("round", "round")):
        full = f"{target}.truth.svc.cluster.local"
        store.put("services", service(name, "", (), type="ExternalName", externalName=full))
        answer = _ask(store, f"{name}.truth.svc.cluster.local.")
        assert (answer.rcode, answer.answer) == (Rcode.NOERROR, ())


def test_an_alias_has_no_ports() -> None:
    store = _store()
    spec = service("away", "", (), type="ExternalName", externalName="example.com")
    store.put("services", spec)
    name = "_http._tcp.away.truth.svc.cluster.local."
    assert _ask(store, name, Type.SRV).rcode == Rcode.NXDOMAIN
    found = _ask(store, "away.truth.svc.cluster.local.", Type.SRV)
    assert _data(found) == [Srv(0, 100, 0, "example.com.")]


def test_the_zones_own_records() -> None:
    store = _store()
    store.put("services", service("kube-dns", "10.96.0.10", namespace="kube-system"))
    assert _data(_ask(store, "cluster.local.", Type.NS)) == ["ns.dns.cluster.local."]
    assert _data(_ask(store, "ns.dns.cluster.local.")) == ["10.96.0.10"]
    assert _data(_ask(store, "dns-version.cluster.local.", Type.TXT)) == ["1.1.0"]
    assert isinstance(_ask(store, "cluster.local.", Type.SOA).answer[0].data, Soa)


def test_only_the_internet_class_is_served() -> None:
    zone = Zone(directory_of(_store()))
    assert zone.answer(Question("version.bind.", Type.TXT, IN + 2)).rcode == Rcode.REFUSED


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("4.3.2.1.in-addr.arpa", "1.2.3.4"),
        ("3.2.1.in-addr.arpa", ""),
        ("x.3.2.1.in-addr.arpa", ""),
        ("1" + ".0" * 30 + ".2.ip6.arpa", "2000::1"),
    ],
)
def test_reverse_names(name: str, address: str) -> None:
    assert reverse_address(name) == address


class TestDirectory:
    def test_changes_show_at_once(self) -> None:
        store = _store()
        zone = Zone(directory_of(store))
        question = Question("hl.truth.svc.cluster.local.", Type.A)
        seen: list[list[object]] = []
        store.put("services", service("hl"))
        for ends in ([endpoint("10.244.1.1")], [endpoint("10.244.1.2")], []):
            store.put("endpointslices", slice_of("hl", *ends))
            seen.append(_data(zone.answer(question)))
        store.put("endpointslices", slice_of("hl", endpoint("10.244.1.3")))
        store.remove("endpointslices", "truth", "hl-x")
        seen.append(_data(zone.answer(question)))
        assert seen == [["10.244.1.1"], ["10.244.1.2"], [], []]

    def test_a_deleted_service_and_namespace_are_forgotten(self) -> None:
        store = _store()
        zone = Zone(directory_of(store))
        store.put("services", service("web", "10.96.1.1"))
        question = Question("web.truth.svc.cluster.local.", Type.A)
        assert _data(zone.answer(question)) == ["10.96.1.1"]
        store.remove("services", "truth", "web")
        assert zone.answer(question).rcode == Rcode.NXDOMAIN
        assert zone.answer(Question("truth.svc.cluster.local.", Type.A)).rcode == Rcode.NOERROR
        store.remove("namespaces", "", "truth")
        assert zone.answer(Question("truth.svc.cluster.local.", Type.A)).rcode == Rcode.NXDOMAIN

    def test_a_slice_that_changes_hands_is_the_new_owners(self) -> None:
        store = _store()
        directory = directory_of(store)
        slice_ = slice_of("one", endpoint("10.244.1.1"))
        store.put("endpointslices", slice_)
        metadata = {**slice_["metadata"], "labels": {"kubernetes.io/service-name": "two"}}
        store.put("endpointslices", {**slice_, "metadata": metadata})
        assert list(directory.endpoints("truth", "one")) == []
        assert [item.address for item in directory.endpoints("truth", "two")] == ["10.244.1.1"]

    def test_it_stands_still_under_the_fault_and_catches_up_after_it(self) -> None:
        store, faults = _store(), Faults()
        zone = Zone(directory_of(store, faults))
        question = Question("web.truth.svc.cluster.local.", Type.A)
        store.put("services", service("web", "10.96.1.1"))
        faults.replace(["dns-stale"])
        store.put("services", service("web", "10.96.1.2"))
        stale = _data(zone.answer(question))
        store.remove("services", "truth", "web")
        still = _data(zone.answer(question))
        faults.replace([])
        assert (stale, still) == (["10.96.1.1"], ["10.96.1.1"])
        assert zone.answer(question).rcode == Rcode.NXDOMAIN
