"""``services/proxy``: requests to one of a Service's Pods through the API server.

Source: the Service registry's ResourceLocation of Kubernetes 1.36. The ClusterIP is not involved:
a Pod is picked from the Service's Endpoints and dialled, here from its own node.
"""

import random
from collections.abc import Iterator

from aiohttp import web

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.reverse_proxy import Location, pass_on, split_id
from kubeproof.sandbox.kubelet.kubelet import Kubelet
from kubeproof.sandbox.kubelet.kubelets import Kubelets
from kubeproof.sandbox.objects import Object


class ServiceProxy:
    """Serves ``services/proxy``."""

    def __init__(self, registry: Registry, kubelets: Kubelets) -> None:
        self._registry = registry
        self._kubelets = kubelets

    async def handle(
        self, request: web.Request, namespace: str, name: str, path: str
    ) -> web.StreamResponse:
        """Pass the request on to a ready Pod of the Service. Raises ApiError."""
        scheme, service, port = split_id(name, "service")
        if port.isdecimal():
            port = self._port_name(namespace, service, int(port))
        endpoints = self._registry.get("endpoints", namespace, service)
        if not endpoints.get("subsets"):
            raise _no_endpoints(service)
        location = next(self._locations(endpoints, namespace, port, scheme), None)
        if location is None:
            raise _no_endpoints(name)
        return await pass_on(
            request, location, self._kubelets.faults.active("service-proxy-broken")
        )

    def _port_name(self, namespace: str, service: str, number: int) -> str:
        spec = self._registry.get("services", namespace, service)["spec"]
        for port in spec.get("ports") or ():
            if port["port"] == number:
                return str(port.get("name") or "")
        raise status.service_unavailable(f'no service port {number} found for service "{service}"')

    def _locations(
        self, endpoints: Object, namespace: str, port: str, scheme: str
    ) -> Iterator[Location]:
        """Every place to go to, in random order."""
        for subset in _shuffled(endpoints["subsets"]):
            for found in subset.get("ports") or ():
                if str(found.get("name") or "") != port:
                    continue
                for address in _shuffled(subset.get("addresses") or []):
                    kubelet = self._kubelet_of(address, namespace)
                    if kubelet is not None:
                        number = str(found["port"])
                        yield Location(kubelet.namespace, str(address["ip"]), number, scheme)

    def _kubelet_of(self, address: Object, namespace: str) -> Kubelet | None:
        """The kubelet of the Pod at an address; None if there is no Pod of this namespace."""
        target: Object = address.get("targetRef") or {}
        if self._kubelets.faults.active("service-proxy-unguarded"):
            target = {**target, "namespace": namespace}
        if target.get("kind") != "Pod" or target.get("namespace") != namespace:
            return None
        pod = self._registry.store.get("pods", namespace, str(target.get("name")))
        state: Object = (pod or {}).get("status") or {}
        if pod is None or address["ip"] != state.get("podIP"):
            return None
        return self._kubelets.kubelet(str(pod["spec"].get("nodeName") or ""))


def _no_endpoints(name: str) -> status.ApiError:
    return status.service_unavailable(f'no endpoints available for service "{name}"')


def _shuffled(items: list[Object]) -> list[Object]:
    return random.sample(items, len(items))
