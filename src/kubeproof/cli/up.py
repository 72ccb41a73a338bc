"""``kubeproof up``: a cluster that stays, for kubectl and for writing scenarios."""

import argparse
import shlex

from kubeproof.cli.commands import Commands
from kubeproof.errors import ClusterUnavailable, Misuse
from kubeproof.options import add_k3s_options

NAME = "sandbox"
KINDS = ("sandbox", "k3d", "k3s")


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "up",
        help="start a cluster that stays",
        description="Start a cluster that stays until kubeproof down; kubectl works against it.",
    )
    add_which(parser)
    parser.add_argument("--nodes", type=int, default=3, metavar="N", help="nodes (default: 3)")
    parser.add_argument(
        "--no-load-balancer",
        action="store_true",
        help="without load-balancer controller: external IPs stay pending",
    )
    parser.add_argument(
        "--api-port",
        type=int,
        default=0,
        metavar="PORT",
        help="port of its API on 127.0.0.1 (default: any that is free)",
    )
    add_k3s_options(parser.add_argument)
    parser.add_argument(
        "--budget",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another limit for a wait, such as cluster_up=600; may be given again",
    )
    parser.set_defaults(command=up)


def add_which(parser: argparse.ArgumentParser) -> None:
    """Declare which cluster is meant."""
    parser.add_argument(
        "--cluster", default=NAME, choices=KINDS, help=f"its kind (default: {NAME})"
    )
    parser.add_argument("name", nargs="?", default="", help="its name (default: as its kind)")


def up(arguments: argparse.Namespace) -> int:
    """Start it and say how to use it.

    Raises:
        Misuse: the name or the port is taken, or an option makes no sense.
        ClusterUnavailable: this host cannot run a sandbox.
    """
    name = arguments.name or arguments.cluster
    if arguments.cluster != NAME:
        from kubeproof.cli import up_k3s

        return up_k3s.up(arguments.cluster, name, arguments)
    return _up_sandbox(name, arguments)


def _up_sandbox(name: str, arguments: argparse.Namespace) -> int:
    from kubeproof.sandbox.client import Options, Sandbox
    from kubeproof.sandbox.errors import NameTaken, PortTaken, SandboxError

    try:
        options = Options(
            nodes=arguments.nodes,
            load_balancer=not arguments.no_load_balancer,
            api_port=arguments.api_port,
            name=name,
        )
        sandbox = Sandbox.up(name, options)
    except (ValueError, NameTaken, PortTaken) as error:
        raise Misuse(str(error)) from error
    except SandboxError as error:
        raise ClusterUnavailable(str(error)) from error
    nodes = ", ".join(f"{node.name} ({node.address})" for node in sandbox.nodes)
    print(f"# sandbox {name!r} is up in {sandbox.boot_seconds:.2f} s: {nodes}")
    print(f"# end it with: kubeproof down {name}")
    lease = next(lease for lease in Sandbox.listed() if lease.name == name)
    print(f"export KUBECONFIG={shlex.quote(str(lease.kubeconfig))}")
    sandbox.close()
    return 0
