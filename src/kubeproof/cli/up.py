"""``kubeproof up``: a sandbox that stays, for kubectl and for writing scenarios."""

import argparse
import shlex

from kubeproof.cli.commands import Commands
from kubeproof.errors import ClusterUnavailable, Misuse

NAME = "sandbox"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "up",
        help="start a sandbox that stays",
        description="Start a sandbox that stays until kubeproof down; kubectl works against it.",
    )
    parser.add_argument("name", nargs="?", default=NAME, help=f"its name (default: {NAME})")
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
    parser.set_defaults(command=up)


def up(arguments: argparse.Namespace) -> int:
    """Start it and say how to use it.

    Raises:
        Misuse: the name or the port is taken, or an option makes no sense.
        ClusterUnavailable: this host cannot run a sandbox.
    """
    from kubeproof.sandbox.client import Options, Sandbox
    from kubeproof.sandbox.errors import NameTaken, PortTaken, SandboxError

    try:
        options = Options(
            nodes=arguments.nodes,
            load_balancer=not arguments.no_load_balancer,
            api_port=arguments.api_port,
            name=arguments.name,
        )
        sandbox = Sandbox.up(arguments.name, options)
    except (ValueError, NameTaken, PortTaken) as error:
        raise Misuse(str(error)) from error
    except SandboxError as error:
        raise ClusterUnavailable(str(error)) from error
    nodes = ", ".join(f"{node.name} ({node.address})" for node in sandbox.nodes)
    print(f"# sandbox {arguments.name!r} is up in {sandbox.boot_seconds:.2f} s: {nodes}")
    print(f"# end it with: kubeproof down {arguments.name}")
    lease = next(lease for lease in Sandbox.listed() if lease.name == arguments.name)
    print(f"export KUBECONFIG={shlex.quote(str(lease.kubeconfig))}")
    sandbox.close()
    return 0
