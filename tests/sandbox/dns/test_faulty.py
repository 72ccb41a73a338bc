"""A zone that answers wrongly: each fault changes one kind of answer, and no other."""

import pytest

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.dns.faulty import FAULTS, FaultyZone
from kubeproof.sandbox.dns.message import Question, Rcode, Srv, Type
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object
from tests.sandbox.dns.objects import directory_of, endpoint, namespace, service, slice_of

HEADLESS, CLUSTER_IP = "hl.truth.svc.cluster.local.", "web.truth.svc.cluster.local."
PORT, HOST = f"_http._tcp.{CLUSTER_IP}", f"host-1.{HEADLESS}"
ALIAS, REVERSE = "alias.truth.svc.cluster.local.", "1.1.96.10.in-addr.arpa."
NOBODY = "nobody.truth.svc.cluster.local."


def alias() -> Object:
    return {
        "metadata": {"name": "alias", "namespace": "truth"},
        "spec": {"type": "ExternalName", "externalName": "example.com"},
    }


def answered(name: str, kind: Type, *faults: str) -> tuple[str, list[str]]:
    store = Store()
    store.put("namespaces", namespace("truth"))
    store.put("services", service("web", "10.96.1.1", (("http", 80),)))
    store.put("services", service("hl"))
    store.put("services", alias())
    some = (
        endpoint("10.244.1.1", hostname="host-1"),
        endpoint("10.244.1.2"),
        endpoint("10.244.1.3", ready=False),
    )
    store.put("endpointslices", slice_of("hl", *some))
    active = Faults(faults)
    zone = FaultyZone(directory_of(store, active), "cluster.local", active)
    found = zone.answer(Question(name, kind))
    data = [one.data for one in found.answer]
    told = [one.target if isinstance(one, Srv) else str(one) for one in data]
    return Rcode(found.rcode).name, sorted(told)


RIGHT: dict[tuple[str, Type], tuple[str, list[str]]] = {
    (CLUSTER_IP, Type.A): ("NOERROR", ["10.96.1.1"]),
    (HEADLESS, Type.A): ("NOERROR", ["10.244.1.1", "10.244.1.2"]),
    (HOST, Type.A): ("NOERROR", ["10.244.1.1"]),
    (PORT, Type.SRV): ("NOERROR", [CLUSTER_IP]),
    (ALIAS, Type.CNAME): ("NOERROR", ["example.com."]),
    (REVERSE, Type.PTR): ("NOERROR", [CLUSTER_IP]),
    (NOBODY, Type.A): ("NXDOMAIN", []),
}
WRONG: dict[str, dict[tuple[str, Type], tuple[str, list[str]]]] = {
    "dns-aliases-missing": {(ALIAS, Type.CNAME): ("NXDOMAIN", [])},
    "dns-answers-every-name": {(NOBODY, Type.A): ("NOERROR", ["192.0.2.1"])},
    "dns-headless-incomplete": {(HEADLESS, Type.A): ("NOERROR", ["10.244.1.1"])},
    "dns-hostnames-ignored": {(HOST, Type.A): ("NXDOMAIN", [])},
    "dns-reverse-missing": {(REVERSE, Type.PTR): ("NXDOMAIN", [])},
    "dns-srv-missing": {(PORT, Type.SRV): ("NOERROR", [])},
    "dns-unready-included": {
        (HEADLESS, Type.A): ("NOERROR", ["10.244.1.1", "10.244.1.2", "10.244.1.3"])
    },
}


@pytest.mark.parametrize("asked", RIGHT)
def test_without_a_fault_answers_are_right(asked: tuple[str, Type]) -> None:
    assert answered(*asked) == RIGHT[asked]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_what_it_is_about_and_nothing_else(fault: str) -> None:
    for asked, right in RIGHT.items():
        assert answered(*asked, fault) == WRONG[fault].get(asked, right)
