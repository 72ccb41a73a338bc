"""``kubeproof diff``: what changed from one run to another."""

import argparse
import json
from pathlib import Path

from kubeproof.cli.commands import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "diff",
        help="compare two runs",
        description=(
            "Compare two runs: what broke, healed, came, went or became slower to converge, and "
            "what changed of the cluster. Ends with 1 if something broke."
        ),
    )
    parser.add_argument("old", metavar="OLD", help="a run.json, or a folder of reports")
    parser.add_argument("new", metavar="NEW", help="another")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--markdown", action="store_true", help="tables, as for a pull request")
    shape.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument(
        "--every", action="store_true", help="every behaviour too, as it ended in each run"
    )
    parser.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="where to (default: -, the terminal)"
    )
    parser.set_defaults(command=diff)


def diff(arguments: argparse.Namespace) -> int:
    """Print the comparison; 1 on a regression.

    Raises:
        Misuse: a record cannot be read.
    """
    from kubeproof.cli.docs import write_to
    from kubeproof.report.compare import compare
    from kubeproof.report.compare_text import markdown, terminal
    from kubeproof.report.run import RunRecord

    old, new = (RunRecord.load(Path(name)) for name in (arguments.old, arguments.new))
    found = compare(old, new)
    if arguments.json:
        text = json.dumps(found.to_dict(), ensure_ascii=False, indent=1) + "\n"
    else:
        shape = markdown if arguments.markdown else terminal
        text = shape(found, arguments.every)
    write_to(arguments.output, text)
    return 1 if found.regressed else 0
