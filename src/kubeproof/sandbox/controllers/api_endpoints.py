"""Where the API server listens, as the endpoints of its own Service tell.

An API server writes them itself and renews a lease beside them; when it goes without a word, its
endpoint stays until the lease is over (kube-apiserver's endpoint reconciler).
"""

from collections.abc import Iterable, Mapping

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object

STALE = "api-server-endpoint-stale"
"""The fault under which the Service leads to an API server that is gone."""

_KEY: Key = ("default", "kubernetes")
_GONE = "172.30.0.2"  # on the nodes' LAN, where nobody has it


class ApiEndpointsController(Controller[Key]):
    """Keeps the endpoints of the API server's Service. There is one key."""

    def __init__(
        self,
        registry: Registry,
        faults: Faults,
        endpoint: tuple[str, int],
        clock: Clock = system_clock,
    ) -> None:
        """``endpoint`` is the address and port at which Pods reach the API."""
        super().__init__(registry, faults, clock)
        self._endpoint = endpoint
        faults.subscribe(self.look_at_everything)

    def watches(self) -> Mapping[str, Handler]:
        """The objects that it writes: whoever changes or deletes one finds it as it was."""
        return {kind: enqueue_in(self.queue) for kind in ("endpoints", "endpointslices")}

    def everything(self) -> Iterable[Key]:
        """The Service of the API server."""
        return (_KEY,)

    def reconcile(self, key: Key) -> None:
        """Write what is not so."""
        if key != _KEY:
            return
        address, port = self._endpoint
        if self.faults.active(STALE):
            address = _GONE
        self._write("endpoints", api_endpoints(address, port), "subsets")
        self._write("endpointslices", api_endpoint_slice(address, port), "endpoints")

    def _write(self, resource: str, wanted: Object, field: str) -> None:
        there = self.store.get(resource, *_KEY)
        if there is None:
            self.client.create(resource, wanted)
        elif there.get(field) != wanted[field]:
            self.client.update(resource, {**copied(there), field: wanted[field]})


def api_endpoints(address: str, port: int) -> Object:
    """The Endpoints of the API server's Service."""
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": [
            {
                "addresses": [{"ip": address}],
                "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            }
        ],
    }


def api_endpoint_slice(address: str, port: int) -> Object:
    """The EndpointSlice of the API server's Service."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
