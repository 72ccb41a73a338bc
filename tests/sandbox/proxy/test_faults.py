"""What every fault of the renderer breaks: the path of a packet with it and without it."""

import pytest

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.faulty import FAULTS
from kubeproof.sandbox.proxy.health import health_check
from kubeproof.sandbox.proxy.model import Rules, Target
from kubeproof.sandbox.proxy.packet import Packet
from kubeproof.sandbox.proxy.trace import trace
from tests.sandbox.proxy.builders import (
    EVERYWHERE,
    EXTERNAL_IP,
    NODE1,
    VIP,
    Pod,
    affinity,
    endpoint_slice,
    port,
    service,
    zone_hint,
)
from tests.sandbox.proxy.paths import NODE, OUTSIDE, POD, Dial, node_rules, who

CLUSTER_IP = "10.96.0.5:80"
NODE_PORT = f"{NODE}:30080"
LOAD_BALANCER = f"{VIP}:80"
EXTERNAL = f"{EXTERNAL_IP}:80"
EVERY = endpoint_slice(*EVERYWHERE)
ELSEWHERE = endpoint_slice(Pod(2), Pod(3))
HEADLESS_LABELS = {**EVERY["metadata"]["labels"], "service.kubernetes.io/headless": ""}
HEADLESS_SLICE = {**EVERY, "metadata": {**EVERY["metadata"], "labels": HEADLESS_LABELS}}
TERMINATING = Pod(1, ready=False, terminating=True)

# In test_sync, with a proxy that remembers, in test_affinity and in test_packets.
ELSEWHERE_TESTED = {
    "affinity-forever",
    "affinity-ignored",
    "connections-rebalanced",
    "deleted-service-kept",
    "first-slice-only",
    "fragments-lost",
    "former-node-port-kept",
    "large-packets-lost",
    "node-not-updated",
    "node-removal-untold",
    "pods-masqueraded",
    "policy-change-ignored",
    "removed-port-kept",
    "rules-withdrawn-first",
    "stale-endpoint",
    "terminating-connections-cut",
    "udp-conntrack-kept",
    "udp-flows-of-deleted-kept",
    "udp-flows-to-nobody-kept",
    "udp-missing",
    "health-check-lies",
}


def exposed(**spec: object) -> Object:
    fields: dict[str, object] = {"ingress": [VIP], "externalIPs": [EXTERNAL_IP]}
    http = port(80, nodePort=30080)
    return service("web", "10.96.0.5", http, **{"type": "LoadBalancer", **fields, **spec})


PROXIED = exposed(ingress=[{"ip": VIP, "ipMode": "Proxy"}])
TWO_PORTS = service("web", "10.96.0.5", port(80, name="a"), port(81, name="b"))
TWO_PORTS_SLICE = endpoint_slice(Pod(1), name="b")
OTHERS = {"service.kubernetes.io/service-proxy-name": "another"}
LOCAL = {"externalTrafficPolicy": "Local"}
INTERNAL_LOCAL = {"internalTrafficPolicy": "Local"}
RANGES = {"loadBalancerSourceRanges": ["192.0.2.0/24"]}
ALL = "pod1 pod2 pod3"
ALL_MASQUERADED = "pod1~ pod2~ pod3~"

