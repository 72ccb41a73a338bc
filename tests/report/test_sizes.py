"""A large run: the page can be mailed, and GitHub takes what is meant for it."""

import copy

import pytest

from benchmarks.report import made_up
from kubeproof.report.book import book_of
from kubeproof.report.comment import LIMIT, REASON, brief, fitted
from kubeproof.report.compare import compare
from kubeproof.report.compare_text import markdown
from kubeproof.report.page import page
from kubeproof.report.record import Evidence
from kubeproof.report.run import RunRecord
from kubeproof.report.summary import summary

MANY = 250


@pytest.fixture(scope="module")
def green() -> RunRecord:
    return made_up(MANY)


@pytest.fixture(scope="module")
def red(green: RunRecord) -> RunRecord:
    """The worst run there can be: nothing holds, and each failure has much to tell."""
    worst = copy.deepcopy(green)
    for one in worst.scenarios:
        one.status, one.reason = "failed", "shut and locked, and bolted | " * 40
        one.evidence = Evidence(f"evidence/{one.behaviour}.txt", "a rule of a node\n" * 2000)
    return worst


def test_the_page_can_be_mailed(green: RunRecord, red: RunRecord) -> None:
    assert len(page(book_of(green)).encode()) <= 3_000_000
    assert len(page(book_of(red)).encode()) <= 4_500_000


def test_a_job_and_a_pull_request_take_the_summary(green: RunRecord, red: RunRecord) -> None:
    for run in (green, red):
        assert len(summary(book_of(run))) <= LIMIT
    told = summary(book_of(red))
    assert told.count("\n### ✗ ") > MANY // 2
    assert "more lines are in the page of the run." in told


def test_a_pull_request_takes_the_comparison(green: RunRecord, red: RunRecord) -> None:
    told = markdown(compare(green, red))
    assert len(told) <= LIMIT
    assert told.count("\n| `") > MANY // 2
    assert "more lines are in the page of the run." in told


def test_what_fits_is_left_as_it_is() -> None:
    assert fitted(["one", "two", ""]) == "one\ntwo\n"


def test_what_is_cut_is_closed_and_says_how_much_is_missing() -> None:
    told = fitted(["<details><summary>Skipped</summary>", *["a line"] * 100, "</details>"], 500)
    assert len(told) <= 500
    assert told.count("<details>") == told.count("</details>") == 1
    left = 101 - told.count("a line")
    assert told.endswith(f"\n… {left} more lines are in the page of the run.\n")


def test_a_reason_is_brief_in_a_table() -> None:
    assert brief("shut\nand locked") == "shut and locked"
    assert len(brief("shut " * 100)) <= REASON
    assert brief("shut " * 100).endswith("shut…")
