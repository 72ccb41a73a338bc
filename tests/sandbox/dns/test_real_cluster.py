"""The zone answers as a real cluster's DNS answered, section by section."""

import re
from pathlib import Path

import pytest

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.dns.decoding import decode
from kubeproof.sandbox.dns.encoding import encode
from kubeproof.sandbox.dns.message import Edns, Message, Question, Rcode, Record, Soa, Srv, Type
from kubeproof.sandbox.dns.server import DnsServer
from kubeproof.sandbox.dns.zone import Zone
from tests.sandbox.dns.objects import directory_of, endpoint, namespace, service, slice_of

_TRANSCRIPT = (Path(__file__).parent / "real_cluster.txt").read_text(encoding="utf-8")
_CASES = {case.splitlines()[0]: case for case in re.split(r"^\$ dig ", _TRANSCRIPT, flags=re.M)[1:]}
_TWO_PODS = (endpoint("10.244.1.42"), endpoint("10.244.2.48"))


def _server() -> DnsServer:
    """The cluster that was asked: its Services, of which most selected the same Pods."""
    store = Store()
    for name in ("truth", "default", "kube-system"):
        store.put("namespaces", namespace(name))
    http = (("http", 8080),)
    store.put("services", service("named", "10.96.139.213", (("http", 9000),)))
    store.put("services", service("empty", "10.96.93.92"))
    store.put("services", service("kubernetes", "10.96.0.1", (("https", 443),), "default"))
    store.put("services", service("hl-named", "None", http))
    store.put(
        "endpointslices",
        slice_of(
            "hl-named",
            endpoint("10.244.1.42"),
            endpoint("10.244.2.48", hostname="web-0"),
            ports=http,
        ),
    )
    store.put("services", service("hl-noports", "None", ()))
    store.put("endpointslices", slice_of("hl-noports", *_TWO_PODS, ports=()))
    store.put("services", service("en", "", (), type="ExternalName", externalName="example.com"))
    for name in re.findall(r"10-244-2-48\.([a-z0-9-]+)\.truth", _TRANSCRIPT):
        if name != "hl-noports":
            store.put("endpointslices", slice_of(name, *_TWO_PODS))
    return DnsServer(Zone(directory_of(store)))


def _ask(name: str, kind: str) -> Message:
    query = Message(7, Question(f"{name}.", Type[kind]), recursion_desired=True, edns=Edns(1232))
    reply = _server().respond(encode(query), tcp=True)
    assert reply is not None
    return decode(reply)


def _shown(record: Record) -> str:
    """A record as dig shows it, with one space between columns and without the SOA's serial."""
    data = record.data
    if isinstance(data, Srv):
        data = f"{data.priority} {data.weight} {data.port} {data.target}"
    if isinstance(data, Soa):
        data = f"{data.mname} {data.rname} {data.refresh} {data.retry} {data.expire} {data.minimum}"
    return f"{record.name} {record.ttl} IN {Type(record.type).name} {data!s}"


def _lines(case: str, section: str) -> set[str]:
    found = re.search(rf"^;; {section} SECTION:\n((?:[^;\n].*\n)*)", case, re.M)
    lines = found[1].splitlines() if found else []
    return {re.sub(r"(hostmaster\S+) \d+", r"\1", " ".join(line.split())) for line in lines}


@pytest.mark.parametrize("asked", _CASES)
def test_answers_as_the_real_cluster(asked: str) -> None:
    case = _CASES[asked]
    name, kind = asked.split()
    reply = _ask(name, kind)
    status = re.search(r"status: (\w+)", case)
    flags = re.search(r"flags: ([a-z ]+);", case)
    counts = re.search(r"QUERY: 1, ANSWER: (\d+), AUTHORITY: (\d+), ADDITIONAL: (\d+)", case)
    assert status
    assert flags
    assert counts
    assert Rcode(reply.rcode).name == status[1]
    assert reply.authoritative == ("aa" in flags[1].split())
    assert reply.recursion_desired
    assert reply.edns == Edns(1232)
    assert {_shown(record) for record in reply.answer} == _lines(case, "ANSWER")
    assert {_shown(record) for record in reply.authority} == _lines(case, "AUTHORITY")
    shown = (len(reply.answer), len(reply.authority), len(reply.additional) + 1)  # 1: OPT
    assert shown == tuple(int(count) for count in counts.groups())
