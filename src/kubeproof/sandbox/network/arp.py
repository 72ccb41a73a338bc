"""Gratuitous ARP: tell the neighbours that an address has moved here (RFC 5227, section 3)."""

import socket
import struct

from kubeproof.sandbox.network.netns import NetNs

_ETHERTYPE_ARP = 0x0806
_BROADCAST = b"\xff" * 6
_ETHERNET = 1
_ETHERTYPE_IPV4 = 0x0800
_REQUEST = 1


def announce(ns: NetNs, interface: str, address: str) -> None:
    """Broadcast one announcement of an IPv4 address from an interface of the namespace.

    Neighbours that know the address replace its MAC address at once; the others learn nothing.
    """
    with ns.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
        link.bind((interface, 0))
        own = link.getsockname()[4]
        link.send(_announcement(own, socket.inet_aton(address)))


def _announcement(hardware: bytes, address: bytes) -> bytes:
    ethernet = _BROADCAST + hardware + struct.pack(">H", _ETHERTYPE_ARP)
    header = struct.pack(">HHBBH", _ETHERNET, _ETHERTYPE_IPV4, 6, 4, _REQUEST)
    return ethernet + header + hardware + address + bytes(6) + address
