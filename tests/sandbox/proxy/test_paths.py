"""Where packets go: a table of connections for every kind of Service."""

import pytest

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.model import Rules, Target
from kubeproof.sandbox.proxy.packet import Packet
from kubeproof.sandbox.proxy.trace import trace
from tests.sandbox.proxy.builders import (
    EVERYWHERE,
    EXTERNAL_IP,
    NODE1,
    NODE3,
    VIP,
    Pod,
    affinity,
    endpoint_slice,
    node_hint,
    port,
    service,
    zone_hint,
)
from tests.sandbox.proxy.paths import NODE, OUTSIDE, POD, Dial, check, node_rules, who

CLUSTER_IP = "10.96.0.5:80"
NODE_PORT = f"{NODE}:30080"
LOAD_BALANCER = f"{VIP}:80"
EXTERNAL = f"{EXTERNAL_IP}:80"

EXPOSED = {"type": "LoadBalancer", "ingress": [VIP], "externalIPs": [EXTERNAL_IP]}
ALL = "pod1 pod2 pod3"
ALL_MASQUERADED = "pod1~ pod2~ pod3~"


def exposed(**spec: object) -> Object:
    return service("web", "10.96.0.5", port(80, nodePort=30080), **{**EXPOSED, **spec})


EVERY = endpoint_slice(*EVERYWHERE)
ELSEWHERE = endpoint_slice(Pod(2), Pod(3))
NOWHERE = endpoint_slice()

