"""``kubeproof steps``: the catalogue of phrases, each with an example from the features."""

import argparse
from pathlib import Path

from kubeproof.cli.commands import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "steps",
        help="list the phrases that scenarios are made of",
        description="List every step phrase by noun, with its meaning and an example in use.",
    )
    parser.add_argument("noun", nargs="?", default="", help="only the phrases of this noun")
    parser.set_defaults(command=steps)


def steps(arguments: argparse.Namespace) -> int:
    """Print the phrases, grouped by noun.

    Raises:
        Misuse: there is no such noun.
    """
    from kubeproof.cli.run import default_features
    from kubeproof.plugin.catalogue import catalogue, told

    print(told(catalogue(Path(default_features())), arguments.noun))
    return 0
