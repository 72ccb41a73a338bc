"""What makes Services work on the nodes: kube-proxy in some mode, or something in its place.

It is read, never guessed: from k3s's arguments on the nodes, kubeadm's ConfigMap, the DaemonSets,
and where a node's own port 10249 can be reached through the API server, from kube-proxy itself.
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from kubeproof.capability import Finding
from kubeproof.cluster.api_kinds import k3s_arguments, readable, readable_one
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

KUBE_PROXY = "kube-proxy"
_MODE = re.compile(r"^mode:\s*\"?(\w*)\"?\s*$", re.MULTILINE)
_ARGUMENT = re.compile(r"proxy-mode=(\w+)")
_TELLS_ELIGIBILITY = 31
_MODES = ("iptables", "nftables", "ipvs", "kernelspace")


@dataclass(frozen=True, slots=True)
class ServiceProxy:
    """What programs a cluster's nodes; empty where it is not known, and the mode likewise."""

    name: str = ""
    mode: str = ""
    seen: str = "nothing that can be read here tells what the nodes' Service proxy is"

    def __str__(self) -> str:
        if self.name == KUBE_PROXY:
            return self.mode
        return f"{self.name}, without kube-proxy" if self.name else ""

    @property
    def finding(self) -> Finding:
        """Whether it is kube-proxy."""
        return Finding(self.name == KUBE_PROXY, self.seen)


def node_health(proxy: ServiceProxy, version: str) -> Finding:
    """Whether nodes tell that they are about to be removed (KEP-3836, stable since v1.31)."""
    found = re.match(r"v1\.(\d+)", version)
    if proxy.name != KUBE_PROXY:
        return Finding(False, f"the nodes' Service proxy is not known to be {KUBE_PROXY}")
    new = found is not None and int(found[1]) >= _TELLS_ELIGIBILITY
    return Finding(new, f"{KUBE_PROXY} of a cluster of version {version}")


def service_proxy(api: "Api", nodes: Sequence[Object]) -> ServiceProxy:
    """The Service proxy of a cluster with these Node objects."""
    return _of_k3s(nodes) or _configured(api) or _deployed(api, nodes)


def _of_k3s(nodes: Sequence[Object]) -> ServiceProxy | None:
    """k3s runs kube-proxy in its own process; iptables unless a node was told otherwise."""
    told = [arguments for node in nodes if (arguments := k3s_arguments(node))]
    if not told:
        return None
    if any("--disable-kube-proxy" in arguments for arguments in told):
        return ServiceProxy("a network plugin", "", "k3s was told to do without kube-proxy")
    each = [" ".join(map(str, json.loads(arguments))) for arguments in told]
    modes = {found[1] if (found := _ARGUMENT.search(one)) else "iptables" for one in each}
    return ServiceProxy(KUBE_PROXY, ", ".join(sorted(modes)), "k3s runs kube-proxy on its nodes")


def _configured(api: "Api") -> ServiceProxy | None:
    """kubeadm's ConfigMap; an empty mode there means iptables (on Linux)."""
    obj = readable_one(api, "ConfigMap", KUBE_PROXY, "kube-system")
    held: Object = (obj or {}).get("data") or {}
    if found := _MODE.search("\n".join(map(str, held.values()))):
        seen = f"ConfigMap {KUBE_PROXY} in kube-system configures it"
        return ServiceProxy(KUBE_PROXY, found[1] or "iptables", seen)
    return None


def _deployed(api: "Api", nodes: Sequence[Object]) -> ServiceProxy:
    sets = [str(one["metadata"]["name"]) for one in readable(api, "DaemonSet", "apps/v1") or []]
    if found := next((name for name in sets if name.startswith(KUBE_PROXY)), ""):
        return ServiceProxy(KUBE_PROXY, _asked(api, nodes), f"DaemonSet {found} runs it")
    if "cilium" in sets:
        return ServiceProxy("Cilium", "", "DaemonSet cilium runs, and none of kube-proxy")
    if mode := _asked(api, nodes):
        return ServiceProxy(KUBE_PROXY, mode, "kube-proxy answers on a node's port 10249")
    return ServiceProxy()


def _asked(api: "Api", nodes: Sequence[Object]) -> str:
    """The mode in kube-proxy's own words, if a node lets the API server reach that port.

    (reference/command-line-tools-reference/kube-proxy, --metrics-bind-address)
    """
    for node in nodes[:1]:
        with suppress(httpx.HTTPError):
            answer = api.http_get(f"/api/v1/nodes/{node['metadata']['name']}:10249/proxy/proxyMode")
            if answer.status_code == 200 and answer.text.strip() in _MODES:
                return answer.text.strip()
    return ""
