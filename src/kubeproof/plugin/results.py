"""What the scenarios of a run reported, gathered where the run is controlled."""

import json
import platform
import sys
from pathlib import Path
from typing import cast

import pytest

import kubeproof
from kubeproof.plugin import exits
from kubeproof.plugin.recording import BROKEN_PROPERTY, END_PROPERTY, RECORD_PROPERTY
from kubeproof.report import junit
from kubeproof.report.record import ScenarioRecord


def complain(line: str) -> None:
    """Tell the user in one line what kept the run from being one."""
    sys.stdout.flush()  # so that it stands after what was said before
    print(f"kubeproof: {line}", file=sys.stderr, flush=True)


class Results:
    """Every scenario's record; writes the reports and chooses the exit code when the run ends."""

    def __init__(self, report: Path, cluster: str) -> None:
        self._report = report
        self._cluster = cluster
        self.records: list[ScenarioRecord] = []
        self.featured = False  # whether any feature file was looked at
        self.not_collected: list[str] = []
        self.ends: dict[str, int] = {}  # why the run cannot be, and the exit code for that
        self.other_failures = 0

    def verdict(self, status: int) -> int:
        """The exit code, given pytest's own."""
        if self.not_collected or self.ends:
            return min([*self.ends.values(), *[exits.MISUSE] * bool(self.not_collected)])
        if status != pytest.ExitCode.TESTS_FAILED:
            return exits.of_pytest(status)
        failed = any(record.status == "failed" for record in self.records)
        return exits.BROKEN_PROMISE if failed or self.other_failures else exits.BROKEN_CHECK

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice features, and those that cannot be collected."""
        if ".feature" in report.nodeid:
            self.featured = True
            if report.failed:
                self.not_collected.append(report.longreprtext)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a scenario's record; one that was skipped or failed before its first step too."""
        properties = dict(report.user_properties)
        if END_PROPERTY in properties:
            code, why = cast(tuple[int, str], properties[END_PROPERTY])
            self.ends[why] = code
        if text := properties.get(RECORD_PROPERTY):
            self.records.append(ScenarioRecord.from_json(str(text)))
        elif report.failed and BROKEN_PROPERTY not in properties:
            self.other_failures += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports and choose the number the process ends with."""
        if self.records:
            try:
                self._write()
            except OSError as error:
                self.ends[f"cannot write reports to {self._report}: {error.strerror}"] = (
                    exits.MISUSE
                )
        if self.featured or self.records:  # the controller of a parallel run sees no features
            session.exitstatus = self.verdict(session.exitstatus)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell broken checks, which pytest's own reporter does not, and what ended the run."""
        for report in terminalreporter.getreports("broken"):
            if END_PROPERTY not in dict(report.user_properties):
                terminalreporter.write_line("")
                terminalreporter.write_sep("─", "BROKEN", yellow=True)
                terminalreporter.write_line(str(report.longreprtext))
        for why in self.ends:
            complain(why)

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
