"""Services, EndpointSlices and namespaces as DNS needs them."""

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
