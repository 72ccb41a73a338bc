"""What a k3s cluster can be told, and what not."""

import pytest

from kubeproof.cluster.k3s_topology import K3S_IMAGE, Topology
from kubeproof.errors import Misuse


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nodes": 0}, "--nodes must be from 1 to 9, not 0"),
        ({"nodes": 10}, "--nodes must be from 1 to 9, not 10"),
        ({"servers": 0}, "--servers must be from 1 to the number of nodes (3), not 0"),
        ({"servers": 4}, "--servers must be from 1 to the number of nodes (3), not 4"),
        ({"zones": 4}, "--zones must be from 0 to the number of nodes (3), not 4"),
        ({"zones": -2}, "--zones must be from 0 to the number of nodes (3), not -2"),
        (
            {"proxy_mode": "ebpf"},
            "--proxy-mode must be one of iptables, nftables, ipvs, not 'ebpf'",
        ),
        ({"load_balancer": "metallb"}, "--load-balancer must be one of klipper, none"),
        ({"image": "rancher/k3s:latest"}, f"--k3s-image must name a version, such as {K3S_IMAGE}"),
        ({"image": "rancher/k3s"}, "--k3s-image must name a version"),
    ],
)
def test_what_cannot_be_is_said(given: dict[str, object], said: str) -> None:
    with pytest.raises(Misuse) as caught:
        Topology(**given)  # pyright: ignore[reportArgumentType] - the parameters are of many types
    assert str(caught.value).startswith(said)


def test_the_usual_cluster_has_one_server_and_two_agents_in_three_zones() -> None:
    usual = Topology()
    assert (usual.servers, usual.agents) == (1, 2)
    assert [usual.zone(n) for n in range(3)] == ["zone-1", "zone-2", "zone-3"]


def test_zones_are_given_in_turn() -> None:
    assert [Topology(zones=2).zone(n) for n in range(3)] == ["zone-1", "zone-2", "zone-1"]


def test_there_may_be_no_zones() -> None:
    assert Topology(zones=0).zone(0) == ""


def test_every_node_is_told_the_proxy_mode() -> None:
    told = Topology(proxy_mode="nftables").node_arguments()
    assert told == ["--kube-proxy-arg=proxy-mode=nftables"]


def test_without_a_load_balancer_k3s_own_is_switched_off() -> None:
    assert "--disable=servicelb" in Topology(load_balancer="none").server_arguments()
    assert "--disable=servicelb" not in Topology().server_arguments()


def test_coredns_is_never_switched_off() -> None:
    assert not any("coredns" in one for one in Topology(load_balancer="none").server_arguments())


def test_clusters_that_differ_are_told_apart_and_equal_ones_are_not() -> None:
    assert str(Topology()) == str(Topology(zones=3))
    assert str(Topology()) != str(Topology(proxy_mode="nftables"))
