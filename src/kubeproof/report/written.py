"""Every file that a run leaves in its folder of reports."""

from pathlib import Path

from kubeproof.report import junit
from kubeproof.report.run import RunRecord


def write(folder: Path, run: RunRecord) -> None:
    """Write the record of a run, and all that is made from it.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(run.to_json(), encoding="utf-8")
    junit.write(folder / "junit.xml", run.scenarios, run.facts)
