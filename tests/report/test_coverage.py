"""Every documented behaviour, with its scenario, its tests, where it ran, and what reddens it."""

import json
import re
from pathlib import Path

import pytest

from kubeproof.cli import main
from kubeproof.errors import Misuse
from kubeproof.faults import reddening
from kubeproof.inventory import behaviours, left_out
from kubeproof.report.coverage import SUBJECTS, Coverage, coverage
from kubeproof.report.coverage_text import markdown, page
from kubeproof.report.sources import below
from kubeproof.report.verdicts import Verdicts, load, merged, to_json, verdicts_of
from tests.report import runs
from tests.report.test_page import Outline

ROOT = Path(__file__).parents[2]
FAULTS = {"np-03": ["door-painted-shut", "wall"], "np-01": ["wall"]}
RAN = Verdicts("Kubernetes v1.36.2, nftables", "2026-01-02", {"np-03": "passed", "np-04": "failed"})


@pytest.fixture(scope="module")
def found() -> Coverage:
    return coverage([runs.SOURCE], FAULTS, [RAN])


@pytest.fixture(scope="module")
def suite() -> Coverage:
    return coverage(below(ROOT / "features"), reddening(), load(ROOT / "docs/verdicts.json"))


def cells(text: str, behaviour: str) -> list[str]:
    [line] = [line for line in text.splitlines() if line.startswith(f"| `{behaviour}`")]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_every_behaviour_of_the_inventory_has_a_row(found: Coverage) -> None:
    text = markdown(found)
    assert re.findall(r"^\| `([a-z]+-\d\d)` ", text, re.MULTILINE) == list(behaviours())
    assert Outline(page(found)).text.count("not yet") >= found.sentence.count("not yet")
    assert {one.rpartition("-")[0] for one in behaviours()} == SUBJECTS.keys()


def test_a_row_has_scenario_tests_verdicts_and_faults(found: Coverage) -> None:
    _, shown, upstream, ran, faults = cells(markdown(found), "np-03")
    assert shown.endswith(f"<br>→ [A door that opens](../{runs.URI})")
    assert "should" in upstream
    assert (ran, faults) == ("✓", "`door-painted-shut`, `wall`")
    assert cells(markdown(found), "np-04")[3] == "✗"
    assert cells(markdown(found), "np-05")[1].endswith("`@extended`")


def test_what_nobody_shows_is_not_yet_there_or_left_out_for_a_reason(
    found: Coverage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cells(markdown(found), "np-01")[1].endswith("*not yet*")
    monkeypatch.setattr("kubeproof.report.coverage.left_out", lambda: {"np-01": "no walls here"})
    again = coverage([runs.SOURCE], FAULTS, [])
    assert cells(markdown(again), "np-01")[1].endswith("*left out: no walls here*")
    assert "left out: no walls here" in page(again)
    assert "1 are left out for a reason" in again.sentence


def test_the_page_tells_the_same_and_loads_nothing(found: Coverage) -> None:
    outline = Outline(page(found))
    assert found.sentence in outline.text
    assert "door-painted-shut" in outline.texts
    assert not {"script", "link", "img", "iframe"} & {name for name, _ in outline.elements}
    assert len([one for one in outline.all("tr") if "id" in one]) == len(behaviours())


def test_the_verdicts_of_a_run() -> None:
    made = verdicts_of(runs.run(runs.opened(), runs.knocks(1, "it opens", "failed")))
    assert made == Verdicts(
        "Kubernetes v1.36.2, nftables", "2026-01-02", {"np-03": "passed", "np-06": "failed"}
    )
    assert verdicts_of(runs.run(runs.opened(), kind="sandbox")).cluster == "sandbox"


def test_verdicts_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.json"
    path.write_text(to_json([RAN, RAN]), encoding="utf-8")
    assert load(path) == [RAN, RAN]
    (tmp_path / "run.json").write_text(runs.run().to_json(), encoding="utf-8")
    assert load(tmp_path) == load(tmp_path / "run.json") == [verdicts_of(runs.run())]
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(Misuse, match="no record of a run"):
        load(path)


def test_runs_of_one_cluster_are_one_column() -> None:
    later = Verdicts(RAN.cluster, "2026-01-03", {"np-04": "passed", "np-05": "skipped"})
    other = Verdicts("sandbox", "2026-01-01", {"np-03": "passed"})
    statuses = {"np-03": "passed", "np-04": "passed", "np-05": "skipped"}
    assert merged([RAN, other, later]) == [Verdicts(RAN.cluster, "2026-01-03", statuses), other]


def test_the_command_makes_markdown_a_page_and_verdicts(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(runs.run().to_json(), encoding="utf-8")
    made = {name: tmp_path / name for name in ("c.md", "c.html", "c.json")}
    for path in made.values():
        assert main(["docs", "--coverage", "--from", str(tmp_path), "-o", str(path)]) == 0
    texts = {name: path.read_text(encoding="utf-8") for name, path in made.items()}
    assert texts["c.md"].startswith("# What is covered")
    assert texts["c.html"].startswith("<!doctype html>")
    assert json.loads(texts["c.json"])["runs"][0]["statuses"]["np-04"] == "failed"


def test_a_behaviour_is_shown_or_left_out_and_not_both(suite: Coverage) -> None:
    assert left_out().keys() <= behaviours().keys()
    assert all(reason.strip() for reason in left_out().values())
    assert not [row.behaviour.id for row in suite.rows if row.entry and row.left_out]


@pytest.mark.xfail(strict=True, reason="not yet: behaviours without scenario or reason are left")
def test_every_behaviour_is_shown_or_left_out_for_a_reason(suite: Coverage) -> None:
    assert [row.behaviour.id for row in suite.rows if row.missing] == []


def test_the_page_in_the_documentation_is_what_the_command_makes(suite: Coverage) -> None:
    text = (ROOT / "docs/coverage.md").read_text(encoding="utf-8")
    assert text == markdown(suite), "run: make docs"
