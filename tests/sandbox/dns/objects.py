"""Services, EndpointSlices and namespaces as DNS needs them."""

import socket

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.dns.directory import StoreDirectory
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object


def namespace(name: str) -> Object:
    return {"metadata": {"name": name}}


def service(
    name: str,
    address: str = "None",
    ports: tuple[tuple[str, int], ...] = (("", 9000),),
    namespace: str = "truth",
    **spec: object,
) -> Object:
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": address,
            "clusterIPs": [address],
            "ports": [
                {"name": port, "port": number, "protocol": "TCP"} if port else {"port": number}
                for port, number in ports
            ],
            **spec,
        },
    }


def slice_of(
    name: str,
    *endpoints: Object,
    ports: tuple[tuple[str, int], ...] = (("", 8080),),
    namespace: str = "truth",
    suffix: str = "x",
) -> Object:
    return {
        "metadata": {
            "namespace": namespace,
            "name": f"{name}-{suffix}",
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv4",
        "endpoints": list(endpoints),
        "ports": [{"name": port, "port": number, "protocol": "TCP"} for port, number in ports],
    }


def endpoint(address: str, *, ready: bool = True, hostname: str = "") -> Object:
    found: Object = {"addresses": [address], "conditions": {"ready": ready}}
    if hostname:
        found["hostname"] = hostname
    return found


def directory_of(store: Store, faults: Faults | None = None) -> StoreDirectory:
    directory = StoreDirectory(store, faults or Faults())
    directory.start()
    return directory


def port_pair() -> tuple[socket.socket, socket.socket, int]:
    """A UDP and a TCP socket of this machine, bound to the same port, and the port."""
    while True:
        udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        try:
            udp.bind(("127.0.0.1", port))
        except OSError:  # somebody else has that UDP port
            udp.close()
            tcp.close()
            continue
        udp.setblocking(False)
        tcp.setblocking(False)
        return udp, tcp, port
