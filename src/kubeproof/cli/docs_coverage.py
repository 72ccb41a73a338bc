"""``kubeproof docs --coverage``: every documented behaviour, and what is there for it."""

import argparse
import os
from pathlib import Path

from kubeproof.cli.docs import sources_in
from kubeproof.faults import reddening
from kubeproof.report.coverage import coverage
from kubeproof.report.coverage_text import markdown, page
from kubeproof.report.verdicts import load, merged, to_json

PAGE = "coverage.html"


def coverage_in(arguments: argparse.Namespace) -> tuple[str, str]:
    """Where to write what: HTML, Markdown (``.md``), or the verdicts alone (``.json``).

    Raises:
        Misuse: a feature or record cannot be read.
    """
    file = str(arguments.output) or PAGE
    runs = merged(one for path in arguments.runs for one in load(Path(path)))
    if file.endswith(".json"):
        return file, to_json(runs)
    found = coverage(sources_in(arguments.paths), reddening(), runs)
    return file, markdown(found, _root(file)) if file.endswith(".md") else page(found)


def _root(file: str) -> str:
    """Where the features' folder is, seen from the file."""
    return Path(os.path.relpath(Path.cwd(), Path(file).resolve().parent)).as_posix()
