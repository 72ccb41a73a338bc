"""The rules of a real kube-proxy 1.36.2 on node1, against ours for the same Services."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.base import TABLE, TABLE_COMMENT, render_base
from kubeproof.sandbox.proxy.model import Rules, merged
from kubeproof.sandbox.proxy.render import render_service
from kubeproof.sandbox.proxy.text import table_text
from tests.sandbox.proxy.builders import NODE1, port
from tests.sandbox.proxy.listing import Listing, listing

TRUTH = listing(Path(__file__).with_name("truth").joinpath("kube-proxy-nftables.txt").read_text())
NODE = replace(NODE1, name="node1")
ZONE_1 = {"forZones": [{"name": "zone-1"}]}
ZONE_2 = {"forZones": [{"name": "zone-2"}]}
NODE_1 = {**ZONE_1, "forNodes": [{"name": "node1"}]}
NODE_2 = {**ZONE_2, "forNodes": [{"name": "node2"}]}


@dataclass(frozen=True)
class Recorded:
    """One Service of the recording: name, ClusterIP, ports, endpoints as (address, port) lists."""

    key: str
    cluster_ip: str
    ports: tuple[Object, ...] = (port(9000),)
    endpoints: tuple[str, ...] = ("10.244.1.42", "10.244.2.48")
    targets: tuple[int, ...] = (8080,)
    hints: tuple[Object, ...] = ()
    spec: tuple[tuple[str, Any], ...] = ()
    ingress: tuple[str, ...] = ()

    def service(self) -> Object:
        namespace, name = self.key.split("/")
        return {
            "metadata": {"namespace": namespace, "name": name},
            "spec": {
                "type": "ClusterIP",
                "clusterIP": self.cluster_ip,
                "ports": list(self.ports),
                **dict(self.spec),
            },
            "status": {"loadBalancer": {"ingress": [{"ip": ip} for ip in self.ingress]}},
        }

    def slice(self) -> Object:
        ports = [
            {"name": one.get("name", ""), "protocol": one["protocol"], "port": target}
            for one, target in zip(self.ports, self.targets, strict=True)
        ]
        return {
            "addressType": "IPv4",
            "metadata": {"labels": {}},
            "ports": ports,
            "endpoints": [self._endpoint(n, ip) for n, ip in enumerate(self.endpoints)],
        }

    def _endpoint(self, number: int, address: str) -> Object:
        node = f"node{address.split('.')[2]}"
        endpoint: Object = {"addresses": [address], "nodeName": node, "conditions": {}}
        return {**endpoint, "hints": self.hints[number]} if self.hints else endpoint


def _ports(*described: str) -> tuple[Object, ...]:
    """``http:tcp:80`` or ``http:tcp:80:30741`` with a node port."""
    found: list[Object] = []
    for text in described:
        name, protocol, number, *node_port = text.split(":")
        extra = {"nodePort": int(node_port[0])} if node_port else {}
        found.append({"name": name, "protocol": protocol.upper(), "port": int(number), **extra})
    return tuple(found)


NOBODY: dict[str, Any] = {"endpoints": ()}
NODE_PORT = (("type", "NodePort"),)
BALANCER = (("type", "LoadBalancer"),)
AFFINITY = (
    ("sessionAffinity", "ClientIP"),
    ("sessionAffinityConfig", {"clientIP": {"timeoutSeconds": 10800}}),
)
NETTEST: dict[str, Any] = {
    "endpoints": ("10.244.1.43", "10.244.2.46", "10.244.3.26"),
    "targets": (8083, 8081),
}
RECORDED = [
    Recorded(
        "default/kubernetes",
        "10.96.0.1",
        _ports("https:tcp:443"),
        endpoints=("172.30.0.11",),
        targets=(6443,),
    ),
    Recorded(
        "kube-system/kube-dns",
        "10.96.0.10",
        _ports("dns:udp:53", "dns-tcp:tcp:53"),
        endpoints=("10.244.3.2",),
        targets=(53, 53),
    ),
    Recorded(
        "nettest-2914/node-port-service",
        "10.96.183.25",
        _ports("http:tcp:80:32363", "udp:udp:90:30285"),
        spec=NODE_PORT,
        **NETTEST,
    ),
    Recorded(
        "nettest-2914/second-node-port-service",
        "10.96.136.240",
        _ports("http:tcp:80:32459"),
        endpoints=NETTEST["endpoints"],
        targets=(8083,),
        spec=NODE_PORT,
    ),
    Recorded(
        "nettest-2914/session-affinity-service",
        "10.96.148.199",
        _ports("http:tcp:80:30741", "udp:udp:90:30155"),
        spec=(*NODE_PORT, *AFFINITY),
        **NETTEST,
    ),
    Recorded(
        "services-198/svc-not-tolerate-unready",
        "10.96.251.81",
        _ports("http:tcp:80:32757"),
        spec=NODE_PORT,
        **NOBODY,
    ),
    Recorded("truth/1svc", "10.96.92.133"),
    Recorded("truth/aff", "10.96.81.164", spec=AFFINITY),
    Recorded("truth/aff-cfg", "10.96.32.211"),
    Recorded("truth/cip-chosen", "10.96.0.77"),
    Recorded("truth/dsp", "10.96.129.195"),
    Recorded("truth/eip", "10.96.64.99", spec=(("externalIPs", ["203.0.113.7"]),)),
    Recorded("truth/empty", "10.96.93.92", **NOBODY),
    Recorded("truth/gen-2h5kh", "10.96.131.27"),
    Recorded("truth/itp", "10.96.91.226", spec=(("internalTrafficPolicy", "Local"),)),
    Recorded(
        "truth/mp",
        "10.96.240.196",
        _ports("t:tcp:80", "u:udp:80", "s:sctp:80"),
        targets=(80, 80, 80),
    ),
    Recorded("truth/named", "10.96.139.213", _ports("http:tcp:9000")),
    Recorded("truth/pnr", "10.96.68.222"),
    Recorded("truth/ssa", "10.96.169.195", **NOBODY),
    Recorded("truth/svc-1", "10.96.121.208", _ports("a:tcp:9000")),
    Recorded(
        "truth/svc-2",
        "10.96.88.237",
        _ports(":tcp:9000:30000"),
        spec=(*NODE_PORT, ("externalTrafficPolicy", "Local")),
    ),
    Recorded(
        "truth/svc-3",
        "10.96.23.135",
        _ports(":tcp:9000:30647"),
        spec=BALANCER,
        ingress=("172.30.0.200",),
    ),
    Recorded("truth/svc-lbc", "10.96.175.192", _ports(":tcp:9000:30160"), spec=BALANCER),
    Recorded("truth/svc-lbl", "10.96.139.70", _ports(":tcp:9000:31665"), spec=BALANCER),
    Recorded("truth/svc-lbn", "10.96.122.94", spec=BALANCER),
    Recorded("truth/svc-np", "10.96.67.39"),
    Recorded("truth/td", "10.96.130.186", hints=(ZONE_1, ZONE_2)),
    Recorded("truth/td2", "10.96.221.161", hints=(NODE_1, NODE_2)),
    Recorded("truth/tpn", "10.96.127.64", (port(80),), **NOBODY),
    Recorded("truth/unk", "10.96.229.88", **NOBODY),
    Recorded("truth/unk3", "10.96.24.191", **NOBODY),
]


def _rendered() -> Rules:
    parts = {one.key: render_service(one.service(), [one.slice()], NODE) for one in RECORDED}
    return merged({"": render_base(NODE), **parts})


@pytest.fixture(scope="module")
def ours() -> Listing:
    return listing(table_text(TABLE, TABLE_COMMENT, _rendered()))


def test_the_same_sets_and_maps_are_defined(ours: Listing) -> None:
    assert ours.definitions == TRUTH.definitions


@pytest.mark.parametrize("name", sorted(TRUTH.elements))
def test_sets_and_maps_hold_the_same(ours: Listing, name: str) -> None:
    assert ours.elements[name] == TRUTH.elements[name]


def test_the_same_chains_are_there(ours: Listing) -> None:
    assert ours.chains.keys() == TRUTH.chains.keys()


@pytest.mark.parametrize("name", sorted(TRUTH.chains))
def test_chains_have_the_same_rules(ours: Listing, name: str) -> None:
    assert ours.chains[name] == TRUTH.chains[name]


def test_the_recording_was_read_whole() -> None:
    assert len(TRUTH.elements["service-ips"]) == 32
    assert sum(len(rules) for rules in TRUTH.chains.values()) > 100
