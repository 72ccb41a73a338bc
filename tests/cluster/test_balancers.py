"""Which load balancer a cluster has, and what follows for scenarios."""

import pytest

from kubeproof.cluster.balancers import CLEANUP, Balancer, balancer_findings, balancer_of
from kubeproof.model import Object
from tests.cluster.shown import Shown, named, node

K3S = '["server","--disable","traefik"]'


def service(**ingress: str) -> Object:
    status = {"loadBalancer": {"ingress": [ingress]}}
    return named("svc", spec={"type": "LoadBalancer"}, status=status)


def found(shown: Shown, *nodes: Object) -> Balancer | None:
    shown.objects.setdefault("Service", [])
    return balancer_of(shown.api, nodes)


def test_metallb_is_known_by_its_addresses() -> None:
    pools = [named("pool", spec={"addresses": ["192.0.2.8-192.0.2.9", "192.0.2.64/28"]})]
    assert found(Shown({"IPAddressPool": pools}), node("a")) == Balancer(
        "MetalLB", "MetalLB has the addresses 192.0.2.8-192.0.2.9, 192.0.2.64/28", cleanup=False
    )


def test_metallb_may_be_told_to_use_excluded_nodes() -> None:
    pools = [named("pool", spec={"addresses": ["192.0.2.8/29"]})]
    containers = [{"name": "speaker", "args": ["--port=7472", "--ignore-exclude-lb=true"]}]
    speakers = named("speaker", spec={"template": {"spec": {"containers": containers}}})
    for sets, excludes in (([], True), ([speakers], False)):
        findings = balancer_findings(
            found(Shown({"IPAddressPool": pools, "DaemonSet": sets}), node("a"))
        )
        assert findings["excluded-nodes"].present is excludes


def test_metallb_without_addresses_counts_as_none() -> None:
    assert found(Shown({"IPAddressPool": []}), node("a")) is None


def test_pools_that_may_not_be_read_are_no_error() -> None:
    assert found(Shown(forbidden=("IPAddressPool",)), node("a")) is None


def test_klipper_is_known_by_the_servers_arguments() -> None:
    nodes = [node("a", k3s='["agent"]'), node("b", k3s=K3S)]
    made = found(Shown(), *nodes)
    assert made is not None
    assert (made.name, made.ip_mode, made.source_ranges) == ("klipper", "VIP", True)


@pytest.mark.parametrize(
    "arguments", ['["server","--disable","servicelb"]', '["server","--disable-cloud-controller"]']
)
def test_klipper_can_be_switched_off(arguments: str) -> None:
    assert found(Shown(), node("a", k3s=arguments)) is None


@pytest.mark.parametrize(
    ("provider", "name", "mode"),
    [
        ("aws:///eu-1/i-0", "Amazon Web Services", "Proxy"),
        ("azure:///subscriptions/0", "Azure", "VIP"),
        ("gce://p/z/n", "Google Cloud", "VIP"),
        ("hcloud://7", "Hetzner Cloud", ""),
    ],
)
def test_a_cloud_is_known_by_its_nodes(provider: str, name: str, mode: str) -> None:
    made = found(Shown(), node("a"), node("b", provider=provider))
    assert made is not None
    assert (made.name, made.ip_mode) == (name, mode)


def test_nodes_of_kind_alone_give_no_addresses() -> None:
    assert found(Shown(), node("a", provider="kind://docker/kind/a")) is None


def test_a_service_with_an_address_on_kind_shows_its_cloud_provider() -> None:
    shown = Shown({"Service": [service(ip="192.0.2.7", ipMode="Proxy")]})
    made = found(shown, node("a", provider="kind://docker/kind/a"))
    assert made is not None
    assert (made.name, made.ip_mode) == ("cloud-provider-kind", "Proxy")


@pytest.mark.parametrize(
    ("ingress", "mode"),
    [
        ({"ip": "192.0.2.7"}, "VIP"),
        ({"ip": "192.0.2.7", "ipMode": "Proxy"}, "Proxy"),
        ({"hostname": "lb.example.com"}, "Proxy"),
    ],
)
def test_what_a_service_was_given_counts_more_than_what_is_known_of_a_cloud(
    ingress: dict[str, str], mode: str
) -> None:
    shown = Shown({"Service": [service(**ingress)]})
    for nodes in ([node("a")], [node("a", provider="azure://x")]):
        made = found(shown, *nodes)
        assert made is not None
        assert made.ip_mode == mode


def test_an_unknown_load_balancer_is_not_trusted_with_source_ranges() -> None:
    findings = balancer_findings(found(Shown({"Service": [service(ip="192.0.2.7")]}), node("a")))
    assert findings["load-balancer"].reason == "Service svc has an external IP"
    assert findings["vip-load-balancer"].present
    assert not findings["source-ranges"].present


@pytest.mark.parametrize("finalizers", [[], [CLEANUP]])
def test_an_unknown_load_balancer_shows_whether_it_marks_its_services(
    finalizers: list[str],
) -> None:
    given = service(ip="192.0.2.7")
    given["metadata"]["finalizers"] = finalizers
    findings = balancer_findings(found(Shown({"Service": [given]}), node("a")))
    assert findings["load-balancer-cleanup"].present is bool(finalizers)


def test_metallb_does_not_mark_its_services() -> None:
    pools = [named("pool", spec={"addresses": ["192.0.2.8/29"]})]
    findings = balancer_findings(found(Shown({"IPAddressPool": pools}), node("a")))
    assert "MetalLB does not mark its Services" in findings["load-balancer-cleanup"].reason


def test_without_any_every_finding_says_what_was_looked_for() -> None:
    findings = balancer_findings(None)
    assert len(findings) == 5
    assert not any(one.present for one in findings.values())
    assert all("no MetalLB address pool" in one.reason for one in findings.values())
