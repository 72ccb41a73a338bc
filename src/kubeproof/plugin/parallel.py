"""A run with several workers in a terminal: a line for each scenario as it ends, and how far it is.

Scenarios of several features end in a jumble, so that the features are no headings here.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from kubeproof.plugin.results import complain
from kubeproof.plugin.terminal import ScenarioReporter
from kubeproof.report.record import ScenarioRecord


class ParallelReporter(ScenarioReporter):
    """Tells of scenarios when they have ended, each with the time that has gone by."""

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say what runs on what, and keep pytest-xdist from saying how its workers do."""
        super().pytest_sessionstart(session)
        session.config.pluginmanager.unregister(name="terminaldistreporter")
        scheduler: Any = session.config.pluginmanager.get_plugin("dsession")
        if scheduler:
            scheduler.terminal = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Nothing: only the workers collect."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Say how much there is to run, as the first worker has found it."""
        if not self.pace.total:
            workers = int(self.config.option.numprocesses)
            self.announce(ids, workers)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Say that a worker has come to an end before its time."""
        if error:
            complain(f"worker {node.gateway.id} ended: {error}")

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """Nothing: it would be lost in the crowd."""

    def ended(self, record: ScenarioRecord) -> None:
        """A line for the scenario."""
        self.pace.done += 1
        self.write(f"  {self.pace}  ")
        self.verdict(record)
        self.write_line(f"  {record.scenario}  {self.told(record)}", flush=True)