# Fault, Service, slice, source and destination, the right outcome, the broken one.
BROKEN: list[tuple[str, Object, Object, str, str, str, str]] = [
    ("cluster-ip-missing", exposed(), EVERY, POD, CLUSTER_IP, ALL, "dropped"),
    ("endpoint-missing", exposed(), EVERY, POD, CLUSTER_IP, ALL, "pod1 pod2"),
    ("external-ip-missing", exposed(), EVERY, OUTSIDE, EXTERNAL, ALL_MASQUERADED, "host"),
    ("external-ip-missing", exposed(), EVERY, OUTSIDE, LOAD_BALANCER, ALL_MASQUERADED, "host"),
    ("ip-mode-ignored", PROXIED, EVERY, POD, LOAD_BALANCER, "host", ALL_MASQUERADED),
    (
        "external-local-ignored",
        exposed(**LOCAL),
        ELSEWHERE,
        OUTSIDE,
        NODE_PORT,
        "dropped",
        "pod2~ pod3~",
    ),
    (
        "external-local-ignored",
        exposed(**LOCAL),
        EVERY,
        OUTSIDE,
        NODE_PORT,
        "pod1",
        ALL_MASQUERADED,
    ),
    ("extra-port-missing", TWO_PORTS, TWO_PORTS_SLICE, POD, "10.96.0.5:81", "pod1", "refused"),
    ("first-endpoint-only", exposed(), EVERY, POD, CLUSTER_IP, ALL, "pod1"),
    ("first-endpoint-only", exposed(**affinity(9)), EVERY, POD, CLUSTER_IP, ALL, "pod1"),
    (
        "headless-label-ignored",
        exposed(),
        {**EVERY, "metadata": {"labels": {"service.kubernetes.io/headless": ""}}},
        POD,
        CLUSTER_IP,
        "refused",
        ALL,
    ),
    (
        "hints-ignored",
        exposed(),
        endpoint_slice(*[Pod(n, hints=zone_hint(n)) for n in (1, 2, 3)]),
        POD,
        CLUSTER_IP,
        "pod1",
        ALL,
    ),
    (
        "hints-without-fallback",
        exposed(),
        endpoint_slice(*[Pod(n, hints=zone_hint(n)) for n in (2, 3)]),
        POD,
        CLUSTER_IP,
        "pod2 pod3",
        "refused",
    ),
    ("internal-local-ignored", exposed(**INTERNAL_LOCAL), EVERY, POD, CLUSTER_IP, "pod1", ALL),
    (
        "internal-local-ignored",
        exposed(**INTERNAL_LOCAL),
        ELSEWHERE,
        POD,
        CLUSTER_IP,
        "dropped",
        "pod2 pod3",
    ),
    ("local-masquerades", exposed(**LOCAL), EVERY, OUTSIDE, NODE_PORT, "pod1", "pod1~"),
    ("masquerade-all", exposed(), EVERY, POD, CLUSTER_IP, ALL, ALL_MASQUERADED),
    ("no-hairpin", exposed(), EVERY, "10.244.1.2", CLUSTER_IP, "pod1~ pod2 pod3", ALL),
    ("no-masquerade", exposed(), EVERY, OUTSIDE, NODE_PORT, ALL_MASQUERADED, ALL),
    ("no-reject", exposed(), endpoint_slice(), POD, CLUSTER_IP, "refused", "dropped"),
    ("no-reject", exposed(), endpoint_slice(), OUTSIDE, NODE_PORT, "refused", "dropped"),
    ("no-reject", exposed(), EVERY, POD, "10.96.0.5:81", "refused", "dropped"),
    ("node-port-missing", exposed(), EVERY, OUTSIDE, NODE_PORT, ALL_MASQUERADED, "host"),
    ("node-traffic-not-translated", exposed(), EVERY, NODE, CLUSTER_IP, ALL_MASQUERADED, "refused"),
    ("node-traffic-not-translated", exposed(), EVERY, NODE, NODE_PORT, ALL_MASQUERADED, "host"),
    (
        "nodeport-only-with-pods",
        exposed(),
        ELSEWHERE,
        OUTSIDE,
        NODE_PORT,
        "pod2~ pod3~",
        "host",
    ),
    (
        "policies-mixed-up",
        exposed(**INTERNAL_LOCAL),
        EVERY,
        OUTSIDE,
        NODE_PORT,
        ALL_MASQUERADED,
        "pod1",
    ),
    ("policies-mixed-up", exposed(**LOCAL), EVERY, POD, CLUSTER_IP, ALL, "pod1"),
    ("prefers-local", exposed(), EVERY, POD, CLUSTER_IP, ALL, "pod1"),
    ("prefers-local", exposed(), EVERY, OUTSIDE, NODE_PORT, ALL_MASQUERADED, "pod1~"),
    ("same-node-missing", exposed(), EVERY, POD, CLUSTER_IP, ALL, "dropped pod2 pod3"),
    (
        "source-ranges-ignored",
        exposed(**RANGES),
        EVERY,
        OUTSIDE,
        LOAD_BALANCER,
        "dropped",
        ALL_MASQUERADED,
    ),
    (
        "hand-made-slices-ignored",
        exposed(),
        EVERY,
        POD,
        CLUSTER_IP,
        ALL,
        "refused",
    ),
    ("headless-label-ignored", exposed(), HEADLESS_SLICE, POD, CLUSTER_IP, "refused", ALL),
    (
        "other-proxy-ignored",
        {**exposed(), "metadata": {"namespace": "d", "name": "web", "labels": OTHERS}},
        {**EVERY, "metadata": {**EVERY["metadata"], "labels": OTHERS}},
        POD,
        CLUSTER_IP,
        "dropped",
        ALL,
    ),
    (
        "target-port-not-translated",
        exposed(),
        endpoint_slice(Pod(1)),
        POD,
        CLUSTER_IP,
        "pod1",
        "10.244.1.2:80",
    ),
    (
        "terminating-ignored",
        exposed(),
        endpoint_slice(TERMINATING),
        POD,
        CLUSTER_IP,
        "pod1",
        "refused",
    ),
    (
        "terminating-in-rotation",
        exposed(),
        endpoint_slice(TERMINATING, Pod(2)),
        POD,
        CLUSTER_IP,
        "pod2",
        "pod1 pod2",
    ),
    (
        "unready-endpoint-used",
        exposed(),
        endpoint_slice(Pod(1, ready=False, serving=False), Pod(2)),
        POD,
        CLUSTER_IP,
        "pod2",
        "pod1 pod2",
    ),
]


