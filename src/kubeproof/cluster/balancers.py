"""Which load-balancer implementation a cluster has: what it shows without being asked to act."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from kubeproof.capability import Finding
from kubeproof.cluster.rejected import Rejected
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

METALLB = "metallb.io/v1beta1"
# Clouds' providerIDs begin so; their controllers give addresses to Services.
_CLOUDS = ("aws://", "azure://", "gce://", "digitalocean://", "hcloud://", "openstack://")


def load_balancer(api: "Api") -> Finding:
    """Whether LoadBalancer Services are given external IPs, and how that is known."""
    for look in (_service_with_address, _metallb, _klipper, _cloud):
        if found := look(api):
            return Finding(True, found)
    return Finding(
        False,
        "no load-balancer implementation was found: no Service has an external IP, there is no "
        "MetalLB address pool, no k3s ServiceLB and no cloud's node",
    )


def _quietly(look: "Callable[[Api], str]") -> "Callable[[Api], str]":
    """The look, which finds nothing where the API has no such kind or the user no such right."""

    def looked(api: "Api") -> str:
        try:
            return look(api)
        except Rejected as error:
            if error.code in (403, 404):
                return ""
            raise

    return looked


def _service_with_address(api: "Api") -> str:
    for service in api.list("Service"):
        of_type = service["spec"].get("type") == "LoadBalancer"
        if of_type and service.get("status", {}).get("loadBalancer", {}).get("ingress"):
            return f"Service {service['metadata']['name']} has an external IP"
    return ""


@_quietly
def _metallb(api: "Api") -> str:
    """MetalLB gives addresses from its pools only (metallb.io/configuration)."""
    pools = api.list("IPAddressPool", group=METALLB)
    addresses = [str(one) for pool in pools for one in pool["spec"]["addresses"]]
    return f"MetalLB has the addresses {', '.join(addresses)}" if addresses else ""


def _klipper(api: "Api") -> str:
    """k3s runs its ServiceLB unless a server was told not to (docs.k3s.io/networking)."""
    told = [_annotations(node).get("k3s.io/node-args", "") for node in api.list("Node")]
    servers = [args for args in told if args.startswith('["server"')]
    off = ("servicelb", "--disable-cloud-controller")
    running = servers and not any(word in args for args in servers for word in off)
    return "k3s runs its ServiceLB (klipper), which uses the nodes' addresses" if running else ""


def _annotations(obj: Object) -> Mapping[str, str]:
    return obj["metadata"].get("annotations") or {}


def _cloud(api: "Api") -> str:
    for node in api.list("Node"):
        identity = str(node.get("spec", {}).get("providerID", ""))
        if identity.startswith(_CLOUDS):
            return f"the nodes are of a cloud ({identity.partition('://')[0]})"
    return ""
