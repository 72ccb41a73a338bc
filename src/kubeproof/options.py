"""The options of a run: the same on pytest's command line and on ``kubeproof run``'s."""

import argparse
from typing import Any, Protocol

REPORT = "report"


class _Adds(Protocol):
    def __call__(self, *names: str, **settings: Any) -> Any: ...


def add_options(add: _Adds) -> None:
    """Declare every option of a run with an ``add_argument`` of some parser."""
    add(
        "--cluster",
        default="auto",
        metavar="KIND",
        help="sandbox, k3d, k3s, kubeconfig, or auto: $KUBEPROOF_CLUSTER, else sandbox "
        "(default: auto)",
    )
    add(
        "--kubeconfig",
        default="",
        metavar="FILE",
        help="kubeconfig of --cluster kubeconfig (default: $KUBECONFIG, else ~/.kube/config)",
    )
    add("--context", default="", help="context of that kubeconfig (default: its current one)")
    add(
        "--protect",
        default="prod",
        metavar="REGEX",
        help="refuse a kubeconfig's context whose name, cluster or server matches (default: prod)",
    )
    add("--allow-protected", action="store_true", help="run on a protected context all the same")
    add(
        "--tags",
        default="",
        metavar="EXPR",
        help="run scenarios with these tags only, such as @np-03, @seed or '@core and not @slow'",
    )
    add("--report", default=REPORT, metavar="DIR", help=f"where reports go (default: {REPORT})")
    add(
        "--nodes",
        type=int,
        default=3,
        metavar="N",
        help="nodes of the sandbox, of k3d or k3s (default: 3)",
    )
    add(
        "--no-load-balancer",
        action="store_true",
        help="without load-balancer controller: external IPs stay pending",
    )
    add_k3s_options(add)
    add(
        "--api-port",
        type=int,
        default=0,
        metavar="PORT",
        help="port of the sandbox's API on 127.0.0.1 (default: any that is free)",
    )
    add(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="break the sandbox in this way, to see a scenario fail; may be given again",
    )
    add(
        "--budget",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another limit for a wait, such as dataplane=30; may be given again",
    )
    add("--image", default="", help="agnhost image to use instead of the manifests' own")


def add_k3s_options(add: _Adds) -> None:
    """Declare what k3s clusters in Docker can be told."""
    add(
        "--servers",
        type=int,
        default=1,
        metavar="N",
        help="how many nodes of k3d or k3s are servers; they run Pods too (default: 1)",
    )
    add(
        "--zones",
        type=int,
        default=-1,
        metavar="N",
        help="zones of k3d's or k3s's nodes, in turn; 0: none (default: one for each node)",
    )
    add("--k3s-image", default="", metavar="IMAGE", help="k3s image with its version")
    add(
        "--proxy-mode",
        default="iptables",
        metavar="MODE",
        help="kube-proxy's mode on every node of k3d or k3s: iptables, nftables or ipvs "
        "(default: iptables)",
    )
    add(
        "--load-balancer",
        default="klipper",
        metavar="KIND",
        help="load balancer of k3d or k3s: klipper or none (default: klipper)",
    )


def arguments_of(parsed: argparse.Namespace) -> list[str]:
    """The options that were given, as the command line that would give them again."""
    recorder = _Recorder(vars(parsed))
    add_options(recorder)
    return recorder.arguments


class _Recorder:
    """Looks like ``add_argument`` and writes down what differs from the default."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self.arguments: list[str] = []

    def __call__(self, *names: str, **settings: Any) -> None:
        value = self._values[names[0].lstrip("-").replace("-", "_")]
        if settings.get("action") == "store_true":
            self.arguments += [names[0]] if value else []
        elif settings.get("action") == "append":
            self.arguments += [f"{names[0]}={one}" for one in value]
        elif value != settings["default"]:
            self.arguments.append(f"{names[0]}={value}")
