"""Whether this host is a client outside the cluster: it is tried, never assumed."""

import fcntl
import socket
import ssl
import struct
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

from kubeproof.cluster.nodes import all_nodes, placeable
from kubeproof.model import Node
from kubeproof.probing.direct import DirectVantage

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

KUBELET_PORT = 10250  # every node listens there, with a certificate that names the node
_SIOCGIFADDR = 0x8915  # netdevice(7): the address of an interface


def outside_of(api: "Api", timeout: float) -> DirectVantage | None:
    """This host as a client on the nodes' network; None if a node cannot be reached from it.

    Its connections stay on the interface that leads to the nodes. Otherwise one to an address
    which nobody there has, such as a ClusterIP, would follow the host's default route and might
    reach a stranger.
    """
    addresses = {_address_towards(node, timeout) for node in placeable(all_nodes(api))}
    own = addresses - {None}
    interfaces = {_interface_of(address) for address in own if address}
    if None in addresses or len(interfaces) != 1 or (interface := interfaces.pop()) is None:
        return None
    name = f"a client outside the cluster ({', '.join(sorted(filter(None, own)))})"
    sockets = partial(_socket_on, interface)
    return DirectVantage(name, timeout, frozenset(filter(None, own)), sockets)


def _socket_on(interface: str, kind: int) -> socket.socket:
    """A socket whose packets leave by one interface (socket(7): unprivileged since Linux 5.7)."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    return sock


def _address_towards(node: Node, timeout: float) -> str | None:
    """This host's address towards a node, if the node's own kubelet answers there.

    That something accepts, or refuses, is no proof: a gateway or a proxy on the way may do both.
    """
    try:
        with socket.create_connection((node.address, KUBELET_PORT), timeout) as sock:
            own = str(sock.getsockname()[0])
            with _UNVERIFIED.wrap_socket(sock) as answered:
                certificate = answered.getpeercert(binary_form=True) or b""
    except OSError:
        return None
    names = (node.name.encode(), node.hostname.encode(), ip_address(node.address).packed)
    return own if any(name in certificate for name in names) else None


def _unverified() -> ssl.SSLContext:
    """Whose certificate it is matters here, not who signed it: many kubelets sign their own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


_UNVERIFIED = _unverified()


def _interface_of(address: str) -> str | None:
    """The interface that has this address; None where sockets cannot be bound to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _, name in socket.if_nameindex():
            try:
                found = fcntl.ioctl(sock, _SIOCGIFADDR, struct.pack("256s", name.encode()))
            except OSError:
                continue  # an interface without an IPv4 address
            if socket.inet_ntoa(found[20:24]) == address and _bindable(name):
                return name
    return None


def _bindable(interface: str) -> bool:
    try:
        _socket_on(interface, socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True
