"""``kubeproof clean``: remove what killed runs left in a cluster."""

import argparse

from kubeproof.cli.commands import Commands
from kubeproof.cluster.clean import age_of, leftovers, remove


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "clean",
        help="remove what killed runs left in a cluster",
        description="Find the namespaces that earlier runs left, by their labels, and remove them. "
        "Runs that are under way have namespaces too: --older-than spares them.",
    )
    add_argument = parser.add_argument
    add_argument("--kubeconfig", default="", metavar="FILE", help="default: as kubectl has it")
    add_argument("--context", default="", help="context of that kubeconfig")
    add_argument(
        "--older-than",
        default="1h",
        metavar="TIME",
        help="leave younger ones alone, such as 90s, 30m, 2h, 1d (default: 1h)",
    )
    add_argument("--dry-run", action="store_true", help="only say what would be removed")
    parser.set_defaults(command=clean)


def clean(arguments: argparse.Namespace) -> int:
    """Say what is found, and remove it.

    Raises:
        Misuse: the kubeconfig or the time cannot be worked with.
        CheckBroken: the API server does not answer or refuses.
        NotSettled: a namespace does not go.
    """
    age = age_of(arguments.older_than)
    from kubeproof.cluster.api import Api, configuration_of
    from kubeproof.cluster.choose import kubeconfig_named
    from kubeproof.waiting import CLUSTER

    api = Api(configuration_of(kubeconfig_named(arguments.kubeconfig), arguments.context))
    found = leftovers(api, age)
    if arguments.dry_run:
        for one in found:
            print(f"would remove {one}")
    else:
        remove(api, found, CLUSTER, print)
    if not found:
        print(f"nothing is left that is older than {arguments.older_than}")
    return 0
