"""Cucumber Messages, as its own formatters read them: one JSON object a line.

The order is that of the features, and ids are counted in that order, so that a run with several
workers and one without say the same (https://github.com/cucumber/messages).
"""

import base64
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, zip_longest
from typing import Any, TypeAlias

from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler
from gherkin.stream.id_generator import IdGenerator

import kubeproof
from kubeproof.report.definitions import Definitions
from kubeproof.report.picture import picture, standalone
from kubeproof.report.record import ScenarioRecord, StepRecord
from kubeproof.report.run import NodeFacts, RunRecord
from kubeproof.report.scene import scene_of
from kubeproof.report.sources import Source

PROTOCOL = "34.2.0"  # the version of the schema these messages are of
RUN = "run"

Message: TypeAlias = dict[str, Any]
Row: TypeAlias = tuple[tuple[str, str], ...]

STATUS: Mapping[str, str] = {
    "passed": "PASSED",
    "failed": "FAILED",
    "broken": "FAILED",
    "skipped": "SKIPPED",
    "undefined": "UNDEFINED",
}


def ndjson(run: RunRecord) -> str:
    """The whole stream."""
    return "".join(
        json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in messages(run)
    )


def messages(run: RunRecord) -> Iterator[Message]:
    """Every message of a run."""
    yield {"meta": _meta(run)}
    compiled = _Compiled()
    for source in run.sources:
        yield from compiled.messages(source)
    definitions = Definitions(run.definitions)
    yield from definitions.messages()
    started = {"id": RUN, "timestamp": _timestamp(run.started)}
    yield {"testRunStarted": started}
    stream = _Stream(run.cluster.nodes, definitions)
    for record in run.scenarios:
        if pickle := compiled.pickle_of(record):
            yield from stream.case(record, pickle)
    success = all(record.status in ("passed", "skipped") for record in run.scenarios)
    finished = {"success": success, "timestamp": _timestamp(run.finished), "testRunStartedId": RUN}
    yield {"testRunFinished": finished}


def _meta(run: RunRecord) -> Message:
    return {
        "protocolVersion": PROTOCOL,
        "implementation": {"name": "kubeproof", "version": kubeproof.__version__},
        "runtime": {"name": "Python", "version": run.facts.get("python", "")},
        "os": {"name": platform.system(), "version": run.facts.get("kernel", "")},
        "cpu": {"name": platform.machine()},
    }


@dataclass
class _Compiled:
    """Features as trees, and the pickles that are made from them: one for each test."""

    ids: IdGenerator = field(default_factory=IdGenerator)
    pickles: dict[tuple[str, int, Row], Message] = field(
        default_factory=dict[tuple[str, int, Row], Message]
    )

    def messages(self, source: Source) -> Iterator[Message]:
        """What stands in a file."""
        media = "text/x.cucumber.gherkin+plain"
        yield {"source": {"uri": source.uri, "data": source.text, "mediaType": media}}
        parser = Parser()
        parser.ast_builder.id_generator = self.ids
        document: Any = {**parser.parse(source.text), "uri": source.uri}
        yield {"gherkinDocument": document}
        places = {node: place for place, nodes in _places(document) for node in nodes}
        for pickle in Compiler(self.ids).compile(document):
            made: Any = pickle
            line, row = places[made["astNodeIds"][-1]]
            self.pickles.setdefault((source.uri, line, row), made)
            yield {"pickle": made}

    def pickle_of(self, record: ScenarioRecord) -> Message | None:
        """What a record is the record of; None if its feature has changed since."""
        return self.pickles.get((record.uri, record.line, _row(record.example)))


def _row(example: Mapping[str, str]) -> Row:
    return tuple(sorted(example.items()))


def _places(document: Any) -> Iterator[tuple[tuple[int, Row], list[str]]]:
    """Where each scenario and each row of an outline stands, with its id in the tree."""
    for scenario in _scenarios(document["feature"]):
        line = scenario["location"]["line"]
        yield (line, ()), [scenario["id"]]
        for table in scenario["examples"]:
            names = [cell["value"] for cell in table.get("tableHeader", {}).get("cells", ())]
            for row in table["tableBody"]:
                values = [cell["value"] for cell in row["cells"]]
                yield (line, _row(dict(zip(names, values, strict=True)))), [row["id"]]


def _scenarios(holder: Any) -> Iterator[Any]:
    for child in holder["children"]:
        if "scenario" in child:
            yield child["scenario"]
        elif "rule" in child:
            yield from _scenarios(child["rule"])


