"""Cucumber Messages: valid, complete, and the same in whatever way the run was shared out."""

import base64
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from cucumber_messages import Envelope, message_converter
from jsonschema import Draft202012Validator

from kubeproof.report.messages import PROTOCOL, messages, ndjson
from tests.plugin.project import PYTEST, Project, scenario
from tests.report import runs

# npm's @cucumber/messages ships the schema; npm is nothing that kubeproof needs otherwise.
NODE_MODULES = Path(os.environ.get("KUBEPROOF_NODE_MODULES", "node_modules"))
SCHEMA = NODE_MODULES / "@cucumber/messages/messages.schema.json"


def stream() -> list[dict[str, Any]]:
    return list(messages(runs.run()))


def all_of(kind: str) -> list[dict[str, Any]]:
    return [one[kind] for one in stream() if kind in one]


def cases() -> dict[str, list[list[dict[str, Any]]]]:
    """By title of the pickle: for each attempt the results of its steps."""
    names = {one["id"]: one["name"] for one in all_of("pickle")}
    titles = {one["id"]: names[one["pickleId"]] for one in all_of("testCase")}
    found: dict[str, list[list[dict[str, Any]]]] = {}
    for started in all_of("testCaseStarted"):
        own = [
            one["testStepResult"]
            for one in all_of("testStepFinished")
            if one["testCaseStartedId"] == started["id"]
        ]
        found.setdefault(titles[started["testCaseId"]], []).append(own)
    return found


@pytest.mark.parametrize("message", stream(), ids=lambda message: next(iter(message)))
def test_the_classes_of_cucumber_read_every_message_and_lose_nothing(
    message: dict[str, Any],
) -> None:
    read = message_converter.from_dict(message, Envelope)
    assert message_converter.to_dict(read) == message


@pytest.mark.skipif(not SCHEMA.exists(), reason=f"no {SCHEMA}: npm install @cucumber/messages")
def test_the_published_schema_accepts_every_message() -> None:
    validator: Any = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert list(validator.iter_errors({"testRunFinished": {"success": "no"}}))  # it does refuse
    for message in stream():
        validator.validate(message)


def test_the_protocol_is_that_of_the_classes_that_were_tried() -> None:
    from importlib.metadata import version

    assert version("cucumber-messages") == PROTOCOL


def test_a_line_is_a_message() -> None:
    assert [json.loads(line) for line in ndjson(runs.run()).splitlines()] == stream()


def test_the_order_is_the_one_that_formatters_read() -> None:
    kinds = [next(iter(one)) for one in stream()]
    assert kinds[:3] == ["meta", "source", "gherkinDocument"]
    assert kinds[-1] == "testRunFinished"
    assert kinds.index("testRunStarted") > max(n for n, k in enumerate(kinds) if k == "pickle")


def test_the_feature_is_there_with_rule_outline_table_and_doc_string() -> None:
    [source], [document] = all_of("source"), all_of("gherkinDocument")
    assert source["data"] == runs.FEATURE
    assert document["uri"] == runs.URI
    rule = document["feature"]["children"][2]["rule"]
    assert rule["name"] == "Doors open"
    arguments = [step.get("argument", {}) for one in all_of("pickle") for step in one["steps"]]
    assert Counter(kind for one in arguments for kind in one) == {"dataTable": 1, "docString": 1}


def test_ids_are_never_the_same() -> None:
    ids = [one["id"] for kind in ("pickle", "testCase", "testCaseStarted") for one in all_of(kind)]
    document = json.dumps(all_of("gherkinDocument"))
    assert len(set(ids)) == len(ids)
    assert not [one["id"] for one in all_of("pickle") if f'"id": "{one["id"]}"' in document]


def test_each_row_of_an_outline_is_a_test_of_its_own() -> None:
    assert {"Knocking 1 times", "Knocking 2 times"} <= cases().keys()
    rows = [one["astNodeIds"] for one in all_of("pickle") if "Knocking" in one["name"]]
    assert [len(one) for one in rows] == [2, 2]
    assert rows[0][1] != rows[1][1]


def test_every_step_says_which_definition_it_is_one_of_and_what_it_is_given() -> None:
    defined = {one["id"]: one for one in all_of("stepDefinition")}
    assert [one["pattern"]["source"] for one in defined.values()] == [
        one.pattern for one in runs.DEFINITIONS
    ]
    assert defined["definition-4"]["sourceReference"] == {
        "uri": "steps/doors.py",
        "location": {"line": 6},
    }
    texts = {step["id"]: step["text"] for one in all_of("pickle") for step in one["steps"]}
    told = [step for one in all_of("testCase") for step in one["testSteps"]]
    given = {
        texts[one["pickleStepId"]]: [
            (argument["group"]["start"], argument["group"]["value"])
            for argument in one["stepMatchArgumentsLists"][0]["stepMatchArguments"]
        ]
        for one in told
        if one["stepDefinitionIds"]
    }
    assert given == {
        'Service "svc-2"': [(9, "svc-2")],
        'Pod "pod-1" on the first node': [(4, '"pod-1"')],  # what stands in it is no argument
        "a client knocks": [],
        "a client knocks 1 times": [(16, "1")],
        "a client knocks 2 times": [(16, "2")],
        "it opens": [(3, "opens")],
        "it stays": [(3, "stays")],
    }
    missing = [texts[one["pickleStepId"]] for one in told if not one["stepDefinitionIds"]]
    assert missing == ["nobody knows a step like this"]


