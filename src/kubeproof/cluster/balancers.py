"""Which load-balancer implementation a cluster has: what it shows without being asked to act."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubeproof.capability import Finding
from kubeproof.cluster.api_kinds import k3s_arguments, readable
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

METALLB = "metallb.io/v1beta1"
CLEANUP = "service.kubernetes.io/load-balancer-cleanup"
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
KLIPPER = "klipper"
KIND = "cloud-provider-kind"
_NONE = (
    "no load-balancer implementation was found: no Service has an external IP, there is no "
    "MetalLB address pool to be seen, no k3s ServiceLB and no cloud's node"
)


_NAMES = (
    "load-balancer",
    "vip-load-balancer",
    "source-ranges",
    "load-balancer-cleanup",
    "excluded-nodes",
)


@dataclass(frozen=True, slots=True)
class Balancer:
    """An implementation, and how it treats packets; ``ip_mode`` is empty where it is not known.

    ``ip_mode`` is that of the API (LoadBalancerIngress): VIP where packets come to a node with the
    external IP as their destination, Proxy where they come to a node's or Pod's own address.
    ``cleanup`` says whether it marks its Services with the finalizer that KEP-980 is about, as all
    do that are built on Kubernetes' own service controller (k8s.io/cloud-provider).
    """

    name: str
    seen: str
    ip_mode: str = "VIP"
    source_ranges: bool = True
    cleanup: bool = True
    excludes: bool = True


# What providerIDs of nodes begin with, and what that cloud's controller does with Services.
_CLOUDS: Mapping[str, Balancer] = {
    "aws://": Balancer("Amazon Web Services", "", ip_mode="Proxy"),
    "azure://": Balancer("Azure", ""),
    "gce://": Balancer("Google Cloud", ""),
    "digitalocean://": Balancer("DigitalOcean", "", ip_mode="", source_ranges=False),
    "hcloud://": Balancer("Hetzner Cloud", "", ip_mode="", source_ranges=False),
    "openstack://": Balancer("OpenStack", "", ip_mode=""),
}


def balancer_of(api: "Api", nodes: Sequence[Object]) -> Balancer | None:
    """The implementation in a cluster with these Node objects; None where none is found."""
    given = next(_given(api), None)
    found = _metallb(api) or _klipper(nodes) or _cloud(nodes)
    if found is None and given and _identity(nodes).startswith("kind://"):
        return replace(given, name=KIND, cleanup=True)
    if found is None or given is None:
        return found or given
    return replace(found, ip_mode=given.ip_mode)  # what it does is more than what it is known for


def balancer_findings(found: Balancer | None, why: str = _NONE) -> dict[str, Finding]:
    """The capabilities that follow from the implementation; ``why`` there is none, if so."""
    if found is None:
        return dict.fromkeys(_NAMES, Finding(False, why))
    mode = found.ip_mode or "not known"
    heeds = "heeds" if found.source_ranges else "is not known to heed"
    ranges = f"{found.name} {heeds} loadBalancerSourceRanges"
    marks = "marks" if found.cleanup else "does not mark"
    cleanup = f"{found.name} {marks} its Services with the finalizer {CLEANUP}"
    leaves = "leaves" if found.excludes else "is not known to leave"
    excluded = f"{found.name} {leaves} nodes alone that are labelled {EXCLUDED}"
    return {
        "load-balancer": Finding(True, found.seen),
        "vip-load-balancer": Finding(mode == "VIP", f"the ipMode of {found.name} is {mode}"),
        "source-ranges": Finding(found.source_ranges, ranges),
        "load-balancer-cleanup": Finding(found.cleanup, cleanup),
        "excluded-nodes": Finding(found.excludes, excluded),
    }


def _given(api: "Api") -> Iterator[Balancer]:
    """Services that were given an address show the mode; ingress without one means VIP."""
    for service in api.list("Service"):
        ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress")
        if service["spec"].get("type") == "LoadBalancer" and ingress:
            seen = f"Service {service['metadata']['name']} has an external IP"
            mode = ingress[0].get("ipMode") or ("VIP" if ingress[0].get("ip") else "Proxy")
            marked = CLEANUP in (service["metadata"].get("finalizers") or ())
            yield Balancer("this load balancer", seen, mode, False, marked, excludes=False)


def _metallb(api: "Api") -> Balancer | None:
    """MetalLB gives addresses from its pools only (metallb.io/configuration)."""
    pools = readable(api, "IPAddressPool", METALLB) or []
    addresses = [str(one) for pool in pools for one in pool["spec"]["addresses"]]
    seen = f"MetalLB has the addresses {', '.join(addresses)}"
    if not addresses:
        return None
    sets = readable(api, "DaemonSet", "apps/v1") or []
    excludes = "--ignore-exclude-lb" not in str(sets)
    return Balancer("MetalLB", seen, cleanup=False, excludes=excludes)


def _klipper(nodes: Sequence[Object]) -> Balancer | None:
    """k3s runs its ServiceLB unless a server was told not to (docs.k3s.io/networking)."""
    servers = [args for args in map(k3s_arguments, nodes) if args.startswith('["server"')]
    off = ("servicelb", "--disable-cloud-controller")
    if not servers or any(word in args for args in servers for word in off):
        return None
    seen = "k3s runs its ServiceLB (klipper), which uses the nodes' addresses"
    return Balancer(KLIPPER, seen, excludes=False)  # it has a label of its own for that


def _cloud(nodes: Sequence[Object]) -> Balancer | None:
    for mark, cloud in _CLOUDS.items():
        if _identity(nodes).startswith(mark):
            return replace(cloud, seen=f"the nodes are of {cloud.name} ({mark})")
    return None


def _identity(nodes: Sequence[Object]) -> str:
    """What the first node that has a providerID says: who made it, and how that calls it."""
    told = (str(node.get("spec", {}).get("providerID", "")) for node in nodes)
    return next(filter(None, told), "")
