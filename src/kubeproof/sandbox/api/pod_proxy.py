"""``pods/proxy``: requests to a Pod through the API server.

Source: the Pod registry's ResourceLocation of Kubernetes 1.36. The Pod is dialled from its own
node: the API server itself is not on the Pods' network.
"""

from aiohttp import web

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.reverse_proxy import Location, pass_on, split_id
from kubeproof.sandbox.kubelet.kubelets import Kubelets
from kubeproof.sandbox.objects import Object


class PodProxy:
    """Serves ``pods/proxy``."""

    def __init__(self, registry: Registry, kubelets: Kubelets) -> None:
        self._registry = registry
        self._kubelets = kubelets

    async def handle(
        self, request: web.Request, namespace: str, name: str, path: str
    ) -> web.StreamResponse:
        """Pass the request on to the Pod. Raises ApiError."""
        scheme, pod_name, port = split_id(name, "pod")
        pod = self._registry.get("pods", namespace, pod_name)
        state: Object = pod.get("status") or {}
        address = str(state.get("podIP") or "")
        kubelet = self._kubelets.kubelet(str(pod["spec"].get("nodeName") or ""))
        if not address or kubelet is None:
            raise status.bad_request("address not allowed")
        location = Location(kubelet.namespace, address, port or _first_port(pod), scheme)
        broken = self._kubelets.faults.active("pod-proxy-broken", kubelet.name)
        return await pass_on(request, location, broken)


def _first_port(pod: Object) -> str:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            return str(port["containerPort"])
    return ""
