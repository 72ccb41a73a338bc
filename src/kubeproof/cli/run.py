"""``kubeproof run``: check features against a cluster."""

import argparse
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from kubeproof.cli.commands import Commands
from kubeproof.errors import Misuse
from kubeproof.options import add_options, arguments_of

FEATURES = "features"

# What pytest refuses before the plugin could choose a number (its usage errors are 4).
_CODES: Mapping[int, int] = {4: 2}


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "run",
        help="check features against a cluster",
        description="Check features against a cluster. What follows -- is handed to pytest.",
        usage="kubeproof run [PATHS] [options] [-- pytest arguments]",
    )
    parser.add_argument("paths", nargs="*", metavar="PATHS", help="features or folders of them")
    add_options(parser.add_argument)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Hand everything to pytest, whose plugin does the work.

    Raises:
        Misuse: a path that is not there.
    """
    paths = [_existing(path) for path in arguments.paths] or [default_features()]
    import pytest  # only now: the other commands should not wait for it

    plugins = ("-p", "no:cacheprovider", "-p", "kubeproof.plugin.terminal")
    with_plugin = ("-p", "kubeproof.plugin", *plugins)
    code = pytest.main([*with_plugin, *arguments_of(arguments), *arguments.rest, *paths])
    return _CODES.get(int(code), int(code))


def _existing(path: str) -> str:
    file = path.partition("::")[0]
    if not Path(file).exists():
        raise Misuse(f"no such path: {file}; name a .feature file or a folder of them")
    return path


def default_features() -> str:
    """The folder ``features`` here, else those that kubeproof ships."""
    here = Path(FEATURES)
    if any(here.glob("**/*.feature")):
        return str(here)
    return str(files(f"kubeproof.{FEATURES}"))
