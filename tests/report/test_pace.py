"""How long a run may take, judged by the last one."""

import re
from pathlib import Path

import pytest

from kubeproof.plugin.pace import Pace, Place, expectation, place_of, slowest
from tests.plugin.project import KUBEPROOF, Project, scenario
from tests.report import runs

LAST = runs.run(runs.opened(), runs.knocks(1, "it opens"), runs.knocks(2, "it stays"))  # 10 s
OPENED, KNOCKS = ((runs.URI, title) for title in ("A door that opens", "Knocking <n> times"))


@pytest.mark.parametrize(
    ("places", "seconds"),
    [
        ([OPENED, KNOCKS, KNOCKS], 10.0),
        ([KNOCKS], 10 / 3),
        ([], None),
        ([OPENED, ("features/new.feature", "A door that opens")], 20 / 3),
        ([OPENED, ("features/new.feature", "Fog"), ("features/new.feature", "Rain")], None),
    ],
)
def test_a_run_takes_as_long_as_the_last_one_in_proportion(
    places: list[Place], seconds: float | None
) -> None:
    assert expectation(LAST, places, 1) == (None if seconds is None else pytest.approx(seconds))


def test_more_workers_take_less_time() -> None:
    LAST.facts["workers"] = "2"
    found = [expectation(LAST, [OPENED, KNOCKS, KNOCKS], workers) for workers in (1, 2, 4)]
    assert found == [pytest.approx(20), pytest.approx(10), pytest.approx(5)]
    del LAST.facts["workers"]


def test_a_row_of_an_outline_is_of_its_scenario() -> None:
    assert place_of("features/a.feature::Knocking <n> times[1-it opens]") == (
        "features/a.feature",
        "Knocking <n> times",
    )


def test_without_a_last_run_nothing_is_expected(tmp_path: Path) -> None:
    pace = Pace(total=3)
    pace.foresee(tmp_path, [])
    assert pace.expected is None
    assert str(pace).startswith("0/3, ")
    assert str(Pace(total=120, done=7)).startswith("  7/120, ")
    assert "about" not in str(pace)


def test_the_slowest_are_named_if_they_were_slow() -> None:
    fast, slow, slower = runs.opened(), runs.clouds(), runs.lied()
    slow.seconds, slower.seconds = 1.5, 12.0
    assert slowest([fast, slow, slower]) == "np-04 12 s, np-05 1.50 s"
    assert slowest([fast]) == ""


def test_a_run_with_workers_says_how_far_it_is_in_a_line_for_each_scenario(
    tmp_path: Path,
) -> None:
    project = Project.made(tmp_path, *(scenario(f"Door {n}", tags=f"@np-0{n}") for n in (1, 2, 3)))
    command = (*KUBEPROOF, "--", "-n", "2")
    assert "3 scenarios, 2 workers" in project.run(command=command).out.splitlines()
    out = project.run(command=command).out
    assert re.search(r"^3 scenarios, 2 workers, about [\d.]+ m?s$", out, re.MULTILINE)
    ends = re.findall(r"^  (\d)/3, [\d.]+ m?s of about [\d.]+ m?s  ✓ np-0\d  Door \d  ", out, re.M)
    assert ends == ["1", "2", "3"]
    assert "items" not in out  # pytest-xdist tells nothing in between


def test_a_second_run_says_how_long_it_may_take_and_no_colour_where_none_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.made(tmp_path, scenario("A door"))
    first = project.run(command=KUBEPROOF).out.splitlines()
    assert "1 scenario" in first
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")  # NO_COLOR outweighs it
    second = project.run(command=KUBEPROOF).out
    assert "1 scenario, about " in second
    assert "\x1b[" not in second
    assert "report: report/index.html" in second
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[32m" in project.run(command=KUBEPROOF).out
