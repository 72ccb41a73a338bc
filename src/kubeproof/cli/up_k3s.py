"""``kubeproof up`` and ``down`` for clusters in Docker: k3d and k3s."""

import argparse
import shlex
from pathlib import Path

from kubeproof.cluster.choose import Wanted, topology_of
from kubeproof.cluster.in_docker import drop, keep, maker_of
from kubeproof.cluster.progress import on_stderr
from kubeproof.waiting import CLUSTER, overridden

LOGS = Path("report") / "cluster"


def up(kind: str, name: str, arguments: argparse.Namespace) -> int:
    """Make a cluster that stays and say how to use it.

    Raises:
        Misuse: an option makes no sense.
        ClusterUnavailable: it cannot be made.
    """
    wanted = Wanted(
        nodes=arguments.nodes,
        load_balancer=not arguments.no_load_balancer,
        servers=arguments.servers,
        zones=arguments.zones,
        k3s_image=arguments.k3s_image,
        proxy_mode=arguments.proxy_mode,
        balancer=arguments.load_balancer,
    )
    topology = topology_of(wanted)
    budgets = overridden(CLUSTER, arguments.budget)
    path = keep(maker_of(kind, budgets, LOGS, on_stderr), kind, name, topology)
    print(f"# {kind} cluster {name!r} is up: {topology}")
    print(f"# end it with: kubeproof down --cluster {kind} {name}")
    print(f"export KUBECONFIG={shlex.quote(str(path))}")
    return 0


def down(kind: str, name: str) -> int:
    """End a cluster that stayed.

    Raises:
        Misuse: none of that name stays.
        ClusterUnavailable: Docker or what else it takes is not there.
    """
    drop(maker_of(kind, CLUSTER, LOGS, on_stderr), kind, name)
    print(f"{kind} cluster {name!r} is gone")
    return 0
