"""A network of our own that nobody else on this machine uses."""

import ipaddress
import secrets
import socket
import struct
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from pathlib import Path

from kubeproof.errors import ClusterUnavailable
from kubeproof.model import Object

# Docker itself hands out 172.17 to 172.28 by default; the sandbox's nodes are in 172.30.
POOL = IPv4Network("172.29.0.0/16")
ROUTES = Path("/proc/net/route")


def free_subnet(networks: Iterable[Object], routes: Path = ROUTES) -> IPv4Network:
    """A /24 that overlaps neither a Docker network nor a route of this host.

    Which one is left to chance, so that runs which begin together do not want the same.

    Raises:
        ClusterUnavailable: there is none left.
    """
    taken = [*_of_networks(networks), *_of_routes(routes)]
    free = [one for one in POOL.subnets(new_prefix=24) if not any(one.overlaps(t) for t in taken)]
    if not free:
        raise ClusterUnavailable(
            f"every /24 of {POOL} is taken on this host; remove networks that are no longer used "
            "with: docker network prune"
        )
    return secrets.choice(free)


def high_address(subnet: IPv4Network) -> str:
    """An address that Docker gives to no container by itself unless the network is nearly full."""
    return str(subnet.broadcast_address - 5)


def subnets_of(network: Object) -> Sequence[IPv4Network]:
    """The IPv4 subnets of a Docker network."""
    ipam: Object = network.get("IPAM") or {}
    pools: list[Object] = ipam.get("Config") or []
    texts = [str(pool.get("Subnet", "")) for pool in pools]
    return [IPv4Network(text) for text in texts if "." in text]


def _of_networks(networks: Iterable[Object]) -> list[IPv4Network]:
    return [subnet for network in networks for subnet in subnets_of(network)]


def _of_routes(table: Path) -> list[IPv4Network]:
    """The destinations in the kernel's table (proc_net(5)); none on a system without one."""
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return []
    rows = [line.split() for line in lines]
    found = [ipaddress.ip_network(f"{_dotted(r[1])}/{_dotted(r[7])}", strict=False) for r in rows]
    return [one for one in found if isinstance(one, IPv4Network) and one.prefixlen]


def _dotted(word: str) -> str:
    return socket.inet_ntoa(struct.pack("<L", int(word, 16)))
