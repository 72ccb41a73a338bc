"""What /metrics tells: the feature gates whose behaviour the sandbox has, as v1.36.2 has them.

Reference/instrumentation/metrics: ``kubernetes_feature_enabled``; the stage of a stable gate is
empty. Nothing else that a real API server counts is counted here.
"""

from collections.abc import Mapping

from aiohttp import web

GATES: Mapping[str, str] = {
    "AllowServiceExternalIPs": "",
    "DisableAllocatorDualWrite": "",
    "LoadBalancerIPMode": "",
    "MultiCIDRServiceAllocator": "",
    "NFTablesProxyMode": "",
    "PreferSameTrafficDistribution": "",
    "RelaxedServiceNameValidation": "BETA",
    "ServiceTrafficDistribution": "",
    "StrictIPCIDRValidation": "BETA",
}
"""Each gate that is on, and its stage."""

_NAME = "kubernetes_feature_enabled"
_HELP = "[BETA] This metric records the data about the stage and enablement of a k8s feature."


def metrics() -> web.Response:
    """The page, in Prometheus' text format."""
    lines = [f"# HELP {_NAME} {_HELP}", f"# TYPE {_NAME} gauge"]
    lines += [f'{_NAME}{{name="{name}",stage="{stage}"}} 1' for name, stage in GATES.items()]
    return web.Response(text="\n".join(lines) + "\n", content_type="text/plain", charset="utf-8")
