"""``kubeproof down``: end a cluster that stayed."""

import argparse

from kubeproof.cli.commands import Commands
from kubeproof.cli.up import NAME, add_which
from kubeproof.errors import Misuse


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "down", help="end a cluster that stays", description="End what kubeproof up started."
    )
    add_which(parser)
    parser.set_defaults(command=down)


def down(arguments: argparse.Namespace) -> int:
    """End it; nothing of it is left when this returns.

    Raises:
        Misuse: none of that name runs.
    """
    name = arguments.name or arguments.cluster
    if arguments.cluster != NAME:
        from kubeproof.cli import up_k3s

        return up_k3s.down(arguments.cluster, name)
    from kubeproof.sandbox.client import Sandbox
    from kubeproof.sandbox.errors import NotRunning

    try:
        Sandbox.down(name)
    except NotRunning as error:
        raise Misuse(str(error)) from error
    print(f"sandbox {name!r} is gone")
    return 0
