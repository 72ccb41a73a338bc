"""``kubeproof badge``: how a run ended, as a small picture."""

import argparse
from pathlib import Path

from kubeproof.cli.commands import Commands
from kubeproof.options import REPORT


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "badge",
        help="draw a badge of a run",
        description="Draw a badge for a README: how a run ended, and on which kind of cluster.",
    )
    parser.add_argument(
        "run",
        nargs="?",
        default=REPORT,
        metavar="RUN",
        help=f"a run.json, or a folder with one (default: {REPORT})",
    )
    parser.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="where to (default: -, the terminal)"
    )
    parser.set_defaults(command=badge)


def badge(arguments: argparse.Namespace) -> int:
    """Draw it.

    Raises:
        Misuse: the record cannot be read, or the file cannot be written.
    """
    from kubeproof.cli.docs import write_to
    from kubeproof.report.badge import badge as drawn
    from kubeproof.report.run import RunRecord

    write_to(arguments.output, drawn(RunRecord.load(Path(arguments.run))))
    return 0
