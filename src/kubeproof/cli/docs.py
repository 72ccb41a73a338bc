"""``kubeproof docs``: the documentation as one page, without a cluster."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kubeproof.cli.commands import Commands
from kubeproof.errors import Misuse

if TYPE_CHECKING:
    from kubeproof.report.run import RunRecord

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
        usage="kubeproof docs [PATHS] [--from RUN] [-o FILE]",
    )
    parser.add_argument("paths", nargs="*", metavar="PATHS", help="features or folders of them")
    parser.add_argument(
        "--from", dest="run", default="", metavar="RUN", help="a run.json, or a folder with one"
    )
    parser.add_argument(
        "-o",
        "--output",
        default=PAGE,
        metavar="FILE",
        help=f"where to (default: {PAGE}; - is stdout)",
    )
    parser.set_defaults(command=docs)


def docs(arguments: argparse.Namespace) -> int:
    """Write the page.

    Raises:
        Misuse: a feature or record cannot be read, or the page cannot be written.
    """
    from kubeproof.report.book import book_of
    from kubeproof.report.markdown import markdown
    from kubeproof.report.page import page
    from kubeproof.report.run import RunRecord

    if arguments.run and arguments.paths:
        raise Misuse("a record has its own features: give PATHS or --from, not both")
    run = RunRecord.load(Path(arguments.run)) if arguments.run else _unobserved(arguments.paths)
    if not run.sources:
        raise Misuse("there are no features there; name a .feature file or a folder of them")
    book = book_of(run)
    made = markdown(book) if arguments.output.endswith(".md") else page(book)
    write_to(arguments.output, made)
    return 0


def _unobserved(paths: list[str]) -> "RunRecord":
    from kubeproof.cli.run import default_features
    from kubeproof.report import sources
    from kubeproof.report.run import RunRecord

    folders = [Path(path) for path in paths or [default_features()]]
    if gone := [folder for folder in folders if not folder.exists()]:
        raise Misuse(f"no such path: {gone[0]}; name a .feature file or a folder of them")
    try:
        return RunRecord(sources=[one for folder in folders for one in sources.below(folder)])
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"cannot read a feature: {error}") from error


def write_to(file: str, text: str) -> None:
    """Write a report to a file, or to the terminal if that is ``-``.

    Raises:
        Misuse: it cannot be written.
    """
    if file == "-":
        sys.stdout.write(text)
        return
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"cannot write {file}: {error.strerror}") from error
    print(f"written: {file}")
