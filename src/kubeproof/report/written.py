"""Every file that a run leaves in its folder of reports."""

from pathlib import Path

from kubeproof.report import junit
from kubeproof.report.book import book_of
from kubeproof.report.conformance import conformance_yaml, stated
from kubeproof.report.markdown import markdown
from kubeproof.report.messages import ndjson
from kubeproof.report.page import page
from kubeproof.report.record import EVIDENCE
from kubeproof.report.run import RunRecord
from kubeproof.report.summary import append_to_job, summary

CONFORMANCE = "conformance.yaml"


def write(folder: Path, run: RunRecord) -> None:
    """Write the record of a run, and all that is made from it.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder / "run.json", run.to_json())  # first: everything else can be made from it
    junit.write(folder / "junit.xml", run.scenarios, run.facts)
    _put(folder / "messages.ndjson", ndjson(run))
    book = book_of(run)
    _put(folder / "index.html", page(book))
    _put(folder / "index.md", markdown(book))
    _put(folder / "summary.md", summary(book))
    if stated(run):
        _put(folder / CONFORMANCE, conformance_yaml(run))
    else:  # one that another cluster's run left there would be taken for this run's
        (folder / CONFORMANCE).unlink(missing_ok=True)
    append_to_job(summary(book))
    _clear(folder, {one.evidence.file for one in run.scenarios if one.evidence})


def _clear(folder: Path, kept: set[str]) -> None:
    """Take away the evidence of earlier runs, which would be taken for this one's."""
    for path in (folder / EVIDENCE).glob("*.txt"):
        if path.relative_to(folder).as_posix() not in kept:
            path.unlink()


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