def test_a_record_without_definitions_calls_no_step_undefined() -> None:
    run = runs.run()
    run.definitions = []
    told = [one["testCase"] for one in messages(run) if "testCase" in one]
    assert told
    assert not [step for one in told for step in one["testSteps"] if "stepDefinitionIds" in step]


def test_what_passed() -> None:
    [steps] = cases()["A door that opens"]
    assert [one["status"] for one in steps] == ["PASSED"] * 4
    assert steps[0]["duration"] == {"seconds": 0, "nanos": 100_000_000}


def test_what_failed_was_tried_again_and_says_why() -> None:
    first, last = cases()['A lie <script>alert("x")</script>']
    for steps in (first, last):
        assert [one["status"] for one in steps] == ["PASSED", "PASSED", "FAILED", "SKIPPED"]
        assert steps[2]["exception"]["type"] == "PromiseBroken"
        assert "seen: shut" in steps[2]["message"]
    again = [one["willBeRetried"] for one in all_of("testCaseFinished")]
    assert Counter(again) == {False: 6, True: 1}
    assert [one["attempt"] for one in all_of("testCaseStarted")].count(1) == 1


def test_what_was_skipped_says_why() -> None:
    [steps] = cases()["Clouds"]
    assert [one["status"] for one in steps] == ["SKIPPED"] * 3
    assert steps[0]["message"] == "this cluster has no load balancer"
    assert "exception" not in steps[0]


def test_a_step_that_nobody_defined_is_undefined() -> None:
    [steps] = cases()["Fog"]
    assert [one["status"] for one in steps] == ["PASSED", "PASSED", "UNDEFINED", "SKIPPED"]


def test_what_broke_before_its_first_step_says_so_at_that_step() -> None:
    record = runs.scenario("A door that opens", "np-03", "broken", "no cluster could be had")
    told = [
        one["testStepFinished"] for one in messages(runs.run(record)) if "testStepFinished" in one
    ]
    result = told[0]["testStepResult"]
    assert (result["status"], result["message"]) == ("FAILED", "no cluster could be had")
    assert result["exception"]["type"] == "CheckBroken"
    assert [one["testStepResult"]["status"] for one in told[1:]] == ["SKIPPED"] * 3


def test_what_was_seen_is_attached_as_text_and_as_a_picture() -> None:
    text, drawn = (
        next(one for one in all_of("attachment") if one["mediaType"] == media)
        for media in ("text/plain", "image/svg+xml")
    )
    assert "answered by pod-1 ×20" in text["body"]
    assert "refused ×20 [[Errno 111]]" in text["body"]
    svg = ET.fromstring(base64.b64decode(drawn["body"]))
    assert svg.tag.endswith("svg")


def test_the_evidence_is_attached_to_the_step_that_failed() -> None:
    [kept] = [one for one in all_of("attachment") if one["fileName"] == "evidence.txt"]
    assert kept["body"].startswith("== Services\n")
    failed = [
        (one["testCaseStartedId"], one["testStepId"])
        for one in all_of("testStepFinished")
        if one["testStepResult"]["status"] == "FAILED"
    ]
    assert (kept["testCaseStartedId"], kept["testStepId"]) == failed[-1]


def test_the_run_succeeds_if_nothing_is_red() -> None:
    assert not all_of("testRunFinished")[0]["success"]
    *_, last = messages(runs.run(runs.opened(), runs.clouds()))
    assert last["testRunFinished"]["success"]


def test_time_never_runs_backwards_in_a_test() -> None:
    times: dict[str, list[tuple[int, int]]] = {}
    for one in all_of("testStepStarted"):
        at = one["timestamp"]
        times.setdefault(one["testCaseStartedId"], []).append((at["seconds"], at["nanos"]))
    assert times
    assert all(one == sorted(one) for one in times.values())


def test_a_record_of_another_feature_text_is_left_out() -> None:
    record = runs.opened()
    record.line = 999
    assert not [one for one in messages(runs.run(record)) if "testCase" in one]


@pytest.mark.xdist_group("messages")
def test_a_run_with_workers_says_what_one_without_says(tmp_path: Path) -> None:
    project = Project.made(
        tmp_path,
        *(scenario(f"Door {n}", tags=f"@np-0{n}") for n in range(1, 7)),
        scenario("A lie", "Given a door", "Then it ends with a broken promise", tags="@etp-01"),
    )
    whole = _lasting(project.run().report)
    shared = _lasting(project.run(command=(*PYTEST, "-n", "4")).report)
    assert len(whole) > 80
    assert [one for one in whole if "stepDefinition" in one]
    steps = [step for one in whole if "testCase" in one for step in one["testCase"]["testSteps"]]
    assert {len(step["stepDefinitionIds"]) for step in steps} == {1}
    assert shared == whole


def _lasting(report: Path) -> list[Any]:
    """A stream without what differs from run to run: times."""

    def lasting(value: Any) -> Any:
        if isinstance(value, dict):
            kept: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType] - JSON
            return {k: lasting(v) for k, v in kept.items() if k not in ("timestamp", "duration")}
        return [lasting(one) for one in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]

    lines = (report / "messages.ndjson").read_text(encoding="utf-8").splitlines()
    return [lasting(json.loads(line)) for line in lines]
