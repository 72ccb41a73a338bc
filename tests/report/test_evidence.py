"""What the cluster looked like when a scenario had failed: in every report, and its own files."""

import copy
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest

from kubeproof.plugin import evidence
from kubeproof.report import junit
from kubeproof.report.book import book_of
from kubeproof.report.markdown import markdown
from kubeproof.report.page import page
from kubeproof.report.page_scenario import EVIDENCE as ROOM
from kubeproof.report.record import KEPT, Evidence, ScenarioRecord, cut
from kubeproof.report.run import RunRecord
from kubeproof.report.written import write
from tests.report import runs

FILE = "evidence/np-04-38.txt"


def test_the_page_shows_it_and_leads_to_its_file() -> None:
    text = page(book_of(runs.run()))
    assert text.count('<details class="evidence">') == 1
    assert f'<a href="{FILE}">' in text
    assert escape("== Services\n</pre><b>svc-2</b>\n== Pods") in text


def test_markdown_leads_to_its_file() -> None:
    assert f"[{FILE}]({FILE})" in markdown(book_of(runs.run()))


def test_a_page_of_many_failures_has_a_part_of_each() -> None:
    lied = runs.lied()
    lied.evidence = Evidence(FILE, "rules\n" * (ROOM // 60))  # a tenth of the room
    few, many = (page(book_of(_failures(lied, number))) for number in (5, 100))
    assert few.count("\nrules") > 5 * ROOM // 70
    assert len(many) < ROOM + 100 * 20_000
    assert many.count("more characters are in the file") == 100
    assert "more characters" not in few


def _failures(record: ScenarioRecord, number: int) -> RunRecord:
    return runs.run(*(copy.copy(record) for _ in range(number)))


def test_a_record_keeps_whole_lines_of_what_is_long() -> None:
    assert cut("one\ntwo\n", 8) == "one\ntwo\n"
    assert cut("one\ntwo\nthree", 9) == "one\ntwo\n… 6 more characters are in the file"
    long = Evidence.kept(FILE, "rules of a node\n" * KEPT)
    assert KEPT - 100 < len(long.text) < KEPT + 100


@pytest.fixture
def case(tmp_path: Path) -> ET.Element:
    junit.write(tmp_path / "report" / "junit.xml", [runs.lied()], {})
    found = ET.parse(tmp_path / "report" / "junit.xml").getroot().find("*/testcase")
    assert found is not None
    return found


def test_junit_has_it_as_output_and_names_the_file_for_jenkins(
    case: ET.Element, tmp_path: Path
) -> None:
    output = case.findtext("system-out", "")
    assert output.startswith("== Services\n</pre>")
    assert output.splitlines()[-1] == f"[[ATTACHMENT|{tmp_path}/report/{FILE}]]"
    named = {one.get("name"): one.get("value") for one in case.findall("properties/property")}
    assert named["evidence.file"] == FILE


def test_junit_names_the_file_for_gitlab_below_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(junit.GITLAB_PROJECT, str(tmp_path))
    junit.write(tmp_path / "report" / "junit.xml", [runs.lied()], {})
    text = (tmp_path / "report" / "junit.xml").read_text(encoding="utf-8")
    assert f"[[ATTACHMENT|report/{FILE}]]" in text


def test_what_earlier_runs_left_there_is_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    for name in ("np-04-38.txt", "np-09-12.txt", "notes.md"):
        (folder / name).write_text("seen", encoding="utf-8")
    write(tmp_path, runs.run())
    assert sorted(one.name for one in folder.iterdir()) == ["notes.md", "np-04-38.txt"]


@pytest.mark.parametrize(
    ("record", "attempt", "name"),
    [
        (runs.fog(), 1, f"np-07-{runs.line_of('Fog')}"),
        (runs.knocks(2, "it stays"), 1, f"np-06-{runs.line_of('Knocking <n> times')}-2-it-stays"),
        (runs.fog(), 3, f"np-07-{runs.line_of('Fog')}-3"),
    ],
)
def test_each_row_and_each_attempt_has_a_file(
    record: ScenarioRecord, attempt: int, name: str
) -> None:
    item = SimpleNamespace(execution_count=attempt)
    assert evidence.name(cast(Any, item), record) == name


def test_it_is_kept_in_the_record_and_in_a_file_that_the_failure_names(tmp_path: Path) -> None:
    config = SimpleNamespace(option=SimpleNamespace(report=str(tmp_path)))
    item, record = cast(Any, SimpleNamespace(config=config)), runs.fog()
    file = f"evidence/np-07-{record.line}.txt"
    assert evidence.kept(item, record, "it fell", "== Pods") == f"\n\nevidence: {tmp_path}/{file}"
    assert (tmp_path / file).read_text(encoding="utf-8") == "it fell\n\n== Pods"
    assert record.evidence == Evidence(file, "== Pods")
    config.option.report = "/dev/null"
    told = evidence.kept(item, record, "it fell", "== Pods")
    assert told == f"\n\nevidence: could not be written to /dev/null/{file}: Not a directory"
