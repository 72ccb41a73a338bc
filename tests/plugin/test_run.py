"""One run with a scenario for every way to end: what is told of it, and what is written down."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import kubeproof
from kubeproof.inventory import behaviours
from kubeproof.report.run import RunRecord
from tests.plugin.project import KUBEPROOF, PYTEST, Ended, Project, indented, scenario

KNOCK = ("Given a door", "When somebody knocks 3 times")
FEATURE = """\
@core
Feature: Doors ↔ 문
  What can be said of doors.

  Background:
    Given a door

  Rule: Doors open

""" + indented(
    indented(
        scenario("A door that opens"),
        scenario("문을 두드리면 열린다", tags="@np-04"),
        scenario("A lie", *KNOCK, "Then it ends with a broken promise", tags="@np-05"),
        scenario("Fog", *KNOCK, "Then it ends with a broken check", tags="@np-06"),
        scenario("Clouds", tags="@np-07 @capability:load-balancer @capability:outside"),
    ),
    """\
    Rule: Doors are made by people

      @np-08
      Scenario Outline: Knocking <n> times, "<how>"
        When somebody knocks <n> times
        Then <what>

        Examples:
          | n | how  | what                            |
          | 1 | well | it opens                        |
          | 2 | ill  | it ends with a broken promise   |
    """,
    indented(
        scenario("A slip", *KNOCK, "Then it ends with a defect", "And it opens", tags="@np-09"),
        scenario("A plain word", *KNOCK, "Then an assertion of its own fails", tags="@etp-01"),
        scenario("No word", *KNOCK, "Then it ends with silence", tags="@etp-02"),
        scenario("A long wait", tags="@etp-03 @slow"),
    ),
)

STATUSES = {
    "A door that opens": "passed",
    "문을 두드리면 열린다": "passed",
    "A lie": "failed",
    "Fog": "broken",
    "Clouds": "skipped",
    'Knocking 1 times, "well"': "passed",
    'Knocking 2 times, "ill"': "failed",
    "A slip": "broken",
    "A plain word": "failed",
    "No word": "failed",
}

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "pytest": PYTEST,
    "pytest -n 2": (*PYTEST, "-n", "2"),
    "kubeproof run": KUBEPROOF,
}


@pytest.fixture(scope="module", params=COMMANDS)
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The same project, run in every way it can be."""
    project = Project.made(tmp_path_factory.mktemp("project"))
    project.feature(FEATURE)
    return project.run(command=COMMANDS[request.param])


def test_every_scenario_ends_as_it_should(ended: Ended) -> None:
    assert ended.statuses == STATUSES


def test_a_broken_promise_outweighs_broken_checks(ended: Ended) -> None:
    assert ended.code == 1


def test_the_record_says_which_promise_it_is_about(ended: Ended) -> None:
    record = ended.scenario("np-03")
    told = {key: record[key] for key in ("feature", "uri", "rule", "scenario", "line", "tags")}
    assert told == {
        "feature": "Doors ↔ 문",
        "uri": "features/doors.feature",
        "rule": "Doors open",
        "scenario": "A door that opens",
        "line": 11,
        "tags": ["core", "np-03"],
    }
    assert record["reason"] == ""
    assert 0 < record["seconds"] < 30


def test_every_step_is_on_record(ended: Ended) -> None:
    steps = ended.scenario("np-04")["steps"]
    assert [(one["keyword"], one["text"], one["line"], one["status"]) for one in steps] == [
        ("Given", "a door", 6, "passed"),
        ("Given", "a door", 18, "passed"),
        ("When", "somebody knocks 3 times", 19, "passed"),
        ("Then", "it opens", 20, "passed"),
    ]


def test_what_was_seen_is_on_record_with_its_step(ended: Ended) -> None:
    *_, given, when, then = ended.scenario("np-03")["steps"]
    assert given["seen"] == then["seen"] == []
    seen = [(one["outcome"], one["pod"], one["source"], one["times"]) for one in when["seen"]]
    assert seen == [
        ("answered", "pod-1", "192.0.2.9", 2),
        ("answered", "pod-2", "192.0.2.9", 1),
        ("timed out", "", "", 1),
    ]
    assert {one["vantage"] for one in when["seen"]} == {"a client"}
    assert {(one["target"], one["address"]) for one in when["seen"]} == {
        ("the door", "192.0.2.1:30000")
    }
    assert when["seen"][2]["slowest"] == 1.0


def test_a_broken_promise_is_on_record_with_its_step(ended: Ended) -> None:
    record = ended.scenario("np-05")
    assert record["reason"] == "the door opens; seen: shut"
    assert [one["status"] for one in record["steps"]] == ["passed"] * 3 + ["failed"]
    assert record["steps"][-1]["message"] == "the door opens; seen: shut"


def test_a_broken_check_is_on_record_as_such(ended: Ended) -> None:
    record = ended.scenario("np-06")
    assert record["steps"][-1]["status"] == "broken"
    assert record["reason"] == "nobody can see the door"


def test_a_skipped_scenario_is_on_record_with_its_reason(ended: Ended) -> None:
    record = ended.scenario("np-07")
    assert record["steps"] == []
    assert record["reason"] == (
        "this cluster has none (capability:load-balancer: "
        "an implementation that gives LoadBalancer Services an external IP)"
    )


def test_steps_after_a_broken_one_did_not_run(ended: Ended) -> None:
    record = ended.scenario("np-09")
    assert [one["text"] for one in record["steps"]][-1] == "it ends with a defect"
    assert "a step is wrong" in record["reason"]


