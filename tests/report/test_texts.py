"""The Markdown twin, the summary for GitHub, JUnit's properties, and the badge."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kubeproof.report import junit
from kubeproof.report.badge import badge
from kubeproof.report.book import book_of
from kubeproof.report.markdown import markdown, mermaid, plain
from kubeproof.report.run import RunRecord
from kubeproof.report.scene import scene_of
from kubeproof.report.summary import JOB_SUMMARY, summary
from kubeproof.report.written import write
from tests.report import runs

BOOK = book_of(runs.run())


def test_text_that_looks_like_markup_means_itself() -> None:
    assert plain("a|b *c* <d> `e`\nf") == "a\\|b \\*c\\* \\<d\\> \\`e\\` f"


def test_the_markdown_twin_has_what_the_page_has() -> None:
    made = markdown(BOOK)
    for words in (
        "## NodePort",
        "### Doors ↔ 문",
        "Doors are `open` or **shut**",
        "#### Rule: Doors open",
        '<a id="np-03"></a>✓ passed: A door that opens',
        "When a client knocks",
        "  | left | red |",
        "> this cluster has no load balancer",
        "| 2 | it stays |",
        "kind: Service",
        "```mermaid",
    ):
        assert words in made, words
    assert made.count("```") % 2 == 0
    assert made.count("<details>") == made.count("</details>")
    assert "<script>" not in made.replace("\\<script\\>", "")


def test_without_a_run_the_markdown_has_no_results() -> None:
    made = markdown(book_of(RunRecord(sources=[runs.SOURCE])))
    assert '<a id="np-03"></a>A door that opens' in made
    assert "not run" not in made


def test_mermaid_draws_what_was_observed() -> None:
    drawn = mermaid(scene_of(runs.opened(), runs.run().cluster.nodes)).splitlines()
    assert drawn[0] == "flowchart LR"
    assert '  subgraph nnode_1["node-1"]' in drawn
    arrows = [line.strip() for line in drawn if "--" in line or "-." in line]
    assert any(re.fullmatch(r"p\d+ --> p\d+", one) for one in arrows)
    assert any('-- "×20" -->' in one for one in arrows)
    assert any('-. "timed out ×20" .-x' in one for one in arrows)
    assert mermaid(scene_of(runs.clouds(), [])) == ""


def test_the_summary_has_counts_reasons_and_skips() -> None:
    made = summary(BOOK)
    assert made.startswith("## ✗ kubeproof: 5 behaviours on cluster kind kubeconfig")
    assert "| NodePort | 2 | 1 | 1 | 1 |" in made
    assert "### ✗ `np-04` A lie \\<script\\>" in made
    assert "> the check broke: no such step" in made
    assert "- `np-05` Clouds: this cluster has no load balancer" in made
    assert summary(book_of(runs.run(runs.opened()))).startswith("## ✓ kubeproof")


def test_the_summary_is_added_to_the_job_of_a_workflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tmp_path / "job.md"
    job.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv(JOB_SUMMARY, str(job))
    write(tmp_path / "report", runs.run())
    assert job.read_text(encoding="utf-8").startswith("before\n## ✗ kubeproof")
    kept = (tmp_path / "report" / "summary.md").read_text(encoding="utf-8")
    assert kept in job.read_text(encoding="utf-8")


@pytest.fixture
def cases(tmp_path: Path) -> dict[str, ET.Element]:
    run = runs.run()
    junit.write(tmp_path / "junit.xml", run.scenarios, run.facts)
    root = ET.parse(tmp_path / "junit.xml").getroot()
    assert root.attrib["tests"] == "6"
    assert root.attrib["failures"] == "1"
    return {case.attrib["name"]: case for case in root.iter("testcase")}


def properties(case: ET.Element) -> list[tuple[str, str]]:
    found = case.findall("properties/property")
    return [(one.attrib["name"], one.attrib["value"]) for one in found]


def test_junit_has_ids_convergence_and_evidence_of_green_tests_too(
    cases: dict[str, ET.Element],
) -> None:
    told = properties(cases["A door that opens"])
    assert ("behaviour", "np-03") in told
    assert ("converged", "0.250") in told
    evidence = [value for name, value in told if name == "evidence"]
    assert len(evidence) == 3
    assert evidence[0].endswith("answered by pod-1 ×20")


def test_junit_has_reasons_attempts_and_examples(cases: dict[str, ET.Element]) -> None:
    assert ("reason", "this cluster has no load balancer") in properties(cases["Clouds"])
    lied = properties(cases['A lie <script>alert("x")</script>'])
    assert ("attempts", "2") in lied
    assert ("example.n", "2") in properties(cases["Knocking 2 times"])


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (runs.run(runs.opened()), "Services on kubeconfig: 1 passed"),
        (runs.run(runs.opened(), runs.clouds()), "Services on kubeconfig: 1 of 2 passed"),
        (runs.run(), "Services on kubeconfig: 1 of 5 failed"),
        (runs.run(runs.fog()), "Services on kubeconfig: 1 of 1 broken"),
        (runs.run(runs.clouds()), "Services on kubeconfig: nothing checked"),
        (runs.run(runs.opened(), kind="sandbox"), "Services on sandbox: 1 passed"),
        (RunRecord(), "Services on no cluster: nothing checked"),
    ],
)
def test_a_badge_says_how_it_ended_and_where(run: RunRecord, words: str) -> None:
    drawn = ET.fromstring(badge(run))
    assert drawn.findtext("{http://www.w3.org/2000/svg}title") == words


def test_a_badge_escapes() -> None:
    run = runs.run(runs.opened())
    run.cluster = replace(run.cluster, kind='<b> & "c"')
    assert ET.fromstring(badge(run)).attrib["aria-label"] == 'Services on <b> & "c": 1 passed'
