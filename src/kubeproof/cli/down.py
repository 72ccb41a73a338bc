"""``kubeproof down``: end a sandbox that stayed."""

import argparse

from kubeproof.cli.commands import Commands
from kubeproof.cli.up import NAME
from kubeproof.errors import Misuse


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "down", help="end a sandbox that stays", description="End what kubeproof up started."
    )
    parser.add_argument("name", nargs="?", default=NAME, help=f"its name (default: {NAME})")
    parser.set_defaults(command=down)


def down(arguments: argparse.Namespace) -> int:
    """End it; nothing of it is left when this returns.

    Raises:
        Misuse: none of that name runs.
    """
    from kubeproof.sandbox.client import Sandbox
    from kubeproof.sandbox.errors import NotRunning

    try:
        Sandbox.down(arguments.name)
    except NotRunning as error:
        raise Misuse(str(error)) from error
    print(f"sandbox {arguments.name!r} is gone")
    return 0
