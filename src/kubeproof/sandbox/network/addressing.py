"""The addresses of the sandbox: one LAN for the nodes, one range of Pods per node.

IPv4 only. Everything follows from a node's number, so that two sandboxes are alike.
"""

from ipaddress import IPv4Network

LAN = IPv4Network("172.30.0.0/24")
LAN_GATEWAY = "172.30.0.1"
OUTSIDE_ADDRESS = "172.30.0.254"
ANOTHER_OUTSIDE_ADDRESS = "172.30.0.253"
POD_RANGE = IPv4Network("10.244.0.0/16")
SERVICE_RANGE = IPv4Network("10.96.0.0/16")
MAX_NODES = 9

_FIRST_NODE_HOST = 10


def node_name(number: int) -> str:
    """The name of the node with this number, counted from 1."""
    return f"k8s-node{number}"


def node_address(number: int) -> str:
    """The node's address on the LAN."""
    return str(LAN[_FIRST_NODE_HOST + number])


def pod_cidr(number: int) -> IPv4Network:
    """The range of the node's Pods; its first address is their gateway."""
    return IPv4Network((int(POD_RANGE[number << 8]), 24))


def hardware_address(address: str) -> bytes:
    """A locally administered MAC address that follows from an IPv4 address."""
    return b"\x0a\x58" + bytes(int(part) for part in address.split("."))
