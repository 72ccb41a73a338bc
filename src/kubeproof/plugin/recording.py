"""Writing down what a scenario did and saw, while it runs.

pytest-bdd's own reports lose it under xdist and reruns, so it travels as JSON in the test's
``user_properties``; every report is made from that.
"""

import json
import time
from collections.abc import Generator
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from pytest_bdd.parser import ScenarioTemplate, Step

from kubeproof.cluster.base import Cluster
from kubeproof.cluster.evidence import gathered
from kubeproof.cluster.workload import Workload
from kubeproof.errors import CheckBroken, KubeproofError
from kubeproof.plugin import ending, evidence, exits, vacuity
from kubeproof.plugin.collection import FeatureFile
from kubeproof.plugin.facts import IMAGES_PROPERTY, pods_of, services_of, undeclared, untold
from kubeproof.plugin.tags import behaviour_in, tags_of
from kubeproof.probing import Observation, Sample
from kubeproof.report.record import ScenarioRecord, StepRecord, now
from kubeproof.report.text import failure_text
from kubeproof.waiting import Converged

RECORD_PROPERTY = "kubeproof"
BROKEN_PROPERTY = "broken"
END_PROPERTY = "kubeproof-end"  # exit code and reason of an error that ends the whole run


class Record:
    """The record of the scenario that runs, and the step that is under way."""

    def __init__(self, scenario: ScenarioRecord) -> None:
        self.scenario = scenario
        self.workload: Workload | None = None  # once the scenario has one
        self.cluster: Cluster | None = None  # likewise
        self._began = self._since = time.monotonic()
        self._counting = Lock()

    def begin(self, step: Step) -> None:
        """A step begins."""
        keyword = step.keyword.strip()
        self._since = time.monotonic()
        begun = round(self._since - self._began, 4)
        self.scenario.steps.append(StepRecord(keyword, step.name, step.line_number, begun=begun))

    def end(self, status: str, message: str = "") -> None:
        """The step under way has ended."""
        step = self.scenario.steps[-1]
        step.status, step.message = status, message
        step.seconds = round(time.monotonic() - self._since, 4)

    def observed(self, observation: Observation) -> None:
        """A connection was tried by the step under way, maybe beside others."""
        if self.scenario.steps:
            node = self.workload.node_of(observation.pod) if self.workload else ""
            with self._counting:
                self.scenario.steps[-1].add(observation, node)

    def converged(self, found: Converged[Sample]) -> None:
        """What the step under way asked for was reached, and has lasted."""
        if self.scenario.steps:
            with self._counting:
                self.scenario.steps[-1].held(found.after)

    def finish(self, outcome: str, seconds: float, broken: bool) -> None:
        """The scenario has ended."""
        self.scenario.finish(outcome, seconds, broken)
        if self.workload:
            self.scenario.pods = pods_of(self.workload)
            self.scenario.services = services_of(self.workload)


RECORD = pytest.StashKey[Record]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start the scenario's record, so that one that is skipped is on record too."""
    if not isinstance(item.parent, FeatureFile):
        return
    template = item.parent.template_of(item)
    tags, example = tags_of(item), example_of(item)
    item.stash[RECORD] = Record(
        ScenarioRecord(
            behaviour=behaviour_in(tags),
            feature=template.feature.name or "",
            uri=_uri(item),
            rule=template.rule.name if template.rule else "",
            scenario=_title(template, example),
            line=template.line_number,
            tags=sorted(tags),
            example=example,
            started=now(),
        )
    )


def _title(template: ScenarioTemplate, example: dict[str, str]) -> str:
    """An outline's title with the row's values, or behind it if it has no place for them."""
    name = template.name or ""
    titled = template.render(example).name or name
    return f"{name} ({', '.join(example.values())})" if example and titled == name else titled