def test_a_failure_without_words_has_a_reason_all_the_same(ended: Ended) -> None:
    assert ended.scenario("etp-02")["reason"] == "AssertionError"


def test_the_run_says_what_produced_it(ended: Ended) -> None:
    facts = ended.run["facts"]
    assert facts["kubeproof"] == kubeproof.__version__
    assert facts["cluster"] == "fake"
    assert facts["python"]
    assert facts["kernel"]


def test_junit_tells_failures_errors_and_skips_apart(ended: Ended) -> None:
    ends = {
        behaviour: [child.tag for child in ended.case(behaviour) if child.tag != "properties"]
        for behaviour in ("np-03", "np-05", "np-06", "np-07", "np-09", "etp-01")
    }
    assert ends == {
        "np-03": [],
        "np-05": ["failure"],
        "np-06": ["error"],
        "np-07": ["skipped"],
        "np-09": ["error"],
        "etp-01": ["failure"],
    }


def test_junit_counts(ended: Ended) -> None:
    [one] = ended.junit.iter("testsuite")
    assert one.get("name") == "Doors ↔ 문"
    counts = {name: one.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "10", "failures": "4", "errors": "2", "skipped": "1"}


def test_junit_names_the_scenario_and_its_behaviour(ended: Ended) -> None:
    case = ended.case("np-04")
    assert case.get("name") == "문을 두드리면 열린다"
    assert case.get("classname") == "features/doors.feature"


def test_the_failure_in_junit_has_the_wish_the_steps_and_what_was_seen(ended: Ended) -> None:
    failure = ended.case("np-05").find("failure")
    assert failure is not None
    assert failure.get("message") == "the door opens; seen: shut"
    text = failure.text or ""
    assert "failed    Then it ends with a broken promise" in text
    assert "answered by pod-1, who saw 192.0.2.9 ×2" in text


def test_the_terminal_tells_a_failure_in_words(ended: Ended) -> None:
    told = ended.out[ended.out.index("np-05  A lie") :]
    assert told.splitlines()[:15] == [
        "np-05  A lie",
        "features/doors.feature:23",
        "",
        "  ✓ Given a door",
        "  ✓ Given a door",
        "  ✓ When somebody knocks 3 times",
        "  ✗ Then it ends with a broken promise",
        "",
        "the promise was not kept: the door opens; seen: shut",
        "",
        "observed by “When somebody knocks 3 times”:",
        "  a client → the door (192.0.2.1:30000): answered by pod-1, who saw 192.0.2.9 ×2",
        "  a client → the door (192.0.2.1:30000): answered by pod-2, who saw 192.0.2.9 ×1",
        "  a client → the door (192.0.2.1:30000): timed out ×1 [bell\x07 and null\x00]",
        "  answers by Pod: pod-1 2, pod-2 1, timed out 1",
    ]


def test_the_terminal_tells_a_broken_check_from_a_broken_promise(ended: Ended) -> None:
    assert "the check broke: nobody can see the door" in ended.out
    assert "the promise was not kept: nobody" not in ended.out


def test_titles_are_the_names_of_tests(tmp_path: Path) -> None:
    project = Project.made(tmp_path)
    project.feature(FEATURE)
    listed = project.run("--collect-only", "-q").out.splitlines()
    assert "features/doors.feature::A door that opens" in listed
    assert "features/doors.feature::문을 두드리면 열린다" in listed
    assert len([line for line in listed if "::" in line]) == len(STATUSES)
    assert not (tmp_path / "report").exists(), "nothing ran"


def test_the_table_of_behaviours_says_who_is_a_seed(tmp_path: Path) -> None:
    project = Project.made(tmp_path)
    beyond = next(one.id for one in behaviours().values() if not one.seed)
    one = "    @{}\n    Scenario: {}\n      Given a door\n      Then it opens\n"
    project.feature("Feature: Doors\n\n" + one.format("np-03", "Old") + one.format(beyond, "New"))
    for tags, there in (("@seed", "Old"), ("not @seed", "New"), ("@np-03 and not @seed", "")):
        listed = project.run("--collect-only", "-q", f"--tags={tags}").out.splitlines()
        titles = [line.partition("::")[2] for line in listed if "::" in line]
        assert "".join(titles) == there, tags


def test_pytests_own_categories_have_one_for_broken_checks(tmp_path: Path) -> None:
    project = Project.made(tmp_path)
    project.feature(FEATURE)
    ended = project.run("-q", "--tags=@np-03 or @np-05 or @np-06", "--junitxml=own.xml")
    assert re.search(r"1 failed, 1 passed, \d+ deselected, 1 broken", ended.out)
    assert "behaviour" not in (tmp_path / "own.xml").read_text(), "that is our own report's"


def test_a_scenario_needs_its_feature_gate_and_the_report_tells_all_gates(tmp_path: Path) -> None:
    ended = Project.made(
        tmp_path,
        scenario("On", tags="@np-01 @gate:RelaxedServiceNameValidation"),
        scenario("Off", tags="@np-02 @gate:PreferSameTrafficDistribution"),
    ).run()
    made = RunRecord.load(ended.report)
    assert ended.scenario("np-01")["status"] == "passed"
    off = ended.scenario("np-02")
    assert off["status"] == "skipped"
    assert "feature gate PreferSameTrafficDistribution is off (beta)" in off["reason"]
    told = {one.name: str(one) for one in made.cluster.feature_gates}
    assert told["RelaxedServiceNameValidation"] == "RelaxedServiceNameValidation on (beta)"
    assert told["NFTablesProxyMode"] == "NFTablesProxyMode on (GA), by version"
    assert made.cluster.node_port_range == ""