TABLE: list[tuple[str, Rules, list[Dial]]] = [
    (
        "cluster IP",
        node_rules(service(), EVERY),
        [
            Dial("Pod", POD, CLUSTER_IP, ALL),
            Dial("node", NODE, CLUSTER_IP, ALL_MASQUERADED),
            Dial("outside, by a leaked route", OUTSIDE, CLUSTER_IP, ALL_MASQUERADED),
            Dial("hairpin", "10.244.1.2", CLUSTER_IP, "pod1~ pod2 pod3"),
            Dial("other port", POD, "10.96.0.5:81", "refused"),
            Dial("other protocol", POD, CLUSTER_IP, "refused", "udp"),
            Dial("address of no Service", POD, "10.96.7.7:80", "dropped"),
            Dial("node to address of no Service", NODE, "10.96.7.7:80", "dropped"),
            Dial("Pod address", POD, "10.244.2.2:8080", "pod2"),
            Dial("node port it does not have", OUTSIDE, NODE_PORT, "host"),
        ],
    ),
    (
        "external traffic policy Cluster",
        node_rules(exposed(), EVERY),
        [
            Dial("node port", OUTSIDE, NODE_PORT, ALL_MASQUERADED),
            Dial("node port from Pod", POD, NODE_PORT, ALL_MASQUERADED),
            Dial("node port from node", NODE, NODE_PORT, ALL_MASQUERADED),
            Dial("node port on 127.0.0.1", NODE, "127.0.0.1:30080", "host"),
            Dial("load balancer", OUTSIDE, LOAD_BALANCER, ALL_MASQUERADED),
            Dial("load balancer from Pod", POD, LOAD_BALANCER, ALL_MASQUERADED),
            Dial("external IP", OUTSIDE, EXTERNAL, ALL_MASQUERADED),
            Dial("other node port", OUTSIDE, f"{NODE}:30081", "host"),
            Dial("cluster IP", POD, CLUSTER_IP, ALL),
        ],
    ),
    (
        "external traffic policy Local, with a Pod",
        node_rules(exposed(externalTrafficPolicy="Local"), EVERY),
        [
            Dial("node port", OUTSIDE, NODE_PORT, "pod1"),
            Dial("node port from Pod", POD, NODE_PORT, ALL),
            Dial("node port from node", NODE, NODE_PORT, ALL_MASQUERADED),
            Dial("load balancer", OUTSIDE, LOAD_BALANCER, "pod1"),
            Dial("external IP", OUTSIDE, EXTERNAL, "pod1"),
            Dial("cluster IP", POD, CLUSTER_IP, ALL),
        ],
    ),
    (
        "external traffic policy Local, no Pod here",
        node_rules(exposed(externalTrafficPolicy="Local"), ELSEWHERE),
        [
            Dial("node port", OUTSIDE, NODE_PORT, "dropped"),
            Dial("node port from Pod", POD, NODE_PORT, "pod2 pod3"),
            Dial("node port from node", NODE, NODE_PORT, "pod2~ pod3~"),
            Dial("load balancer", OUTSIDE, LOAD_BALANCER, "dropped"),
            Dial("external IP", OUTSIDE, EXTERNAL, "dropped"),
            Dial("cluster IP", POD, CLUSTER_IP, "pod2 pod3"),
        ],
    ),
    (
        "internal traffic policy Local",
        node_rules(exposed(internalTrafficPolicy="Local"), EVERY),
        [
            Dial("Pod", POD, CLUSTER_IP, "pod1"),
            Dial("node", NODE, CLUSTER_IP, "pod1~"),
            Dial("node port is not affected", OUTSIDE, NODE_PORT, ALL_MASQUERADED),
        ],
    ),
    (
        "internal traffic policy Local, no Pod here",
        node_rules(exposed(internalTrafficPolicy="Local"), ELSEWHERE),
        [
            Dial("Pod", POD, CLUSTER_IP, "dropped"),
            Dial("node", NODE, CLUSTER_IP, "dropped"),
            Dial("node port is not affected", OUTSIDE, NODE_PORT, "pod2~ pod3~"),
        ],
    ),
    (
        "both policies Local, no Pod here",
        node_rules(
            exposed(internalTrafficPolicy="Local", externalTrafficPolicy="Local"), ELSEWHERE
        ),
        [
            Dial("Pod", POD, CLUSTER_IP, "dropped"),
            Dial("node port", OUTSIDE, NODE_PORT, "dropped"),
            Dial("node port from Pod", POD, NODE_PORT, "pod2 pod3"),
        ],
    ),
    (
        "no endpoints",
        node_rules(exposed(), NOWHERE),
        [
            Dial("Pod", POD, CLUSTER_IP, "refused"),
            Dial("node", NODE, CLUSTER_IP, "refused"),
            Dial("node port", OUTSIDE, NODE_PORT, "refused"),
            Dial("node port from node", NODE, NODE_PORT, "refused"),
            Dial("load balancer", OUTSIDE, LOAD_BALANCER, "refused"),
            Dial("external IP", OUTSIDE, EXTERNAL, "refused"),
        ],
    ),
    (
        "no endpoints, policies Local",
        node_rules(exposed(externalTrafficPolicy="Local", internalTrafficPolicy="Local"), NOWHERE),
        [
            Dial("Pod", POD, CLUSTER_IP, "refused"),
            Dial("node port", OUTSIDE, NODE_PORT, "refused"),
            Dial("load balancer", OUTSIDE, LOAD_BALANCER, "refused"),
        ],
    ),
    (
        "source ranges",
        node_rules(exposed(loadBalancerSourceRanges=["172.30.0.200/29", " 10.0.0.0/16 "]), EVERY),
        [
            Dial("outside the ranges", OUTSIDE, LOAD_BALANCER, "dropped"),
            Dial("inside the ranges", "172.30.0.201", LOAD_BALANCER, ALL_MASQUERADED),
            Dial("Pod outside the ranges", POD, LOAD_BALANCER, "dropped"),
            Dial("node outside the ranges", NODE, LOAD_BALANCER, "dropped"),
            Dial("node port is open", OUTSIDE, NODE_PORT, ALL_MASQUERADED),
            Dial("external IP is open", OUTSIDE, EXTERNAL, ALL_MASQUERADED),
            Dial("cluster IP is open", POD, CLUSTER_IP, ALL),
        ],
    ),
    (
        "one source range which has the node",
        node_rules(exposed(loadBalancerSourceRanges=["172.30.0.0/28"]), EVERY),
        [
            Dial("node", NODE, LOAD_BALANCER, ALL_MASQUERADED),
            Dial("from the address itself", VIP, LOAD_BALANCER, ALL_MASQUERADED),
            Dial("outside", OUTSIDE, LOAD_BALANCER, "dropped"),
        ],
    ),
    (
        "one source range which has all",
        node_rules(exposed(loadBalancerSourceRanges=["10.0.0.0/8", "0.0.0.0/0"]), EVERY),
        [Dial("outside", OUTSIDE, LOAD_BALANCER, ALL_MASQUERADED)],
    ),
    (
        "load balancer that is a proxy",
        node_rules(exposed(ingress=[{"ip": VIP, "ipMode": "Proxy"}, {"hostname": "lb"}]), EVERY),
        [Dial("nodes leave it alone", POD, LOAD_BALANCER, "host")],
    ),
    (
        "not ready",
        node_rules(service(), endpoint_slice(Pod(1, ready=False), Pod(2), Pod(3, ready=False))),
        [Dial("Pod", POD, CLUSTER_IP, "pod2")],
    ),
    (
        "terminating beside ready ones",
        node_rules(service(), endpoint_slice(Pod(1, ready=False, terminating=True), Pod(2))),
        [Dial("Pod", POD, CLUSTER_IP, "pod2")],
    ),
    (
        "only terminating ones, some of which still serve",
        node_rules(
            exposed(),
            endpoint_slice(
                Pod(1, ready=False, terminating=True),
                Pod(2, ready=False, terminating=True, serving=False),
                Pod(3, ready=False),
            ),
        ),
        [
            Dial("Pod", POD, CLUSTER_IP, "pod1"),
            Dial("node port", OUTSIDE, NODE_PORT, "pod1~"),
        ],
    ),
    (
        "terminating here, ready elsewhere, policies Local",
        node_rules(
            exposed(externalTrafficPolicy="Local", internalTrafficPolicy="Local"),
            endpoint_slice(Pod(1, ready=False, terminating=True), Pod(2)),
        ),
        [
            Dial("Pod", POD, CLUSTER_IP, "pod1"),
            Dial("node port", OUTSIDE, NODE_PORT, "pod1"),
            Dial("node port from Pod", POD, NODE_PORT, "pod2"),
        ],
    ),
    (
        "zone hints",
        node_rules(exposed(), endpoint_slice(*[Pod(n, hints=zone_hint(n % 2)) for n in (1, 2, 3)])),
        [
            Dial("Pod", POD, CLUSTER_IP, "pod1 pod3"),
            Dial("node port", OUTSIDE, NODE_PORT, "pod1~ pod3~"),
        ],
    ),
    (
        "zone hints that not every endpoint has",
        node_rules(service(), endpoint_slice(Pod(1, hints=zone_hint(1)), Pod(2))),
        [Dial("Pod", POD, CLUSTER_IP, "pod1 pod2")],
    ),
    (
        "zone hints for other zones only",
        node_rules(service(), endpoint_slice(*[Pod(n, hints=zone_hint(n)) for n in (2, 3)])),
        [Dial("Pod", POD, CLUSTER_IP, "pod2 pod3")],
    ),
    (
        "node hints",
        node_rules(service(), endpoint_slice(*[Pod(n, hints=node_hint(n)) for n in (1, 2, 3)])),
        [Dial("Pod", POD, CLUSTER_IP, "pod1")],
    ),
    (
        "node hints, none of which is for this node, and zones",
        node_rules(
            service(),
            endpoint_slice(
                Pod(2, hints={**node_hint(2), **zone_hint(1)}), Pod(3, hints=node_hint(3))
            ),
        ),
        [Dial("Pod", POD, CLUSTER_IP, "pod2")],
    ),
    (
        "hints do not matter for the policy Local",
        node_rules(
            exposed(externalTrafficPolicy="Local"),
            endpoint_slice(Pod(1, hints=zone_hint(2)), Pod(2, hints=zone_hint(1))),
        ),
        [
            Dial("node port", OUTSIDE, NODE_PORT, "pod1"),
            Dial("Pod", POD, CLUSTER_IP, "pod2"),
        ],
    ),
    (
        "several slices, one endpoint in two of them",
        node_rules(
            service(),
            endpoint_slice(Pod(1), Pod(2, ready=False, terminating=True)),
            endpoint_slice(Pod(2), Pod(3)),
        ),
        [Dial("Pod", POD, CLUSTER_IP, ALL)],
    ),
    (
        "slices of others are left alone",
        node_rules(
            service(),
            {**EVERY, "metadata": {"labels": {"service.kubernetes.io/headless": ""}}},
            {**EVERY, "addressType": "IPv6"},
        ),
        [Dial("Pod", POD, CLUSTER_IP, "refused")],
    ),
    (
        "Service of another proxy",
        node_rules(service(labels={"service.kubernetes.io/service-proxy-name": "x"}), EVERY),
        [Dial("Pod", POD, CLUSTER_IP, "dropped")],
    ),
    (
        "headless",
        node_rules(service("web", "None"), EVERY),
        [Dial("Pod", POD, CLUSTER_IP, "dropped")],
    ),
    (
        "external name",
        node_rules(service("web", "10.96.0.5", type="ExternalName"), EVERY),
        [Dial("Pod", POD, CLUSTER_IP, "dropped")],
    ),
    (
        "ports by name and protocol",
        node_rules(
            service(
                "web",
                "10.96.0.5",
                port(53, name="dns", protocol="UDP"),
                port(53, name="dns-tcp"),
                port(9, name="none"),
            ),
            endpoint_slice(Pod(1), name="dns", protocol="UDP", port=5353),
            endpoint_slice(Pod(1), name="dns-tcp", port=5354),
        ),
        [
            Dial("UDP", POD, "10.96.0.5:53", "10.244.1.2:5353", "udp"),
            Dial("TCP", POD, "10.96.0.5:53", "10.244.1.2:5354"),
            Dial("port without endpoints", POD, "10.96.0.5:9", "refused"),
        ],
    ),
    (
        "affinity",
        node_rules(exposed(**affinity(10)), EVERY),
        [
            Dial("Pod", POD, CLUSTER_IP, ALL),
            Dial("node port", OUTSIDE, NODE_PORT, ALL_MASQUERADED),
        ],
    ),
    (
        "endpoints outside the cluster",
        node_rules(service(), endpoint_slice(Pod(9, address="172.30.0.254"))),
        [Dial("Pod", POD, CLUSTER_IP, "172.30.0.254:8080")],
    ),
    (
        "endpoint of a Pod with the node's address",
        node_rules(service(), endpoint_slice(Pod(1, address=NODE))),
        [
            Dial("Pod", POD, CLUSTER_IP, f"{NODE}:8080"),
            Dial("the node itself", NODE, CLUSTER_IP, f"{NODE}:8080~"),
        ],
    ),
]
CASES = [
    pytest.param(rules, dial, id=f"{what}: {dial.name}")
    for what, rules, dials in TABLE
    for dial in dials
]


