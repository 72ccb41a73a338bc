"""``kubeproof run``: check features against a cluster."""

import argparse
import signal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from kubeproof.cli.commands import Commands
from kubeproof.errors import Misuse
from kubeproof.options import add_options, arguments_of

if TYPE_CHECKING:
    import pytest

FEATURES = "features"


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
    paths = [existing(path) for path in arguments.paths] or [default_features()]
    import pytest  # only now: the other commands should not wait for it

    plugins = ("-p", "no:cacheprovider", "-p", "kubeproof.plugin.terminal")
    with_plugin = ("-p", "kubeproof.plugin", *plugins)
    ending = _Ending()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: cleaned up
    given = [*with_plugin, *arguments_of(arguments), *arguments.rest, *paths]
    code = pytest.main(given, plugins=[ending])
    from kubeproof.plugin import exits  # not before: pytest could not rewrite the plugin's asserts

    return exits.of_pytest(code if ending.status is None else ending.status)


class _Ending:
    """Hears with which number a session ends: ours, or pytest's, which mean different things."""

    status: int | None = None

    def pytest_sessionfinish(self, session: "pytest.Session") -> None:
        """Keep the number that the plugin has chosen."""
        self.status = session.exitstatus


def existing(path: str) -> str:
    """The path, which may name one scenario after ``::``.

    Raises:
        Misuse: there is no such file or folder.
    """
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
