"""From what the user asked for to a cluster."""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from kubeproof.cluster.base import Cluster
from kubeproof.cluster.k3s_topology import K3S_IMAGE, Topology
from kubeproof.errors import Misuse
from kubeproof.waiting import CLUSTER, SANDBOX, overridden


@dataclass(frozen=True, slots=True)
class Wanted:
    """The cluster a run wants, as it stands in the options."""

    kind: str = "auto"
    kubeconfig: str = ""
    context: str = ""
    protect: str = "prod"
    allow_protected: bool = False
    nodes: int = 3
    load_balancer: bool = True
    api_port: int = 0
    faults: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()
    servers: int = 1
    zones: int = -1
    k3s_image: str = ""
    proxy_mode: str = "iptables"
    balancer: str = "klipper"
    image: str = ""
    logs: str = "report"


def wanted_of_options(option: argparse.Namespace) -> Wanted:
    """The cluster that the options of a run ask for."""
    return Wanted(
        kind=option.cluster,
        kubeconfig=option.kubeconfig,
        context=option.context,
        protect=option.protect,
        allow_protected=option.allow_protected,
        nodes=option.nodes,
        load_balancer=not option.no_load_balancer,
        api_port=option.api_port,
        faults=tuple(option.fault),
        budgets=tuple(option.budget),
        servers=option.servers,
        zones=option.zones,
        k3s_image=option.k3s_image,
        proxy_mode=option.proxy_mode,
        balancer=option.load_balancer,
        image=option.image,
        logs=option.report,
    )


def _sandbox(wanted: Wanted) -> Cluster:
    # Imported when it is needed: another kind of cluster should not pay for it.
    from kubeproof.cluster.embedded import SandboxCluster
    from kubeproof.sandbox.client import Options

    try:
        options = Options(
            nodes=wanted.nodes,
            load_balancer=wanted.load_balancer,
            api_port=wanted.api_port,
            faults=wanted.faults,
        )
    except ValueError as error:
        raise Misuse(str(error)) from error
    return SandboxCluster(options, overridden(SANDBOX, list(wanted.budgets)))


def _kubeconfig(wanted: Wanted) -> Cluster:
    from kubeproof.cluster.clean import leftovers
    from kubeproof.cluster.kubeconfig import KubeconfigCluster
    from kubeproof.cluster.progress import on_stderr

    if wanted.faults:
        raise Misuse("faults act on the sandbox only; use --cluster sandbox with --fault")
    paths = kubeconfig_named(wanted.kubeconfig)
    protect = "" if wanted.allow_protected else wanted.protect
    budgets = overridden(CLUSTER, list(wanted.budgets))
    cluster = KubeconfigCluster(paths, wanted.context, budgets, protect)
    if left := leftovers(cluster.api, timedelta(hours=1)):
        on_stderr(f"{left[0]} is left; remove what earlier runs left with: kubeproof clean")
    return cluster


def kubeconfig_named(path: str) -> str:
    """The kubeconfig, or the list of them, that will be used: as kubectl has it."""
    named = path or os.environ.get("KUBECONFIG") or "~/.kube/config"
    return os.pathsep.join(str(Path(one).expanduser()) for one in named.split(os.pathsep))


def _in_docker(wanted: Wanted) -> Cluster:
    from kubeproof.cluster.in_docker import maker_of
    from kubeproof.cluster.progress import on_stderr

    if wanted.faults:
        raise Misuse("faults act on the sandbox only; use --cluster sandbox with --fault")
    topology = topology_of(wanted)
    budgets = overridden(CLUSTER, list(wanted.budgets))
    kind, logs = kind_of(wanted), Path(wanted.logs) / "cluster"
    return maker_of(kind, budgets, logs, on_stderr, wanted.image).cluster(topology)


def topology_of(wanted: Wanted) -> Topology:
    """The nodes that a cluster in Docker is to have.

    Raises:
        Misuse: there can be no such cluster.
    """
    return Topology(
        nodes=wanted.nodes,
        servers=wanted.servers,
        zones=wanted.zones,
        image=wanted.k3s_image or K3S_IMAGE,
        proxy_mode=wanted.proxy_mode,
        load_balancer=wanted.balancer if wanted.load_balancer else "none",
    )


KINDS: Mapping[str, Callable[[Wanted], Cluster]] = {
    "sandbox": _sandbox,
    "kubeconfig": _kubeconfig,
    "k3d": _in_docker,
    "k3s": _in_docker,
}


def kind_of(wanted: Wanted) -> str:
    """The kind that will be brought up: ``auto`` is $KUBEPROOF_CLUSTER, else the sandbox.

    Raises:
        Misuse: there is no such kind.
    """
    kind = wanted.kind
    if kind == "auto":
        kind = os.environ.get("KUBEPROOF_CLUSTER") or "sandbox"
    if kind not in KINDS:
        raise Misuse(f"unknown cluster kind {kind!r}; choose auto, {', '.join(KINDS)}")
    return kind


def bring_up(wanted: Wanted) -> Cluster:
    """A cluster of the wanted kind, ready to be used.

    Raises:
        Misuse: the kind, the kubeconfig or an option cannot be worked with.
        ClusterUnavailable: it could not be brought up or reached.
    """
    return KINDS[kind_of(wanted)](wanted)