@pytest.mark.parametrize(("rules", "dial"), CASES)
def test_packets_go_where_they_should(rules: Rules, dial: Dial) -> None:
    check(rules, dial)


def test_a_remembered_client_gets_its_endpoint() -> None:
    rules = node_rules(exposed(**affinity(10)), EVERY)
    name = next(name for name in rules.sets if name.endswith("10.244.2.2/8080"))
    packet = Packet(POD, Target("10.96.0.5", 80))
    known = trace(rules, packet, NODE1, remembered={name: {POD}})
    unknown = trace(rules, packet, NODE1, remembered={name: {"10.244.1.8"}})
    assert known.targets == {"10.244.2.2:8080"}
    assert len(unknown.targets) == 3


def test_a_failure_shows_the_rules_the_packet_met() -> None:
    rules = node_rules(exposed(), EVERY)
    wrong = Dial("node port", OUTSIDE, NODE_PORT, "refused")
    with pytest.raises(AssertionError) as failure:
        check(rules, wrong)
    text = str(failure.value)
    assert "services: ip daddr @nodeport-ips" in text
    assert 'meta mark set meta mark | 0x00004000 comment "masquerade"' in text


def test_every_node_has_its_own_view() -> None:
    local = exposed(externalTrafficPolicy="Local")
    dial = Dial("", OUTSIDE, f"{NODE3.address}:30080", "", node=NODE3)
    assert who(node_rules(local, EVERY, node=NODE3), dial) == "pod3"
    assert who(node_rules(local, endpoint_slice(Pod(1)), node=NODE3), dial) == "dropped"