@dataclass
class _Stream:
    """Tells of tests in the order in which they are handed in."""

    nodes: Sequence[NodeFacts]
    definitions: Definitions
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def case(self, record: ScenarioRecord, pickle: Message) -> Iterator[Message]:
        """A test with all its attempts."""
        case = f"case-{next(self.numbers)}"
        steps = [f"{case}-step-{number}" for number, _ in enumerate(pickle["steps"], 1)]
        told = [
            self.definitions.test_step(name, step)
            for name, step in zip(steps, pickle["steps"], strict=True)
        ]
        yield {
            "testCase": {
                "id": case,
                "pickleId": pickle["id"],
                "testSteps": told,
                "testRunStartedId": RUN,
            }
        }
        attempts = [*record.earlier, record]
        for number, attempt in enumerate(attempts):
            yield from self._attempt(attempt, case, steps, number, number + 1 < len(attempts))

    def _attempt(
        self, record: ScenarioRecord, case: str, steps: list[str], number: int, again: bool
    ) -> Iterator[Message]:
        ident = f"{case}-attempt-{number}"
        begun = _timestamp(record.started)
        started = {"id": ident, "testCaseId": case, "attempt": number, "timestamp": begun}
        yield {"testCaseStarted": started}
        blamed = _blamed(record)
        last = max((n for n, step in enumerate(record.steps) if step.seen), default=-1)
        for place, (name, step) in enumerate(zip_longest(steps, record.steps[: len(steps)])):
            at = {"testCaseStartedId": ident, "testStepId": name}
            begin = step.begun if step else record.seconds
            yield {"testStepStarted": {**at, "timestamp": _timestamp(record.started, begin)}}
            if step and step.seen:
                body = "\n".join(str(one) for one in step.seen)
                moment = _timestamp(record.started, step.begun + step.seconds)
                yield _text(at, "observed.txt", body, moment)
            if place == last:
                yield from self._picture(at, record)
            if record.evidence and step and step.status in ("failed", "broken"):
                yield _text(
                    at,
                    "evidence.txt",
                    record.evidence.text,
                    _timestamp(record.started, record.seconds),
                )
            end = begin + (step.seconds if step else 0.0)
            result = _result(step, record if place == blamed else None)
            finished = {**at, "testStepResult": result}
            yield {"testStepFinished": {**finished, "timestamp": _timestamp(record.started, end)}}
        end = _timestamp(record.started, record.seconds)
        yield {
            "testCaseFinished": {
                "testCaseStartedId": ident,
                "timestamp": end,
                "willBeRetried": again,
            }
        }

    def _picture(self, at: Message, record: ScenarioRecord) -> Iterator[Message]:
        drawn = picture(scene_of(record, self.nodes), record.scenario)
        if drawn:
            body = base64.b64encode(standalone(drawn).encode()).decode()
            yield {
                "attachment": {
                    **at,
                    "body": body,
                    "contentEncoding": "BASE64",
                    "mediaType": "image/svg+xml",
                    "fileName": "observed.svg",
                    "timestamp": _timestamp(record.started, record.seconds),
                }
            }


def _blamed(record: ScenarioRecord) -> int:
    """The step that says why the test did not pass, where no step of its own does; -1: none."""
    if record.status == "passed" or any(step.message for step in record.steps):
        return -1
    reached = [number for number, step in enumerate(record.steps) if step.status != "passed"]
    return reached[0] if reached else min(len(record.steps), 0)


def _text(at: Message, name: str, text: str, moment: Message) -> Message:
    return {
        "attachment": {
            **at,
            "body": text,
            "contentEncoding": "IDENTITY",
            "mediaType": "text/plain",
            "fileName": name,
            "timestamp": moment,
        }
    }


def _result(step: StepRecord | None, blamed: ScenarioRecord | None) -> Message:
    status = blamed.status if blamed else step.status if step else "skipped"
    message = blamed.reason if blamed else step.message if step else ""
    result: Message = {
        "status": STATUS.get(status, "SKIPPED"),
        "duration": _duration(step.seconds if step else 0.0),
    }
    if message:
        result["message"] = message
    if status in ("failed", "broken"):
        kind = "PromiseBroken" if status == "failed" else "CheckBroken"
        result["exception"] = {"type": kind, "message": message}
    return result


def _timestamp(text: str, after: float = 0.0) -> Message:
    """A time of a record, some seconds later."""
    begun = datetime.fromisoformat(text) if text else datetime.fromtimestamp(0, UTC)
    seconds = begun.timestamp() + after
    return {"seconds": int(seconds), "nanos": int(seconds % 1 * 1e9)}


def _duration(seconds: float) -> Message:
    return {"seconds": int(seconds), "nanos": int(seconds % 1 * 1e9)}
