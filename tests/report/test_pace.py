"""How long a run may take, judged by the last one."""

from pathlib import Path

import pytest

from kubeproof.plugin.pace import Pace, expectation, slowest
from tests.plugin.project import KUBEPROOF, Project, scenario
from tests.report import runs

LAST = runs.run(runs.opened(), runs.knocks(1, "it opens"), runs.knocks(2, "it stays"))  # 10 s
OPENED, KNOCKS = ((runs.URI, runs.line_of(t)) for t in ("A door that opens", "Knocking <n> times"))


@pytest.mark.parametrize(
    ("places", "seconds"),
    [
        ([OPENED, KNOCKS, KNOCKS], 10.0),
        ([KNOCKS], 10 / 3),
        ([], None),
        ([OPENED, ("features/new.feature", 3)], None),
    ],
)
def test_a_run_takes_as_long_as_the_last_one_in_proportion(
    places: list[tuple[str, int]], seconds: float | None
) -> None:
    assert expectation(LAST, places) == (None if seconds is None else pytest.approx(seconds))


def test_without_a_last_run_nothing_is_expected(tmp_path: Path) -> None:
    pace = Pace(total=3)
    pace.foresee(tmp_path, [])
    assert pace.expected is None
    assert str(pace).startswith("0/3, ")
    assert "about" not in str(pace)


def test_the_slowest_are_named_if_they_were_slow() -> None:
    fast, slow, slower = runs.opened(), runs.clouds(), runs.lied()
    slow.seconds, slower.seconds = 1.5, 12.0
    assert slowest([fast, slow, slower]) == "np-04 12 s, np-05 1.50 s"
    assert slowest([fast]) == ""


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
