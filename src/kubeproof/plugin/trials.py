"""A worker of ``kubeproof prove``: scenarios of a behaviour, run on request under some faults.

Started as ``python -m kubeproof.plugin.trials OPTIONS PATHS``. It says once which behaviours it
knows, a line of JSON on standard output; then each line on standard input asks for a trial and is
answered by a line. The cluster stays between trials; faults are on from before a scenario's
first step until after its last.
"""

import ctypes
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import suppress
from typing import IO, Any, cast

import pytest
from pytest_bdd.parser import Step

from kubeproof.cluster.outside_container import AGNHOST
from kubeproof.cluster.run import Run
from kubeproof.errors import KubeproofError
from kubeproof.plugin.breaking import Breaking
from kubeproof.plugin.recording import END_PROPERTY, RECORD_PROPERTY
from kubeproof.plugin.tags import behaviour_in, tags_of
from kubeproof.report.record import ScenarioRecord

_PR_SET_PDEATHSIG = 1  # prctl(2)


class Trials:
    """Replaces pytest's loop over all tests by one that runs what it is asked for."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers
        self._breaking = Breaking()
        self._faults: tuple[str, ...] = ()
        self._budgets: tuple[str, ...] = ()
        self._scenarios: list[dict[str, str]] = []
        self._clean = True
        self._not_collected: list[str] = []
        self._end: object = None  # code and reason of what ends not a trial but all of them

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what is wrong with a feature."""
        if report.failed:
            self._not_collected.append(report.longreprtext)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Write no reports: there is more than one worker, and this is no run."""
        config.pluginmanager.unregister(name="kubeproof-results")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Say what there is, then carry out what is asked for until nobody asks any more."""
        items: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            items[behaviour_in(tags_of(item))].append(item)
        items.pop("", None)
        self._say({"behaviours": sorted(items), "refused": "\n".join(self._not_collected)})
        for line in self._requests:
            wanted = json.loads(line)
            self._say(self._carried_out(session, items[wanted["behaviour"]], wanted))
        return True

    def _carried_out(
        self, session: pytest.Session, items: list[pytest.Item], wanted: dict[str, Any]
    ) -> dict[str, Any]:
        began = time.monotonic()
        self._faults, self._budgets = tuple(wanted["faults"]), tuple(wanted["budgets"])
        self._scenarios, self._clean = [], True
        # What outlives a test is torn down unless the next one needs it: the session needs all.
        next_one = cast(pytest.Item, session)
        for item in items:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=next_one)
        seconds = round(time.monotonic() - began, 3)
        return {
            "scenarios": self._scenarios,
            "seconds": seconds,
            "clean": self._clean,
            "end": self._end,
            "nodes": list(self._breaking.nodes),
        }

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        """Take hold of the cluster as soon as there is one, and of its nodes if they are real."""
        made = yield
        if fixturedef.argname == "cluster":
            self._breaking.take(made)
            self._breaking.on(self._faults, self._budgets)
        if fixturedef.argname == "run_of_cluster" and (
            disruption := self._breaking.take_nodes(
                cast(Run, made), request.config.option.image or AGNHOST
            )
        ):
            request.addfinalizer(disruption.close)
            self._breaking.on(self._faults, self._budgets)
        return made

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Break the cluster before the scenario begins."""
        self._breaking.on(self._faults, self._budgets)

    def pytest_bdd_before_step(self, step: Step) -> None:
        """Let the fault strike once everything is there, before anything is asked."""
        if step.type != "given":
            self._breaking.strike()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """Mend the cluster before the scenario's objects are taken away."""
        self._breaking.off()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a scenario ended, and whether all that it made could be taken away."""
        if report.failed and report.when == "teardown":
            self._clean = False
        properties = dict(report.user_properties)
        self._end = self._end or properties.get(END_PROPERTY)
        text = properties.get(RECORD_PROPERTY)
        if text is not None:
            record = ScenarioRecord.from_json(str(text))
            self._note(record.scenario, record.status, record.reason, report.longreprtext)
        elif report.failed and report.when != "teardown":
            self._note(report.nodeid, "broken", report.longreprtext, report.longreprtext)

    def _note(self, scenario: str, status: str, reason: str, told: str) -> None:
        told = told if status in ("failed", "broken") else ""
        self._scenarios.append(
            {"scenario": scenario, "status": status, "reason": reason, "told": told}
        )

    def _say(self, answer: dict[str, Any]) -> None:
        self._answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        self._answers.flush()


def main(arguments: list[str]) -> int:
    """Work until standard input ends."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was told
        return 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed is no answer
    trials = Trials(sys.stdin, answers)
    options = ("-p", "kubeproof.plugin", "-p", "no:cacheprovider", "-p", "no:terminal", "-s")
    with suppress(KubeproofError):
        return int(pytest.main([*options, *arguments], plugins=[trials]))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
