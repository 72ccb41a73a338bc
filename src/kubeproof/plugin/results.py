"""What the scenarios of a run reported, gathered where the run is controlled."""

import json
import platform
from collections.abc import Mapping
from pathlib import Path

import pytest

import kubeproof
from kubeproof.plugin import exits
from kubeproof.plugin.recording import RECORD_PROPERTY
from kubeproof.report import junit
from kubeproof.report.record import ScenarioRecord

_OF_PYTEST: Mapping[int, int] = {
    pytest.ExitCode.INTERRUPTED: exits.INTERRUPTED,
    pytest.ExitCode.USAGE_ERROR: exits.MISUSE,
    pytest.ExitCode.NO_TESTS_COLLECTED: exits.NOTHING_RAN,
}


class Results:
    """Every scenario's record; writes the reports and chooses the exit code when the run ends."""

    def __init__(self, report: Path, cluster: str) -> None:
        self._report = report
        self._cluster = cluster
        self.records: list[ScenarioRecord] = []
        self.featured = False  # whether any feature file was looked at
        self.not_collected = 0
        self.other_failures = 0

    def verdict(self) -> int:
        """The exit code of a run in which something was red."""
        failed = any(record.status == "failed" for record in self.records)
        return exits.BROKEN_PROMISE if failed or self.other_failures else exits.BROKEN_CHECK

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice features, and those that cannot be collected."""
        if ".feature" in report.nodeid:
            self.featured = True
            self.not_collected += report.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a scenario's record; one that was skipped or failed before its first step too."""
        properties = dict(report.user_properties)
        if text := properties.get(RECORD_PROPERTY):
            self.records.append(ScenarioRecord.from_json(str(text)))
        elif report.failed:
            self.other_failures += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports and choose the number the process ends with."""
        if self.records:
            self._write()
        if not self.featured:
            return
        if self.not_collected:
            session.exitstatus = exits.MISUSE
        elif session.exitstatus == pytest.ExitCode.TESTS_FAILED:
            session.exitstatus = self.verdict()
        else:
            session.exitstatus = _OF_PYTEST.get(session.exitstatus, session.exitstatus)

    def _write(self) -> None:
        facts = self.facts()
        junit.write(self._report / "junit.xml", self.records, facts)
        run = {"facts": facts, "scenarios": [json.loads(one.to_json()) for one in self.records]}
        text = json.dumps(run, ensure_ascii=False, indent=1)
        (self._report / "run.json").write_text(text + "\n", encoding="utf-8")

    def facts(self) -> dict[str, str]:
        """What produced these results."""
        return {
            "kubeproof": kubeproof.__version__,
            "cluster": self._cluster,
            "python": platform.python_version(),
            "kernel": platform.release(),
        }
