"""Any cluster that a kubeconfig leads to."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from kubeproof.capability import Finding
from kubeproof.cluster.admission import host_network
from kubeproof.cluster.api import Api, configuration_of
from kubeproof.cluster.base import NoNodeAccess
from kubeproof.cluster.findings import node_access, shown_findings
from kubeproof.cluster.nodes import all_nodes, general_findings, merged
from kubeproof.cluster.protection import refuse_protected
from kubeproof.cluster.reach import outside_of
from kubeproof.cluster.rights import verify
from kubeproof.errors import Misuse
from kubeproof.model import Object
from kubeproof.probing.vantage import Vantage
from kubeproof.waiting import CLUSTER, Budgets

_NO_ACCESS = (
    "a kubeconfig gives no access to the nodes; there: iptables-save -t nat, "
    "or nft list table ip kube-proxy; conntrack -L"
)
_PARTS = ("clusters", "users", "contexts")
_FILES = (
    ("clusters", "cluster", {"certificate-authority"}),
    ("users", "user", {"client-certificate", "client-key", "tokenFile"}),
)


class KubeconfigCluster:
    """A cluster that was there before and stays: only what a run makes is taken away again."""

    kind = "kubeconfig"
    disposable = False

    def __init__(
        self, path: str, context: str = "", budgets: Budgets = CLUSTER, protect: str = ""
    ) -> None:
        """Reach the cluster of a kubeconfig, or of several as $KUBECONFIG lists them.

        Raises:
            Misuse: no kubeconfig can be used, its context matches ``protect``, or rights are
                missing.
            CheckBroken: the API server does not answer.
        """
        paths = os.pathsep.join(str(one) for one in paths_in(path))
        configuration = configuration_of(paths, context)
        config = combined(paths_in(path), context)
        if protect:
            refuse_protected(config, protect)
        self.kubeconfig = yaml.safe_dump(config)
        self.api = Api(configuration, budgets.connect_timeout)
        self.budgets = budgets
        verify(self.api)
        # This host, if it reaches the nodes' addresses: tried, not assumed.
        self.outside: Vantage | None = outside_of(self.api, budgets.connect_timeout)
        self.another_outside: Vantage | None = None

    def findings(self) -> Mapping[str, Finding]:
        """What the cluster offers."""
        return merged(
            general_findings(all_nodes(self.api), self.outside),
            shown_findings(self.api),
            node_access(""),
            {"host-network": host_network(self.api)},
        )

    def rules(self, node: str) -> str:
        """Nothing is to be had."""
        raise NoNodeAccess(_NO_ACCESS)

    def connections(self, node: str) -> Sequence[str]:
        """Nothing is to be had."""
        raise NoNodeAccess(_NO_ACCESS)

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


def paths_in(text: str) -> list[Path]:
    """The files that a path, or a list of them as in $KUBECONFIG, names.

    Of several those that are not there are left out, as kubectl does.

    Raises:
        Misuse: none can be read.
    """
    named = [Path(one).expanduser() for one in text.split(os.pathsep) if one]
    there = [path for path in named if path.exists()]
    readable = there or named[:1]
    for path in readable:
        _text_of(path)
    return readable


def combined(paths: Sequence[Path], context: str = "") -> Object:
    """Several kubeconfigs as one: of two entries with one name the first counts, and so on.

    (tasks/access-application-cluster/configure-access-multiple-clusters, "Merging")
    """
    each: list[Object] = [
        yaml.safe_load(standalone(_text_of(path), path.absolute().parent)) for path in paths
    ]
    chosen = [str(one["current-context"]) for one in each if one.get("current-context")]
    made: Object = {"apiVersion": "v1", "kind": "Config"}
    made["current-context"] = context or next(iter(chosen), "")
    for part in _PARTS:
        named: dict[str, Object] = {}
        for one in each:
            entries: list[Object] = one.get(part) or []
            named = {str(entry["name"]): entry for entry in entries} | named
        made[part] = list(named.values())
    return made


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
