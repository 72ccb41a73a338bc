"""The network of a cluster: free of others'."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from kubeproof.cluster.subnet import POOL, free_subnet, high_address, subnets_of
from kubeproof.errors import ClusterUnavailable
from tests.cluster.fake_docker import Object

HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def network(*subnets: str) -> Object:
    return {"Name": "one", "IPAM": {"Config": [{"Subnet": subnet} for subnet in subnets]}}


def test_a_network_of_docker_is_left_alone(tmp_path: Path) -> None:
    taken = network("172.29.0.0/17", "172.29.128.0/18", "172.29.192.0/19", "172.29.224.0/20")
    rest = network("172.29.240.0/21", "172.29.248.0/22", "172.29.252.0/23", "172.29.254.0/24")
    assert free_subnet([taken, rest], tmp_path / "none") == IPv4Network("172.29.255.0/24")


def test_a_route_of_the_host_is_left_alone(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    # 172.29.0.0/17 and the default route, as the kernel writes them: little-endian
    lines = [
        "tun0\t00001DAC\t00000000\t0001\t0\t0\t0\t0080FFFF\t0\t0\t0\n",
        "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
    ]
    routes.write_text(HEADER + "".join(lines))
    other_half = network("172.29.128.0/18", "172.29.192.0/19", "172.29.224.0/20", "172.29.240.0/21")
    found = free_subnet([other_half], routes)
    assert found.subnet_of(IPv4Network("172.29.248.0/21"))


def test_where_all_is_taken_a_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClusterUnavailable, match="docker network prune"):
        free_subnet([network(str(POOL))], tmp_path / "none")


def test_a_network_without_addresses_takes_none() -> None:
    assert subnets_of({"Name": "host", "IPAM": {"Config": None}}) == []
    assert subnets_of({"Name": "six", "IPAM": {"Config": [{"Subnet": "fd00::/64"}]}}) == []


def test_the_clients_address_is_beyond_those_that_docker_hands_out() -> None:
    assert high_address(IPv4Network("172.29.5.0/24")) == "172.29.5.250"
