"""Where implementations legitimately differ from one another, in one table with a reference each.

A quirk is recognised from what a cluster shows of itself. It is an observation for whoever reads a
report, and no excuse: what a scenario says of such a cluster is not changed by it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SERVICES = "https://kubernetes.io/docs/concepts/services-networking/service/"
_VIPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/"
_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"
_K3S = "https://docs.k3s.io/networking/networking-services"
_CILIUM = "https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a cluster shows of its implementation; empty where it does not tell."""

    balancer: str = ""
    ip_mode: str = ""
    proxy: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Quirk:
    """One difference: what is to be expected, the behaviours it touches, and where it is told."""

    name: str
    says: str
    behaviours: tuple[str, ...]
    reference: str
    of: str  # the implementation, for the documentation
    shown_by: Callable[[Traits], bool]


def _balancer(name: str) -> Callable[[Traits], bool]:
    return lambda traits: traits.balancer == name


def _mode(name: str) -> Callable[[Traits], bool]:
    return lambda traits: name in traits.mode.split(", ")


def _proxy(name: str) -> Callable[[Traits], bool]:
    return lambda traits: traits.proxy == name


QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        "klipper-local",
        "With the external policy Local the external IPs are those of nodes with a Pod, but other "
        "nodes answer at that port too, and hide the client.",
        ("etp-11", "lb-20"),
        "https://github.com/k3s-io/k3s/issues/9592",
        "klipper (k3s' ServiceLB)",
        _balancer("klipper"),
    ),
    Quirk(
        "klipper-node-addresses",
        "External IPs are the nodes' own addresses, one for each node.",
        ("lb-03", "lb-07"),
        _K3S,
        "klipper (k3s' ServiceLB)",
        _balancer("klipper"),
    ),
    Quirk(
        "klipper-one-service-a-port",
        "A second Service of type LoadBalancer with the same port stays pending: each takes that "
        "port of every node.",
        ("lb-03",),
        _K3S,
        "klipper (k3s' ServiceLB)",
        _balancer("klipper"),
    ),
    Quirk(
        "metallb-one-node-an-address",
        "In layer 2 mode one node receives all traffic for an external IP, until it fails.",
        ("lb-05",),
        "https://metallb.universe.tf/concepts/layer2/",
        "MetalLB",
        _balancer("MetalLB"),
    ),
    Quirk(
        "envoy-in-front",
        "An Envoy container of its own receives the traffic for each Service: Pods see its address "
        "and not the client's, and there is no SCTP.",
        ("lb-20",),
        "https://github.com/kubernetes-sigs/cloud-provider-kind",
        "cloud-provider-kind",
        _balancer("cloud-provider-kind"),
    ),
    Quirk(
        "ip-mode-proxy",
        "The load balancer ends connections itself: Pods see its address, and clients inside the "
        "cluster go out to it and back.",
        ("lb-20",),
        _SERVICES + "#load-balancer-ip-mode",
        "load balancers with ipMode Proxy",
        lambda traits: traits.ip_mode == "Proxy",
    ),
    Quirk(
        "cilium-in-place-of-kube-proxy",
        "ClusterIPs do not answer clients outside even where a route leads there, and with direct "
        "server return the client's address is kept where kube-proxy would hide it.",
        ("cip-10", "src-02"),
        _CILIUM,
        "Cilium without kube-proxy",
        _proxy("Cilium"),
    ),
    Quirk(
        "nftables-primary-address",
        "Node ports are open on each node's primary address only, and not on 127.0.0.1.",
        ("np-04", "np-17"),
        _VIPS + "#migrating-from-iptables-mode-to-nftables",
        "kube-proxy in nftables mode",
        _mode("nftables"),
    ),
    Quirk(
        "iptables-localhost",
        "Node ports are open on every address of a node, 127.0.0.1 among them.",
        ("np-17",),
        _VIPS + "#migrating-from-iptables-mode-to-nftables",
        "kube-proxy in iptables mode",
        _mode("iptables"),
    ),
    Quirk(
        "ipvs-localhost",
        "Node ports are not open on 127.0.0.1, and ClusterIPs are addresses of every node: they "
        "can be pinged.",
        ("np-17", "cip-02"),
        _VIPS + "#proxy-mode-ipvs",
        "kube-proxy in ipvs mode",
        _mode("ipvs"),
    ),
    Quirk(
        "ipvs-local-from-inside",
        "With the external policy Local clients inside the cluster get no answer at the node port "
        "or external IP by way of a node without a Pod.",
        ("etp-07",),
        _ISSUES + "75262",
        "kube-proxy in ipvs mode",
        _mode("ipvs"),
    ),
    Quirk(
        "ipvs-affinity-lasts",
        "Session affinity outlasts its timeout by up to two minutes, as long as the kernel waits "
        "for closed connections.",
        ("aff-05",),
        _VIPS + "#session-affinity",
        "kube-proxy in ipvs mode",
        _mode("ipvs"),
    ),
)


def quirks_of(traits: Traits) -> Iterator[Quirk]:
    """What is to be expected of a cluster that shows these traits."""
    return (quirk for quirk in QUIRKS if quirk.shown_by(traits))
