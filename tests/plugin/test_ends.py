"""How runs end: one number for each sort of end, and a line for whoever has to mend something."""

import os
import re
import signal
from pathlib import Path

import pytest

import kubeproof
from tests.cli import console
from tests.plugin.project import CONFTEST, KUBEPROOF, PYTEST, Project, scenario

KNOCK = ("Given a door", "When somebody knocks 1 times")
GOOD = scenario("Good", tags="@np-01")
FAILED = scenario("Failed", *KNOCK, "Then it ends with a broken promise", tags="@np-02")
BROKEN = scenario("Broken", *KNOCK, "Then it ends with a broken check", tags="@np-03")
MISUSED = scenario("Misused", *KNOCK, "Then it ends with misuse", tags="@np-04")

PARALLEL = (*PYTEST, "-n", "2")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.made(tmp_path_factory.mktemp("project"), GOOD, FAILED, BROKEN, MISUSED)


def complaints(text: str) -> list[str]:
    """The lines that kubeproof says of itself."""
    return [line for line in text.splitlines() if line.startswith("kubeproof: ")]


@pytest.mark.parametrize(("tags", "code"), [("@np-01 or @np-03", 4), ("@np-99", 5)])
def test_exit_codes_of_runs_without_a_broken_promise(
    project: Project, tags: str, code: int
) -> None:
    assert project.run(f"--tags={tags}", command=KUBEPROOF).code == code


def test_a_broken_check_has_its_own_number_in_a_parallel_run_too(project: Project) -> None:
    ended = project.run("--tags=@np-01 or @np-03", command=PARALLEL)
    assert ended.code == 4
    assert "BROKEN" in ended.out
    assert "[gw" not in ended.out.partition("BROKEN")[2]  # nobody asked where it ran


def test_misuse_outweighs_everything_and_stops_nothing(project: Project) -> None:
    ended = project.run(command=KUBEPROOF)
    assert ended.code == 2
    assert ended.err == "kubeproof: there is no such manifest\n"
    assert ended.statuses == {
        "Good": "passed",
        "Failed": "failed",
        "Broken": "broken",
        "Misused": "broken",
    }


@pytest.mark.parametrize(
    ("context", "code", "told"),
    [
        ("unavailable", 3, "no such cluster"),
        ("unreachable", 3, "the cluster cannot be reached: no such cluster"),
    ],
)
def test_a_run_without_cluster_ends_with_the_first_scenario_and_one_line(
    project: Project, context: str, code: int, told: str
) -> None:
    ended = project.run(f"--context={context}", command=KUBEPROOF)
    assert ended.code == code
    assert ended.err == f"kubeproof: {told}\n"
    assert told not in ended.out
    assert "Traceback" not in ended.out
    assert ended.statuses == {"Good": "broken"}


@pytest.mark.parametrize("command", [PYTEST, PARALLEL], ids=["pytest", "pytest -n 2"])
def test_a_run_without_cluster_ends_so_under_pytest_too(
    project: Project, command: tuple[str, ...]
) -> None:
    ended = project.run("--context=unavailable", command=command)
    assert ended.code == 3
    assert complaints(ended.err) == ["kubeproof: no such cluster"]
    assert "Traceback" not in ended.text
    assert len(ended.statuses) <= 2, "each worker has one that failed"


def test_reports_that_cannot_be_written(project: Project) -> None:
    ended = project.run("--tags=@np-01", "--report=conftest.py/report", command=KUBEPROOF)
    assert ended.code == 2
    assert ended.err == "kubeproof: cannot write reports to conftest.py/report: Not a directory\n"


BAD = {
    "undefined": (
        scenario("One", "Given a door", "Then it closes"),
        r"line 6: Then it closes: undefined step; see the phrases with: kubeproof steps",
    ),
    "wrong_keyword": (
        scenario("One", "Given a door", "When it opens", "Then it opens"),
        r"line 6: When it opens: undefined step",
    ),
    "undefined_in_an_example": (
        "@np-03\nScenario Outline: One\n  Given a door\n  Then it <does>\n\n"
        "  Examples:\n    | does  |\n    | opens |\n    | sings |\n",
        r"line 6: Then it sings: undefined step",
    ),
    "tag": (scenario("One", tags="@np-03 @cor"), r"unknown tag @cor; a tag is a behaviour id,"),
    "capability": (
        scenario("One", tags="@capability:two-node"),
        r"unknown capability 'two-node' in tag @capability:two-node; choose two-nodes,",
    ),
    "behaviour": (
        scenario("One", tags="@np-99"),
        r"unknown behaviour id in tag @np-99; the ids stand in behaviours\.csv",
    ),
    "twice": (scenario("One") + scenario("One", tags="@np-04"), r"two scenarios are called 'One'"),
    "twice_in_rules": (
        "Rule: here\n" + scenario("One") + "Rule: there\n" + scenario("One", tags="@np-04"),
        r"two scenarios are called 'One'; rename one",
    ),
    "no_then": (
        scenario("One", *KNOCK),
        r"line 4: scenario 'One' has no Then, so that it checks nothing",
    ),
    "no_step": ("@np-03\nScenario: One\n", r"line 4: scenario 'One' has no Then"),
    "syntax": (scenario("One") + "  perhaps\n", r"line 8: Unexpected token"),
    "and_first": ("Scenario: One\n  And a door\n", r"line 4: First step in a scenario"),
}
BAD_FILES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", r"it has no Feature"),
    "comment": ("# a feature will come here\n", r"it has no Feature"),
    "latin": (b"Feature: Caf\xe9\n", r"it cannot be read: 'utf-8' codec can't decode"),
    "german": (
        "# language: de\nFunktionalität: Türen\n"
        "  Szenario: Eins\n    Angenommen a door\n    Dann it opens\n"
        "  Szenario: Eins\n    Angenommen a door\n    Dann it opens\n",
        r"two scenarios are called 'Eins'",
    ),
}