def example_of(item: pytest.Item) -> dict[str, str]:
    """The row of an outline that a test is; empty for a plain scenario."""
    call: Any = getattr(item, "callspec", None)
    row: dict[str, Any] = call.params.get("_pytest_bdd_example", {}) if call else {}
    return {name: str(value) for name, value in row.items()}


def _uri(item: pytest.Item) -> str:
    path = Path(item.path)
    root = item.config.rootpath
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Step) -> None:
    """A step begins."""
    request.node.stash[RECORD].begin(step)


def pytest_bdd_after_step(
    request: pytest.FixtureRequest, step: Step, step_func_args: dict[str, Any]
) -> None:
    """A step has passed; a Then must have shown something."""
    record = request.node.stash[RECORD]
    record.end("passed")
    if step.type == "then":
        try:
            vacuity.refuse(record.scenario, step_func_args.values())
        except CheckBroken as error:
            record.end("broken", str(error))
            raise


def pytest_bdd_step_error(request: pytest.FixtureRequest, exception: Exception) -> None:
    """A step has failed, or its check broke."""
    status = "broken" if is_broken(exception) else "failed"
    if isinstance(exception, pytest.skip.Exception):
        status = "skipped"
    request.node.stash[RECORD].end(status, str(exception))


def pytest_bdd_step_func_lookup_error(
    request: pytest.FixtureRequest, step: Step, exception: Exception
) -> None:
    """A step has no definition."""
    record = request.node.stash[RECORD]
    record.begin(step)
    record.end("undefined", str(exception))


def is_broken(error: BaseException | None) -> bool:
    """Whether an error says nothing about the cluster: only an assertion that fails does."""
    return error is not None and not isinstance(error, AssertionError | pytest.fail.Exception)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the record into the report, and words in place of a traceback."""
    report = yield
    if not isinstance(item.parent, FeatureFile):
        return report
    record = item.stash.get(RECORD, None)
    error = call.excinfo.value if call.excinfo else None
    if report.failed and isinstance(error, KubeproofError):
        text = failure_text(record.scenario if record else None, error)
        report.longrepr = text + (_kept_evidence(item, record, text) if record else "")
    properties = _properties(error) if report.failed else []
    if error and (why := ending.why(error, item.config)):
        item.session.shouldstop = why
        if exits.of_error(error) is None and not ending.will_be_told(item.config):
            properties.append((END_PROPERTY, [exits.BROKEN_CHECK, why]))
    if record and (report.when == "call" or (report.when == "setup" and not report.passed)):
        record.finish(report.outcome, report.duration, bool(properties))
        record.scenario.reason = record.scenario.reason or _reason(report, error)
        properties.append((RECORD_PROPERTY, record.scenario.to_json()))
        properties += untold(item.config) + undeclared(item.config)
        if record.workload and record.workload.images:
            properties.append((IMAGES_PROPERTY, json.dumps(record.workload.images)))
    report.user_properties = [*report.user_properties, *properties]
    return report


def _kept_evidence(item: pytest.Item, record: Record, text: str) -> str:
    if record.workload is None or record.cluster is None:
        return ""
    seen = gathered(record.cluster, record.workload)
    return evidence.kept(item, record.scenario, text, seen)


def _properties(error: BaseException | None) -> list[tuple[str, Any]]:
    """What is told of a failure beside its text."""
    properties: list[tuple[str, Any]] = []
    if is_broken(error):
        properties.append((BROKEN_PROPERTY, "yes"))
    if code := exits.of_error(error):
        properties.append((END_PROPERTY, [code, str(error)]))
    return properties


def _reason(report: pytest.TestReport, error: BaseException | None) -> str:
    """Why a scenario did not pass; empty for one that did."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return "" if error is None else f"{error}" or type(error).__name__


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, str] | None:
    """A broken check is a category of its own, neither passed nor failed."""
    if not isinstance(report, pytest.TestReport):
        return None
    if report.failed and (BROKEN_PROPERTY, "yes") in report.user_properties:
        return "broken", "B", "BROKEN"
    return None
