"""Any cluster that a kubeconfig leads to."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from kubeproof.capability import Finding
from kubeproof.cluster.api import Api, configuration_of
from kubeproof.cluster.nodes import all_nodes, general_findings, merged
from kubeproof.cluster.reach import outside_of
from kubeproof.errors import Misuse
from kubeproof.model import Object
from kubeproof.probing.vantage import Vantage
from kubeproof.waiting import CLUSTER, Budgets

_FILES = (
    ("clusters", "cluster", {"certificate-authority"}),
    ("users", "user", {"client-certificate", "client-key", "tokenFile"}),
)


class KubeconfigCluster:
    """A cluster that was there before and stays: only what a run makes is taken away again."""

    kind = "kubeconfig"
    disposable = False

    def __init__(self, path: str, context: str = "", budgets: Budgets = CLUSTER) -> None:
        self._path = Path(path).expanduser()
        text = _text_of(self._path)
        self.api = Api(configuration_of(str(self._path), context), budgets.connect_timeout)
        self.kubeconfig = standalone(text, self._path.absolute().parent, context)
        self.budgets = budgets
        # This host, if it reaches the nodes' addresses: tried, not assumed.
        self.outside: Vantage | None = outside_of(self.api, budgets.connect_timeout)

    def findings(self) -> Mapping[str, Finding]:
        """What the cluster offers."""
        return merged(
            general_findings(all_nodes(self.api), self.outside),
            {"load-balancer": _load_balancer(self.api)},
        )

    def rules(self, node: str) -> str:
        """Nothing: a kubeconfig alone gives no access to a node."""
        return ""

    def close(self) -> None:
        """Close the connections; the cluster stays."""
        self.api.close()


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise Misuse(
            f"cannot read kubeconfig {path}: {why}; name another with --kubeconfig"
        ) from error


def standalone(text: str, folder: Path, context: str = "") -> str:
    """The kubeconfig as kubectl can use it from anywhere, with the context that was asked for.

    File names in it are relative to its own folder (tasks/access-application-cluster/
    configure-access-multiple-clusters).
    """
    config: Object = yaml.safe_load(text)
    if context:
        config["current-context"] = context
    for entries, part, fields in _FILES:
        for entry in config.get(entries) or ():
            holder: Object = entry.get(part) or {}
            for field in fields & holder.keys():
                holder[field] = str(folder / holder[field])
    return yaml.safe_dump(config)


def _load_balancer(api: Api) -> Finding:
    """Whether some LoadBalancer Service has been given an address, or a known controller runs."""
    for service in api.list("Service"):
        if service["spec"].get("type") == "LoadBalancer" and service.get("status", {}).get(
            "loadBalancer", {}
        ).get("ingress"):
            name = service["metadata"]["name"]
            return Finding(True, f"Service {name} has an external IP")
    for pod in api.list("Pod"):
        name = pod["metadata"]["name"]
        if any(word in name for word in ("metallb", "svclb", "cloud-controller", "kube-vip")):
            return Finding(True, f"Pod {name} looks like a load-balancer implementation")
    return Finding(False, "no load-balancer implementation was found")
