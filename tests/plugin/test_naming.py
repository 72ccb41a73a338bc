"""What lookups and answers mean in the words of steps."""

from dataclasses import dataclass, field
from typing import cast

import httpx
import pytest

from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.errors import CheckBroken
from kubeproof.model import Object, Pod, Service
from kubeproof.plugin.naming import Naming, shell_of
from kubeproof.probing import Observation, Outcome, Target
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.dig import Record
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.lookup import DnsLookup, HostsLookup, Lookup, Reply
from kubeproof.waiting import Budgets

CONF = "search shop.svc.example svc.example example\nnameserver 10.96.0.10\n"
TARGET = Target("the name", "cluster DNS", 53)


def service(name: str, *addresses: str) -> Service:
    spec: Object = {"clusterIP": addresses[0], "clusterIPs": [*addresses], "ports": []}
    return Service.of({"metadata": {"name": name, "namespace": "shop", "uid": "u"}, "spec": spec})


def pod(name: str, address: str) -> Pod:
    return Pod("shop", name, "u", "n1", address, ready=True, labels={})


@dataclass
class Shop:
    """A workload with one Service and two Pods."""

    namespace: str = "shop"
    budgets: Budgets = field(default_factory=Budgets)
    service: Service = field(default_factory=lambda: service("svc-1", "10.96.0.7", "fd00::7"))

    @property
    def api(self) -> "Shop":
        return self

    def get(self, kind: str, name: str, namespace: str) -> Object:
        assert (kind, name, namespace) == ("Service", "kubernetes", "default")
        metadata = {"name": name, "namespace": namespace, "uid": "k"}
        return {"metadata": metadata, "spec": {"clusterIP": "10.96.0.1"}}

    def present(self, name: str) -> Service:
        assert name == self.service.name
        return self.service

    def pod(self, name: str) -> Pod:
        return {one.name: one for one in self.backends(self.service)}[name]

    def backends(self, _: Service) -> list[Pod]:
        return [pod("pod-1", "10.244.1.2"), pod("pod-2", "10.244.2.2")]


def naming() -> Naming:
    return Naming(cast(Workload, Shop()), lambda _: None)


def client() -> DialVantage:
    answer = httpx.Response(200, json={"output": CONF})
    return DialVantage("a Pod on n1", frozenset({"10.244.1.9"}), lambda page, query: answer)


SPOKEN = Attempt("svc-1", service("svc-1", "10.96.0.7", "fd00::7"))


def asked(words: str) -> Lookup:
    return naming().lookup(client(), words, SPOKEN)


@pytest.mark.parametrize(
    ("words", "name", "kind"),
    [
        ('"svc-1"', "svc-1", "A"),
        ('"svc-1.NAMESPACE.svc.ZONE"', "svc-1.shop.svc.example", "A"),
        ('the IPv6 address of "svc-1"', "svc-1", "AAAA"),
        ('the alias "svc-1.NAMESPACE"', "svc-1.shop", "CNAME"),
        ('the port of "_web._tcp.svc-1"', "_web._tcp.svc-1", "SRV"),
        ("the ClusterIP", "7.0.96.10.in-addr.arpa.", "PTR"),
    ],
)
def test_what_is_looked_up(words: str, name: str, kind: str) -> None:
    lookup = asked(words)
    assert isinstance(lookup, DnsLookup)
    assert (lookup.name, lookup.kind) == (name, kind)


def test_its_own_names_are_in_a_file() -> None:
    lookup = asked('"host-1.sub.NAMESPACE.svc.ZONE" in its /etc/hosts')
    assert isinstance(lookup, HostsLookup)
    assert lookup.name == "host-1.sub.shop.svc.example"


def told(*values: str, kind: str = "A", outcome: Outcome = Outcome.ANSWERED) -> Reply:
    records = tuple(Record("svc-1", kind, value) for value in values)
    status = "" if outcome is Outcome.TIMED_OUT else "NOERROR"
    return Reply(Observation("a Pod on n1", TARGET, outcome, 0.0), records, status)


def is_right(answer: str, reply: Reply, words: str = '"svc-1"') -> bool:
    return naming().wish(answer, asked(words), SPOKEN).right(reply)


ANSWERS = [
    ("the ClusterIP", '"svc-1"', told("10.96.0.7")),
    ("the ClusterIP", 'the IPv6 address of "svc-1"', told("fd00::7", kind="AAAA")),
    ("the ClusterIP of the API server's own Service", '"kubernetes"', told("10.96.0.1")),
    (
        "the address of every ready Pod of the Service",
        '"svc-1"',
        told("10.244.1.2", "10.244.2.2"),
    ),
    ('the address of Pod "pod-2"', '"svc-1"', told("10.244.2.2")),
    (
        'the name "svc-1.NAMESPACE.svc.ZONE"',
        "the ClusterIP",
        told("svc-1.shop.svc.example", kind="PTR"),
    ),
    ('port 9000 at "svc-1"', 'the port of "_web"', told("0 100 9000 svc-1", kind="SRV")),
    (
        "port 8080 at a name for every ready Pod of the Service",
        'the port of "_web"',
        told("0 50 8080 a.svc-1", "0 50 8080 b.svc-1", kind="SRV"),
    ),
    ("no address", '"svc-1"', told(outcome=Outcome.NAME_NOT_FOUND)),
    ("silence", '"svc-1"', told(outcome=Outcome.TIMED_OUT)),
]


@pytest.mark.parametrize(("answer", "words", "right"), ANSWERS)
def test_each_answer_is_right_for_itself_alone(answer: str, words: str, right: Reply) -> None:
    others = [reply for other, _, reply in ANSWERS if other != answer]
    assert is_right(answer, right, words)
    assert not any(is_right(answer, reply, words) for reply in others)


def test_an_address_too_many_is_wrong() -> None:
    assert not is_right("the ClusterIP", told("10.96.0.7", "192.0.2.1"))


def test_a_service_has_to_be_spoken_of() -> None:
    with pytest.raises(CheckBroken, match="no step before has made one"):
        naming().lookup(client(), "the ClusterIP", None)


def test_only_pods_have_names() -> None:
    with pytest.raises(CheckBroken, match="a client outside is no Pod"):
        shell_of(DirectVantage("a client outside", 1.0))
