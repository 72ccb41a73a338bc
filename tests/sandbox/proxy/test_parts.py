"""The small parts: names, ranges, durations, and which UDP flows are stale."""

from dataclasses import replace

import pytest

from kubeproof.sandbox.proxy import naming
from kubeproof.sandbox.proxy.conntrack import TCP, UDP, Direction, Entry
from kubeproof.sandbox.proxy.datatypes import INET_PROTO, INET_SERVICE, IPV4_ADDR, Key, encoded
from kubeproof.sandbox.proxy.endpoints import endpoints_of
from kubeproof.sandbox.proxy.model import Element, NamedSet, Rules, Target
from kubeproof.sandbox.proxy.ranges import ranges
from kubeproof.sandbox.proxy.service_port import service_ports
from kubeproof.sandbox.proxy.text import table_text
from kubeproof.sandbox.proxy.udp_flows import DELETED_KEPT, EMPTY_KEPT, ready_only, serving
from tests.sandbox.proxy.builders import EXTERNAL_IP, VIP, Pod, endpoint_slice, port, service


def test_long_names_are_cut_and_stay_apart() -> None:
    name = naming.endpoint_base("n" * 63, "s" * 63, "tcp", "p" * 63, "2001:db8::1" * 4, 65535)
    other = naming.endpoint_base("n" * 63, "s" * 63, "tcp", "p" * 63, "2001:db8::2" * 4, 65535)
    assert len(name) == len(other) == 240
    assert name.endswith("...")
    assert name != other
    assert ":" not in name


@pytest.mark.parametrize(
    ("prefixes", "shown"),
    [
        (["10.0.0.0/8"], "10.0.0.0/8"),
        (["10.0.1.0/24", "10.0.0.0/24"], "10.0.0.0/23"),
        (["10.0.0.0/24", "10.0.0.128/25"], "10.0.0.0/24"),
        (["10.0.0.0/24", "10.0.1.0/25"], "10.0.0.0-10.0.1.127"),
        (["10.0.0.1/32", "9.0.0.0/8"], "9.0.0.0/8 10.0.0.1"),
        (["255.255.255.0/24"], "255.255.255.0/24"),
    ],
)
def test_prefixes_become_ranges_that_lie_apart(prefixes: list[str], shown: str) -> None:
    assert " ".join(str(one) for one in ranges(prefixes)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(1, "1s"), (90, "1m30s"), (10800, "3h"), (86400, "1d"), (93784, "1d2h3m4s")],
)
def test_durations_are_written_as_nft_does(seconds: int, shown: str) -> None:
    sets = {"s": NamedSet((IPV4_ADDR,), dynamic=True, timeout=seconds)}
    assert f"timeout {shown}\n" in table_text("t", "", Rules(sets=sets))


def test_elements_carry_their_comments() -> None:
    sets = {"s": NamedSet((IPV4_ADDR,))}
    elements: dict[str, dict[Key, Element]] = {"s": {("10.0.0.1",): Element(comment="why")}}
    assert 'elements = { 10.0.0.1 comment "why" }' in table_text("t", "", Rules({}, sets, elements))


def test_parts_of_a_concatenation_fill_words() -> None:
    types = (IPV4_ADDR, INET_PROTO, INET_SERVICE)
    assert encoded(types, ("10.0.0.1", "udp", 53)).hex() == "0a0000011100000000350000"
    assert encoded((INET_SERVICE,), (53,)).hex() == "0035"


def _entry(dialled: str, number: int, answers: str, protocol: int = UDP) -> Entry:
    client = Target("10.244.1.9", 40000)
    original = Direction(client, Target(dialled, number))
    reply = Direction(Target(answers, 8080), client)
    return Entry(protocol, original, reply, status=0, timeout=30, identity=b"")


@pytest.mark.parametrize(
    ("entry", "stale"),
    [
        (_entry("10.96.0.5", 80, "10.244.1.2"), False),
        (_entry("10.96.0.5", 80, "10.244.2.2"), False),
        (_entry("10.96.0.5", 80, "10.244.3.2"), True),
        (_entry("10.96.0.5", 80, "10.96.0.5"), True),
        (_entry("10.96.0.5", 81, "10.244.3.2"), False),
        (_entry(VIP, 80, "10.244.3.2"), True),
        (_entry(EXTERNAL_IP, 80, "10.244.3.2"), True),
        (_entry("172.30.0.12", 30080, "10.244.3.2"), True),
        (_entry("172.30.0.12", 30080, "10.244.1.2"), False),
        (_entry("10.96.0.5", 80, "10.244.3.2", protocol=6), False),
    ],
)
def test_a_flow_is_stale_when_it_leads_to_no_serving_endpoint(entry: Entry, stale: bool) -> None:
    web = service(
        "web",
        "10.96.0.5",
        port(80, nodePort=30080, protocol="UDP"),
        type="LoadBalancer",
        ingress=[VIP],
        externalIPs=[EXTERNAL_IP],
    )
    leaving = Pod(2, ready=False, terminating=True)
    dead = Pod(3, ready=False, serving=False, terminating=True)
    item = endpoint_slice(Pod(1), leaving, dead, protocol="UDP")
    (udp,) = service_ports(web)
    flows = serving([(udp, endpoints_of(udp, [item]))])
    assert flows
    assert flows.is_stale(entry) is stale


def test_services_without_udp_have_no_flows() -> None:
    (tcp,) = service_ports(service())
    assert serving([(tcp, endpoints_of(tcp, [endpoint_slice(Pod(1))]))]) is None


def test_no_flow_is_worth_keeping_where_nobody_serves() -> None:
    [udp] = service_ports(service("dns", "10.96.0.10", port(53, protocol="UDP")))
    door = Target("10.96.0.10", 53)
    for flows in (serving([(udp, ())]), serving([], [udp])):
        assert flows
        assert flows.addresses == {door: frozenset()}


def test_faults_keep_what_kubernetes_has_kept() -> None:
    [udp] = service_ports(service("dns", "10.96.0.10", port(53, protocol="UDP")))
    assert serving([(udp, ())], [udp], frozenset({EMPTY_KEPT})) is None
    assert serving([], [udp], frozenset({DELETED_KEPT})) is None


def test_ready_endpoints_alone_get_new_connections() -> None:
    web = service("web", "10.96.0.5", port(80), port(53, name="dns", protocol="UDP"))
    item = endpoint_slice(Pod(1), Pod(2, ready=False, terminating=True))
    flows = ready_only([(one, endpoints_of(one, [item])) for one in service_ports(web)])
    assert flows.addresses == {Target("10.96.0.5", 80): {Target("10.244.1.2", 8080)}}
    assert flows.protocol == TCP
    leaving = replace(_entry("10.96.0.5", 80, "10.244.2.2"), protocol=TCP)
    assert flows.is_stale(leaving)
    assert not flows.is_stale(replace(leaving, protocol=UDP))
    assert not flows.is_stale(replace(_entry("10.96.0.5", 80, "10.244.1.2"), protocol=TCP))


def test_entries_read_like_conntracks() -> None:
    assert str(_entry("10.96.0.5", 80, "10.244.1.2")) == (
        "udp 17 30 src=10.244.1.9 dst=10.96.0.5 sport=40000 dport=80 [UNREPLIED] "
        "src=10.244.1.2 dst=10.244.1.9 sport=8080 dport=40000"
    )
