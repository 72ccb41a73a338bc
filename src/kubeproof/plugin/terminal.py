"""The run in a terminal: features as headings, scenarios by their titles, failures in words.

It takes the place of pytest's own reporter under ``kubeproof run``.
"""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

import kubeproof
from kubeproof.plugin.pace import Pace, slowest
from kubeproof.plugin.recording import RECORD_PROPERTY
from kubeproof.plugin.results import Results, complain, words_of
from kubeproof.report.elements import seconds
from kubeproof.report.record import ScenarioRecord
from kubeproof.report.text import MARKS

COLOURS = {"passed": "green", "failed": "red", "broken": "yellow", "skipped": "cyan"}


# pytest offers no other way to replace its reporter; pytest-bdd and pytest-sugar do the same.
class ScenarioReporter(TerminalReporter):  # pyright: ignore[reportGeneralTypeIssues]
    """Prints a line for each scenario: while it runs its title, then how it ended."""

    def __init__(self, config: pytest.Config, results: Results) -> None:
        super().__init__(config, sys.stdout)
        self._results = results
        self._feature = ""
        self.pace = Pace()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say what runs on what."""
        self._session = session
        self._sessionstarttime = time.time()
        cluster = self._results.facts()["cluster"]
        self.write_line(f"kubeproof {kubeproof.__version__} on cluster kind {cluster}")

    def pytest_collection(self) -> None:
        """Nothing: features are read in the blink of an eye."""

    def report_collect(self, final: bool = False) -> None:
        """Nothing."""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say how much there is to run, or list it if that is all that is wanted."""
        if self.config.option.collectonly:
            for item in session.items:
                self.write_line(f"  {item.name}")
        self.announce([item.nodeid for item in session.items], workers=1)

    def announce(self, ids: Sequence[str], workers: int) -> None:
        """Say how much there is to run, and how long it may take."""
        self.pace.total = len(ids)
        self.pace.foresee(Path(self.config.option.report), ids, workers)
        words = [f"{len(ids)} scenarios" if len(ids) != 1 else "1 scenario"]
        words += [f"{workers} workers"] if workers > 1 else []
        words += [f"about {seconds(self.pace.expected)}"] if self.pace.expected else []
        self.write_line(", ".join(words))

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """Name the scenario that begins."""
        self._heading(nodeid.partition("::")[0])
        self.write(f"    {nodeid.partition('::')[2]} ", flush=True)

    def _heading(self, path: str) -> None:
        if path != self._feature:
            self._feature = path
            self.write_line("")
            self.write(f"  {path}", bold=True)
            self.write_line(f"  ({self.pace})" if self.pace.done else "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say how a scenario ended."""
        category = self.config.hook.pytest_report_teststatus(report=report, config=self.config)[0]
        self._add_stats(category, [report])
        text = dict(report.user_properties).get(RECORD_PROPERTY)
        if text:
            self.ended(ScenarioRecord.from_json(str(text)))
        elif report.failed:
            self.write_line(f" ! {report.when} failed", red=True)

    def ended(self, record: ScenarioRecord) -> None:
        """Say behind a scenario's title how it ended."""
        self.pace.done += 1
        self.verdict(record)
        self.write_line(f" {self.told(record)}")

    def verdict(self, record: ScenarioRecord) -> None:
        """The mark and the behaviour, in the colour of the end."""
        mark, colour = MARKS.get(record.status, "?"), COLOURS.get(record.status, "red")
        self.write(f"{mark} {record.behaviour}", **{colour: True})

    def told(self, record: ScenarioRecord) -> str:
        """How long it took, or why it was skipped."""
        why = f"  skipped: {record.reason}" if record.status == "skipped" else ""
        return f"{record.seconds:.2f} s{why}"

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Nothing: the line is complete."""

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Say in a line what ended the run; what ended it on purpose is told at the end."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            complain(excinfo.value.msg)
        elif type(excinfo.value) is KeyboardInterrupt:
            complain("interrupted")

    def _report_keyboardinterrupt(self) -> None:
        """Nothing: it was told."""

    def summary_failures(self) -> None:
        """Tell each failure in words; in a line what is wrong with a feature."""
        for category in ("failed", "error"):
            for report in self.getreports(category):
                if report.longreprtext not in self._results.not_collected:
                    self.write_line("")
                    self.write_sep("─", category.upper(), red=True)
                    self.write_line(words_of(report))
        for text in self._results.not_collected:
            for line in text.splitlines():
                complain(line)

    def summary_errors(self) -> None:
        """Nothing: they are told with the failures."""

    def summary_passes(self) -> None:
        """Nothing."""

    def short_test_summary(self) -> None:
        """Nothing: the failures were just told."""

    def summary_stats(self) -> None:
        """One sentence that can be read aloud, and where the reports are."""
        records = self._results.records
        if not records:
            return
        self.write_line("")
        if slow := slowest(records):
            self.write_line(f"slowest: {slow}")
        self.write_line(summary(records, self.pace.elapsed), bold=True)
        self.write_line(f"report: {self.config.option.report}/index.html")


def summary(records: list[ScenarioRecord], took: float) -> str:
    """How many behaviours ended in which way; an outline is one behaviour, as bad as its worst."""
    order = ("failed", "broken", "skipped", "passed")
    worst: dict[str, str] = {}
    for record in records:
        one = record.behaviour or record.scenario
        statuses = {record.status, worst.get(one, "passed")}
        worst[one] = next((s for s in order if s in statuses), record.status)
    counts = Counter(worst.values())
    told = ", ".join(
        f"{counts[status]} {word}"
        for status, word in (
            ("passed", "passed"),
            ("failed", "failed"),
            ("broken", "broken"),
            ("skipped", "skipped"),
        )
        if counts[status] or status in ("passed", "failed", "skipped")
    )
    noun = "behaviour" if len(worst) == 1 else "behaviours"
    return f"{len(worst)} {noun}: {told}, in {took:.1f} s"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take over from pytest's reporter; workers of a parallel run have none."""
    results = config.pluginmanager.get_plugin("kubeproof-results")
    usual = config.pluginmanager.get_plugin("terminalreporter")
    if usual is None or not isinstance(results, Results):
        return
    from kubeproof.plugin.parallel import ParallelReporter  # it builds upon this module

    parallel = bool(getattr(config.option, "numprocesses", None))
    made = (ParallelReporter if parallel else ScenarioReporter)(config, results)
    config.pluginmanager.unregister(usual)
    config.pluginmanager.register(made, "terminalreporter")
