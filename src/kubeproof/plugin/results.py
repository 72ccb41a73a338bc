"""What the scenarios of a run reported, gathered where the run is controlled."""

import json
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import cast

import pytest

import kubeproof
from kubeproof.plugin import exits
from kubeproof.plugin.facts import DEFINITIONS_PROPERTY, FACTS_PROPERTY, IMAGES_PROPERTY
from kubeproof.plugin.recording import BROKEN_PROPERTY, END_PROPERTY, RECORD_PROPERTY
from kubeproof.report.definitions import Definition, definitions_of
from kubeproof.report.record import ScenarioRecord, now
from kubeproof.report.run import ClusterFacts, RunRecord
from kubeproof.report.sources import Source, read
from kubeproof.report.written import write


def complain(line: str) -> None:
    """Tell the user in one line what kept the run from being one."""
    sys.stdout.flush()  # so that it stands after what was said before
    print(f"kubeproof: {line}", file=sys.stderr, flush=True)


def words_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """A failure's own words; pytest would head those of a worker with the Python it ran in."""
    return report.longrepr if isinstance(report.longrepr, str) else str(report.longreprtext)


class Results:
    """Every scenario's record; writes the reports and chooses the exit code when the run ends."""

    def __init__(self, report: Path, cluster: str, root: Path) -> None:
        self._report = report
        self._root = root
        self._cluster = cluster
        self.command = ""  # that makes such a run again
        self.workers = 1
        self.run = RunRecord(started=now())
        self.records = self.run.scenarios
        self._defined = set[Definition]()
        self._earlier: dict[str, list[ScenarioRecord]] = {}
        self.featured = False  # whether any feature file was looked at
        self.not_collected: list[str] = []
        self.ends: dict[str, int] = {}  # why the run cannot be, and the exit code for that
        self.other_failures = 0

    def verdict(self, status: int) -> int:
        """The exit code, given pytest's own."""
        ends = [*self.ends.values(), *[exits.MISUSE] * bool(self.not_collected)]
        if code := min((one for one in ends if one != exits.BROKEN_CHECK), default=None):
            return code
        if status != pytest.ExitCode.TESTS_FAILED and not ends:
            return exits.of_pytest(status)
        failed = any(record.status == "failed" for record in self.records)
        return exits.BROKEN_PROMISE if failed or self.other_failures else exits.BROKEN_CHECK

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice features, and those that cannot be collected."""
        if ".feature" in report.nodeid:
            self.featured = True
            if report.failed:
                self.not_collected.append(report.longreprtext)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Notice features that the workers of a parallel run have looked at."""
        self.featured = self.featured or any(".feature::" in nodeid for nodeid in ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a scenario's record; one that was skipped or failed before its first step too."""
        properties = dict(report.user_properties)
        if END_PROPERTY in properties:
            code, why = cast(tuple[int, str], properties[END_PROPERTY])
            self.ends[why] = code
        self._hear_of_all(properties)
        if text := properties.get(RECORD_PROPERTY):
            again = str(report.outcome) == "rerun"  # as pytest-rerunfailures calls it
            self._keep(ScenarioRecord.from_json(str(text)), again)
        elif report.failed and BROKEN_PROPERTY not in properties:
            self.other_failures += 1

    def _hear_of_all(self, properties: dict[str, object]) -> None:
        if FACTS_PROPERTY in properties:
            told = ClusterFacts.of(json.loads(str(properties[FACTS_PROPERTY])))
            self.run.cluster = told.together_with(self.run.cluster)
        if text := properties.get(DEFINITIONS_PROPERTY):
            self._defined |= set(definitions_of(json.loads(str(text))))
        self.run.images.update(json.loads(str(properties.get(IMAGES_PROPERTY, "{}"))))

    def _keep(self, record: ScenarioRecord, again: bool) -> None:
        """Keep a record; that of an attempt that is made again waits for the last one."""
        earlier = self._earlier.setdefault(str(record.order), [])
        if again:
            earlier.append(record)
        else:
            record.earlier = earlier
            self.records.append(record)

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
                terminalreporter.write_line(words_of(report))
        for why in self.ends:
            complain(why)

    def _write(self) -> None:
        self.run.facts, self.run.finished = self.facts(), now()
        self.run.definitions = sorted(self._defined, key=astuple)
        self.run.sources = list(self._sources())
        self.run.scenarios.sort(key=lambda record: record.order)
        write(self._report, self.run)

    def _sources(self) -> Iterator[Source]:
        for uri in sorted({record.uri for record in self.records}):
            with suppress(OSError, UnicodeDecodeError):  # taken away while the run was under way
                yield read(self._root / uri, uri)

    def facts(self) -> dict[str, str]:
        """What produced these results."""
        return {
            "kubeproof": kubeproof.__version__,
            "cluster": self._cluster,
            "python": platform.python_version(),
            "kernel": platform.release(),
            "command": self.command,
            "workers": str(self.workers),
        }
