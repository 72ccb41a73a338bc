"""The subresources of Pods and Services that reach into the cluster."""

from collections.abc import Mapping

from kubeproof.sandbox.api.pod_log import PodLog
from kubeproof.sandbox.api.pod_proxy import PodProxy
from kubeproof.sandbox.api.portforward import PortForward
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.server import Handler
from kubeproof.sandbox.api.service_proxy import ServiceProxy
from kubeproof.sandbox.kubelet.kubelets import Kubelets


def extensions(registry: Registry, kubelets: Kubelets) -> Mapping[str, Handler]:
    """Handlers for the API server, by ``resource/subresource``."""
    return {
        "pods/log": PodLog(registry, kubelets).handle,
        "pods/portforward": PortForward(registry, kubelets).handle,
        "pods/proxy": PodProxy(registry, kubelets).handle,
        "services/proxy": ServiceProxy(registry, kubelets).handle,
    }
