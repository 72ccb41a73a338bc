"""Every file that a run leaves in its folder of reports."""

from pathlib import Path

from kubeproof.report import junit
from kubeproof.report.book import book_of
from kubeproof.report.markdown import markdown
from kubeproof.report.messages import ndjson
from kubeproof.report.page import page
from kubeproof.report.run import RunRecord


def write(folder: Path, run: RunRecord) -> None:
    """Write the record of a run, and all that is made from it.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(run.to_json(), encoding="utf-8")
    junit.write(folder / "junit.xml", run.scenarios, run.facts)
    (folder / "messages.ndjson").write_text(ndjson(run), encoding="utf-8")
    book = book_of(run)
    (folder / "index.html").write_text(page(book), encoding="utf-8")
    (folder / "index.md").write_text(markdown(book), encoding="utf-8")
