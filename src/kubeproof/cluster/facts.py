"""What kind of cluster was under test, as far as it tells: for those who read or compare reports.

Nothing here is a check; what a cluster does not tell, or does not let be read, stays empty.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kubeproof.capability import Finding
from kubeproof.cluster.api_kinds import annotations_of, readable_one
from kubeproof.cluster.balancers import balancer_of
from kubeproof.cluster.families import family_of, service_ranges
from kubeproof.cluster.feature_gates import feature_gates
from kubeproof.cluster.node_ports import node_port_range
from kubeproof.cluster.quirks import Traits, quirks_of
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.service_proxy import service_proxy
from kubeproof.errors import CheckBroken
from kubeproof.model import Node, Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api
    from kubeproof.cluster.base import Cluster

# What a version says of who built it: v1.33.1+k3s1, v1.33.1-eks-abc, v1.33.1-gke.100.
_BUILDERS: Mapping[str, str] = {
    "+k3s": "K3s",
    "+rke2": "RKE2",
    "+k0s": "k0s",
    "-eks": "Amazon EKS",
    "-gke": "Google GKE",
    "+openshift": "OpenShift",
}

# What the providerID of nodes begins with.
_PROVIDERS: Mapping[str, str] = {
    "kind://": "kind",
    "azure://": "Azure AKS",
    "aws://": "Amazon Web Services",
    "gce://": "Google Cloud",
    "digitalocean://": "DigitalOcean",
}

# A DaemonSet of that name is how the network plugin is installed.
_ZONE = re.compile(r"^\s*kubernetes\s+([\w.-]+)", re.MULTILINE)
_PLUGINS = ("cilium", "calico", "flannel", "weave", "antrea", "kube-router", "kindnet", "aws-node")


def facts_of(cluster: "Cluster", findings: Mapping[str, Finding]) -> dict[str, Any]:
    """The facts as JSON, in the shape of the reports' ``cluster``."""
    api, sandbox = cluster.api, cluster.kind == "sandbox"
    objects = _listed(api, "Node")
    version = _version(api)
    sets = [one["metadata"]["name"] for one in _listed(api, "DaemonSet", "apps/v1")]
    balancer = findings.get("load-balancer")
    return {
        "kind": cluster.kind,
        "kubernetes": version,
        "distribution": "kubeproof sandbox" if sandbox else _distribution(version, objects),
        "proxy_mode": "nftables (the sandbox's own)" if sandbox else _proxy_mode(api, objects),
        "cni": "none: veth pairs and routes" if sandbox else _plugin(sets, objects),
        "ip_families": _families(api, objects),
        "load_balancer": balancer.reason if balancer and balancer.present else "",
        "dns_domain": _dns_domain(api),
        "node_port_range": _node_ports(api),
        "feature_gates": [asdict(gate) for gate in feature_gates(api)],
        "quirks": [] if sandbox else _quirks(api, objects),
        "nodes": [_node(obj) for obj in objects],
        "capabilities": {name: f.reason for name, f in sorted(findings.items()) if f.present},
        "missing": {name: f.reason for name, f in sorted(findings.items()) if not f.present},
    }


def _version(api: "Api") -> str:
    with suppress(CheckBroken, Rejected):
        return api.version()
    return ""


def _listed(api: "Api", kind: str, group: str = "v1", namespace: str = "") -> list[Object]:
    with suppress(CheckBroken, Rejected):  # not everybody may list everything
        found = api.list(kind, namespace, group=group)
        return sorted(found, key=lambda obj: str(obj["metadata"]["name"]))
    return []


def _distribution(version: str, nodes: Iterable[Object]) -> str:
    for mark, name in _BUILDERS.items():
        if mark in version:
            return name
    identity = next((str(obj.get("spec", {}).get("providerID", "")) for obj in nodes), "")
    return next((name for mark, name in _PROVIDERS.items() if identity.startswith(mark)), "")


def _proxy_mode(api: "Api", nodes: Sequence[Object]) -> str:
    with suppress(CheckBroken, Rejected):
        return str(service_proxy(api, nodes))
    return ""


def _plugin(daemon_sets: Iterable[str], nodes: Iterable[Object]) -> str:
    """By its DaemonSet, else by what it writes on nodes; k3s runs flannel in its own process."""
    names = " ".join(daemon_sets)
    written = " ".join(key for obj in nodes for key in annotations_of(obj))
    by_set = next((plugin for plugin in _PLUGINS if plugin in names), "")
    return by_set or next((plugin for plugin in _PLUGINS if plugin in written), "")


def _dns_domain(api: "Api") -> str:
    """The zone that CoreDNS serves Services in, from kubeadm's or k3s' ConfigMap."""
    with suppress(CheckBroken, Rejected):
        obj = readable_one(api, "ConfigMap", "coredns", "kube-system")
        held: Object = (obj or {}).get("data") or {}
        if found := _ZONE.search(str(held.get("Corefile", ""))):
            return found[1]
    return ""


def _node_ports(api: "Api") -> str:
    with suppress(CheckBroken, Rejected):
        return str(node_port_range(api) or "")
    return ""


def _quirks(api: "Api", nodes: Sequence[Object]) -> list[dict[str, Any]]:
    with suppress(CheckBroken, Rejected):
        return [
            {
                "name": one.name,
                "says": one.says,
                "behaviours": list(one.behaviours),
                "reference": one.reference,
            }
            for one in quirks_of(_traits(api, nodes))
        ]
    return []


def _traits(api: "Api", nodes: Sequence[Object]) -> Traits:
    balancer, proxy = balancer_of(api, nodes), service_proxy(api, nodes)
    name, mode = (balancer.name, balancer.ip_mode) if balancer else ("", "")
    return Traits(name, mode, proxy.name, proxy.mode)


def _families(api: "Api", nodes: Iterable[Object]) -> list[str]:
    """The families of the Service ranges; where those are not told, of the Pod ranges."""
    ranges: list[str] = []
    with suppress(CheckBroken, Rejected):
        ranges = service_ranges(api)
    ranges = ranges or [
        str(cidr) for obj in nodes for cidr in obj.get("spec", {}).get("podCIDRs", ())
    ]
    return sorted({family_of(one) for one in ranges})


def _node(obj: Object) -> dict[str, Any]:
    node, told = Node.of(obj), obj.get("status", {}).get("nodeInfo", {})
    return {
        "name": node.name,
        "addresses": list(node.addresses),
        "zone": node.zone,
        "kernel": told.get("kernelVersion", ""),
        "system": told.get("osImage", ""),
        "runtime": told.get("containerRuntimeVersion", ""),
    }
