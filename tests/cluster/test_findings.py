"""What a cluster is found to be capable of from its objects."""

import json

import pytest

from kubeproof.cluster.families import family_findings
from kubeproof.cluster.findings import served, zones
from kubeproof.cluster.service_proxy import ServiceProxy, node_health, service_proxy
from kubeproof.model import Node, Object
from tests.cluster.shown import Shown, named, node


def ranges(*cidrs: str) -> Shown:
    return Shown({"ServiceCIDR": [named("kubernetes", spec={"cidrs": list(cidrs)})]})


@pytest.mark.parametrize(
    ("shown", "ipv6", "dual"),
    [
        (ranges("10.96.0.0/16"), False, False),
        (ranges("fd00::/108"), True, False),
        (ranges("10.96.0.0/16", "fd00::/108"), True, True),
        (Shown(forbidden=("ServiceCIDR",), takes=("IPv4",)), False, False),
        (Shown(takes=("IPv4", "IPv6")), True, True),
    ],
)
def test_families_follow_from_the_ranges_else_from_what_the_api_takes(
    shown: Shown, ipv6: bool, dual: bool
) -> None:
    found = family_findings(shown.api)
    assert (found["ipv6"].present, found["dual-stack"].present) == (ipv6, dual)
    assert all(one.reason for one in found.values())


def test_zones_of_the_first_two_nodes_count() -> None:
    nodes = [Node.of(node(name, zone)) for name, zone in (("a", "z1"), ("b", "z2"), ("c", "z1"))]
    assert zones(nodes).present
    assert zones(nodes).reason == "the zones of the first two schedulable nodes: z1, z2"
    assert not zones([nodes[0], nodes[2], nodes[1]]).present
    assert not zones(nodes[:1]).present
    alone = zones([Node.of(node("a")), Node.of(node("b", "z1"))])
    assert (alone.present, alone.reason[-8:]) == (False, "none, z1")


def test_a_kind_that_is_not_served_is_missing() -> None:
    assert served(ranges().api, "ServiceCIDR").present
    assert not served(Shown().api, "NetworkPolicy").present


def k3s(*arguments: str) -> Object:
    return node("a", k3s=json.dumps(arguments))


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([k3s("server")], "iptables"),
        ([k3s("server", "--kube-proxy-arg", "proxy-mode=nftables")], "nftables"),
        ([k3s("server"), k3s("agent", "--kube-proxy-arg=proxy-mode=ipvs")], "iptables, ipvs"),
        ([k3s("server", "--disable-kube-proxy")], "a network plugin, without kube-proxy"),
    ],
)
def test_k3s_says_on_each_node_how_it_proxies(nodes: list[Object], said: str) -> None:
    assert str(service_proxy(Shown().api, nodes)) == said


def configured(text: str) -> Shown:
    return Shown({"ConfigMap": [named("kube-proxy", data={"config.conf": text})]})


@pytest.mark.parametrize(
    ("text", "mode"),
    [('mode: ""', "iptables"), ("mode: nftables", "nftables"), ('a: 1\nmode: "ipvs"\n', "ipvs")],
)
def test_kubeadm_keeps_the_mode_in_a_config_map(text: str, mode: str) -> None:
    found = service_proxy(configured(text).api, [node("a")])
    assert (found.name, found.mode) == ("kube-proxy", mode)
    assert found.finding.present


PAGE = "/api/v1/nodes/a:10249/proxy/proxyMode"


def test_a_daemon_set_shows_it_and_the_node_itself_tells_the_mode() -> None:
    shown = Shown({"DaemonSet": [named("kube-proxy-linux")]}, pages={PAGE: "iptables"})
    assert str(service_proxy(shown.api, [node("a")])) == "iptables"
    assert service_proxy(Shown(pages={PAGE: "nftables"}).api, [node("a")]).mode == "nftables"


def test_any_other_answer_on_that_port_says_nothing() -> None:
    found = service_proxy(Shown(pages={PAGE: "<html>welcome"}).api, [node("a")])
    assert not found.finding.present
    assert str(found) == ""
    assert "nothing that can be read here" in found.finding.reason


def test_cilium_can_do_without_kube_proxy() -> None:
    found = service_proxy(Shown({"DaemonSet": [named("cilium")]}).api, [node("a")])
    assert str(found) == "Cilium, without kube-proxy"
    assert not found.finding.present


@pytest.mark.parametrize(
    ("proxy", "version", "present"),
    [
        ("kube-proxy", "v1.31.0", True),
        ("kube-proxy", "v1.36.2+k3s1", True),
        ("kube-proxy", "v1.30.9", False),
        ("Cilium", "v1.36.2", False),
    ],
)
def test_nodes_tell_of_their_removal_since_a_version_of_kube_proxy(
    proxy: str, version: str, present: bool
) -> None:
    assert node_health(ServiceProxy(proxy), version).present is present
