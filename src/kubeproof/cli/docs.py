"""``kubeproof docs``: the documentation as one page, without a cluster."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kubeproof.cli.commands import Commands
from kubeproof.errors import Misuse

if TYPE_CHECKING:
    from kubeproof.report.run import RunRecord
    from kubeproof.report.sources import Source

PAGE = "docs.html"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "docs",
        help="write the documentation as one page",
        description=(
            "Write the features as one page that works offline; with --from, what a run observed "
            "too. A file that ends in .md is Markdown."
        ),
        usage="kubeproof docs [PATHS] [--from RUN] [--coverage | --steps] [-o FILE]",
    )
    parser.add_argument("paths", nargs="*", metavar="PATHS", help="features or folders of them")
    parser.add_argument(
        "--from",
        dest="runs",
        action="append",
        default=[],
        metavar="RUN",
        help="a run.json, or a folder with one; several for --coverage",
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument(
        "--coverage",
        action="store_true",
        help="instead: every documented behaviour with its scenario, tests, clusters and faults",
    )
    shape.add_argument(
        "--steps", action="store_true", help="instead: the phrases by noun, as Markdown"
    )
    parser.add_argument(
        "-o",
        "--output",
        default="",
        metavar="FILE",
        help=f"where to (default: {PAGE}; - is stdout)",
    )
    parser.set_defaults(command=docs)


def docs(arguments: argparse.Namespace) -> int:
    """Write the page.

    Raises:
        Misuse: a feature or record cannot be read, or the page cannot be written.
    """
    if arguments.coverage:
        from kubeproof.cli.docs_coverage import coverage_in

        return write_to(*coverage_in(arguments))
    if arguments.steps:
        from kubeproof.cli.docs_steps import steps_in

        return write_to(arguments.output or "-", steps_in(arguments.paths))
    return write_to(arguments.output or PAGE, _book_in(arguments))


def _book_in(arguments: argparse.Namespace) -> str:
    from kubeproof.report.book import book_of
    from kubeproof.report.markdown import markdown
    from kubeproof.report.page import page

    book = book_of(_run_in(arguments))
    return markdown(book) if arguments.output.endswith(".md") else page(book)


def _run_in(arguments: argparse.Namespace) -> "RunRecord":
    from kubeproof.report.run import RunRecord

    if arguments.runs and arguments.paths:
        raise Misuse("a record has its own features: give PATHS or --from, not both")
    if len(arguments.runs) > 1:
        raise Misuse("a page tells of one run; several are for --coverage and kubeproof diff")
    if arguments.runs:
        return RunRecord.load(Path(arguments.runs[0]))
    return RunRecord(sources=sources_in(arguments.paths))


def sources_in(paths: list[str]) -> "list[Source]":
    """The features below these paths; those of kubeproof itself where there is none.

    Raises:
        Misuse: a path is not there, a feature cannot be read, or there is none.
    """
    from kubeproof.cli.run import default_features
    from kubeproof.report import sources

    folders = [Path(path) for path in paths or [default_features()]]
    if gone := [folder for folder in folders if not folder.exists()]:
        raise Misuse(f"no such path: {gone[0]}; name a .feature file or a folder of them")
    try:
        found = [one for folder in folders for one in sources.below(folder)]
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"cannot read a feature: {error}") from error
    if not found:
        raise Misuse("there are no features there; name a .feature file or a folder of them")
    return found


def write_to(file: str, text: str) -> int:
    """Write a report to a file, or to the terminal if that is ``-``; 0.

    Raises:
        Misuse: it cannot be written.
    """
    if file == "-":
        sys.stdout.write(text)
        return 0
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"cannot write {file}: {error.strerror}") from error
    print(f"written: {file}")
    return 0
