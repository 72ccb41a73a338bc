"""kubeproof docs, diff and badge, as they are typed."""

import json
from pathlib import Path

import pytest

from kubeproof.cli import main
from tests.report import runs


@pytest.fixture
def report(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text(runs.run().to_json(), encoding="utf-8")
    return tmp_path


@pytest.fixture
def better(tmp_path: Path) -> Path:
    path = tmp_path / "better.json"
    healed = runs.scenario('A lie <script>alert("x")</script>', "np-04")
    path.write_text(runs.run(runs.opened(), healed).to_json(), encoding="utf-8")
    return path


def test_docs_needs_no_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "deep" / "docs.html"
    assert main(["docs", "-o", str(file)]) == 0
    assert capsys.readouterr().out == f"written: {file}\n"
    made = file.read_text(encoding="utf-8")
    assert 'id="np-03"' in made
    assert "no cluster was asked" in made


def test_docs_of_some_features(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "features" / "doors.feature"
    path.parent.mkdir()
    path.write_text(runs.FEATURE, encoding="utf-8")
    assert main(["docs", str(path), "-o", "-"]) == 0
    assert "Doors ↔ 문" in capsys.readouterr().out


def test_docs_of_a_record_is_the_page_of_the_run(report: Path, tmp_path: Path) -> None:
    assert main(["docs", "--from", str(report), "-o", str(tmp_path / "a.html")]) == 0
    assert "The promise was not kept" in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert main(["docs", "--from", str(report / "run.json"), "-o", str(tmp_path / "a.md")]) == 0
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("# How Services")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["docs", "features", "--from", "report"], "not both"),
        (["docs", "{tmp}/nothing.feature"], "no such path"),
        (["docs", "{tmp}"], "there are no features there"),
        (["docs", "--from", "{tmp}"], "cannot read"),
        (["docs", "-o", "/dev/null/docs.html"], "cannot write /dev/null/docs.html"),
        (["diff", "{tmp}", "{tmp}"], "cannot read"),
        (["badge", "{tmp}"], "cannot read"),
    ],
)
def test_misuse_is_told_in_a_line(
    arguments: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([one.format(tmp=tmp_path) for one in arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("kubeproof: ")
    assert why in line


def test_diff_ends_with_1_if_something_broke(
    report: Path, better: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(report), str(better)]) == 0
    assert "Healed\n  np-04" in capsys.readouterr().out
    assert main(["diff", str(better), str(report)]) == 1
    assert "Broke\n  np-04" in capsys.readouterr().out


def test_diff_as_markdown_and_json(
    report: Path, better: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "diff.md"
    assert main(["diff", str(better), str(report), "--markdown", "-o", str(file)]) == 1
    assert file.read_text(encoding="utf-8").startswith("## ✗ 1 broke")
    capsys.readouterr()
    assert main(["diff", str(better), str(report), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["broke"][0]["behaviour"] == "np-04"


def test_badge(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["badge", str(report)]) == 0
    assert "1 of 5 failed" in capsys.readouterr().out
