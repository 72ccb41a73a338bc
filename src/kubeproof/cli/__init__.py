"""The command line: ``kubeproof COMMAND``; --help lists the commands.

Each command parses, calls and prints; a user's mistake ends in one line and an exit code.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import kubeproof
from kubeproof.errors import ClusterUnavailable, KubeproofError, Misuse

COMMANDS = (
    "run",
    "prove",
    "up",
    "down",
    "clean",
    "images",
    "doctor",
    "steps",
    "docs",
    "diff",
    "badge",
)

EXIT_CODES = """\
exit codes:
  0    every promise was kept
  1    a promise was broken: at least one scenario failed (prove: something was not shown)
  2    misuse: an option, path, feature or manifest that cannot be worked with
  3    no cluster could be had
  4    a check broke, so that nothing can be said (and no scenario failed)
  5    no scenario was selected
  130  interrupted with Ctrl-C
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parsed = _parser().parse_args(given[: given.index("--")] if "--" in given else given)
    parsed.rest = given[given.index("--") + 1 :] if "--" in given else []
    try:
        command: Callable[[argparse.Namespace], int] = parsed.command
        return command(parsed)
    except Misuse as error:
        return _failed(error, 2)
    except ClusterUnavailable as error:
        return _failed(error, 3)
    except KubeproofError as error:
        return _failed(error, 4)
    except KeyboardInterrupt:
        return 130


def _failed(error: Exception, code: int) -> int:
    print(f"kubeproof: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kubeproof",
        description="Executable, living documentation of how Kubernetes Services route traffic.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kubeproof {kubeproof.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"kubeproof.cli.{name}").add(commands)
    return parser