def _outcome(rules: Rules, source: str, destination: str) -> str:
    return who(rules, Dial("", source, destination, ""))


@pytest.mark.parametrize(
    ("fault", "web", "item", "source", "destination", "right", "broken"),
    BROKEN,
    ids=[f"{row[0]}: {row[3]} to {row[4]}" for row in BROKEN],
)
def test_a_fault_breaks_what_it_says(
    fault: str,
    web: Object,
    item: Object,
    source: str,
    destination: str,
    right: str,
    broken: str,
) -> None:
    assert _outcome(node_rules(web, item), source, destination) == right
    assert _outcome(node_rules(web, item, faults=fault), source, destination) == broken


def test_every_fault_is_tested() -> None:
    assert {row[0] for row in BROKEN} | ELSEWHERE_TESTED == FAULTS.keys()


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_leaves_a_rule_set_that_leads_nowhere_else(fault: str) -> None:
    """Every chain a rule names is there: such a table can be programmed."""
    for web in (exposed(), exposed(**LOCAL, **INTERNAL_LOCAL), exposed(**affinity(9)), TWO_PORTS):
        for item in (EVERY, ELSEWHERE, endpoint_slice(), endpoint_slice(TERMINATING)):
            rules = node_rules(web, item, faults=fault)
            for source in (POD, NODE, OUTSIDE, "10.244.1.2"):
                for destination in (CLUSTER_IP, NODE_PORT, LOAD_BALANCER, EXTERNAL):
                    assert _outcome(rules, source, destination)


def test_affinity_faults_change_the_sets() -> None:
    web = exposed(**affinity(9))
    timeouts = [one.timeout for one in node_rules(web, EVERY).sets.values() if one.dynamic]
    forever = node_rules(web, EVERY, faults="affinity-forever")
    ignored = node_rules(web, EVERY, faults="affinity-ignored")
    assert timeouts == [9, 9, 9]
    assert [one.timeout for one in forever.sets.values() if one.dynamic] == [0, 0, 0]
    assert not any(one.dynamic for one in ignored.sets.values())


def test_the_health_check_lies() -> None:
    web = exposed(**LOCAL, healthCheckNodePort=32000)
    honest = health_check(web, [ELSEWHERE], "k8s-node1")
    lying = health_check(web, [ELSEWHERE], "k8s-node1", lies=True)
    assert honest
    assert lying
    assert not honest.healthy
    assert lying.healthy


def test_without_udp_a_number_leads_on_over_tcp_alone() -> None:
    both = port(80, name="a"), port(80, name="b", protocol="UDP")
    item = endpoint_slice(Pod(1), name="b", protocol="UDP")
    web = service("web", "10.96.0.5", *both)
    ends = [
        who(node_rules(web, item, faults=fault), Dial("", POD, CLUSTER_IP, "", "udp"))
        for fault in ("", "udp-missing")
    ]
    assert ends == ["pod1", "refused"]


@pytest.mark.parametrize(
    ("fault", "size", "fragment", "ends"),
    [
        ("", 1500, False, {"delivered"}),
        ("large-packets-lost", 1400, False, {"delivered"}),
        ("large-packets-lost", 1401, False, {"dropped"}),
        ("fragments-lost", 1500, False, {"delivered"}),
        ("fragments-lost", 60, True, {"dropped"}),
    ],
)
def test_what_is_too_long(fault: str, size: int, fragment: bool, ends: set[str]) -> None:
    rules = node_rules(exposed(), EVERY, faults=fault)
    packet = Packet(POD, Target("10.96.0.5", 80), size=size, fragment=fragment)
    assert {one.end for one in trace(rules, packet, NODE1).outcomes} == ends


def test_of_several_slices_one_counts() -> None:
    two = (endpoint_slice(Pod(1)), endpoint_slice(Pod(2)))
    for fault, answering in (("", "pod1 pod2"), ("first-slice-only", "pod1")):
        assert _outcome(node_rules(exposed(), *two, faults=fault), POD, CLUSTER_IP) == answering