@pytest.fixture(scope="module")
def bad_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A feature for every mistake, and a good one, which does not run either."""
    made = Project.made(tmp_path_factory.mktemp("bad"), GOOD)
    for name, (text, _) in BAD.items():
        made.feature("Feature: Bad\n\n" + text, name)
    for name, (content, _) in BAD_FILES.items():
        made.feature(content, name)
    return made


@pytest.fixture(scope="module")
def refused(bad_project: Project) -> list[str]:
    """What a run says of all of them."""
    ended = bad_project.run(command=KUBEPROOF)
    assert ended.code == 2
    assert "Traceback" not in ended.text
    assert not ended.report.exists(), "nothing ran"
    lines = ended.err.splitlines()
    assert complaints(ended.err) == lines
    return lines


@pytest.mark.parametrize("name", [*BAD, *BAD_FILES])
def test_a_feature_that_cannot_be_worked_with_is_told_in_a_line(
    refused: list[str], name: str
) -> None:
    _, told = BAD.get(name) or BAD_FILES[name]
    [line] = [line for line in refused if f"/{name}.feature" in line]
    assert re.search(told, line)


def test_there_is_one_line_for_each_mistake(refused: list[str]) -> None:
    assert len(refused) == len(BAD) + len(BAD_FILES)


def test_features_that_cannot_be_worked_with_end_a_parallel_run_too(bad_project: Project) -> None:
    ended = bad_project.run(command=PARALLEL)
    assert ended.code == 2
    assert "undefined step" in ended.out


def test_one_bad_feature_does_not_spoil_a_run_of_others(bad_project: Project) -> None:
    ended = bad_project.ended(*KUBEPROOF, "features/doors.feature", "--cluster=fake")
    assert ended.code == 0
    assert ended.err == ""
    assert "Warning" not in ended.out
    assert ended.out.splitlines()[0] == f"kubeproof {kubeproof.__version__} on cluster kind fake"
    assert "1 behaviour: 1 passed, 0 failed, 0 skipped" in ended.out


STEPS = """

import pathlib, time

from pytest_bdd import then

@then("it waits")
def it_waits(cluster):
    '''It waits to be interrupted.'''
    pathlib.Path("waiting").touch()
    time.sleep(60)
"""


@pytest.mark.parametrize("command", [PARALLEL, KUBEPROOF], ids=["pytest -n 2", "kubeproof run"])
def test_ctrl_c_in_the_middle_of_a_scenario(tmp_path: Path, command: tuple[str, ...]) -> None:
    waits = scenario("Waits", "Given a door", "Then it waits", tags="@np-02")
    project = Project.made(tmp_path, GOOD, waits, conftest=CONFTEST + STEPS)
    with console.started(*command, "features", "--cluster=fake", home=project.folder) as process:
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=console.SECONDS)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    if command == KUBEPROOF:
        assert err == "kubeproof: interrupted\n"


OTHERS = """
import pytest

def test_passes():
    pass

def test_fails():
    assert 0

def test_is_interrupted():
    raise KeyboardInterrupt
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["-k", "fails"], 1), (["-k", "interrupted"], 2), (["--no-such-option"], 4)],
    ids=str,
)
def test_runs_without_features_keep_pytests_own_numbers(
    tmp_path: Path, arguments: list[str], code: int
) -> None:
    project = Project.made(tmp_path)
    (tmp_path / "test_others.py").write_text(OTHERS)
    assert project.ended(*PYTEST, "test_others.py", *arguments).code == code
    assert not (tmp_path / "report").exists()


def test_other_peoples_tests_beside_features(tmp_path: Path) -> None:
    project = Project.made(tmp_path, GOOD)
    (tmp_path / "test_others.py").write_text(OTHERS)
    ended = project.run("test_others.py::test_fails")
    assert ended.code == 1
    assert ended.statuses == {"Good": "passed"}
