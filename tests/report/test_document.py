"""A feature file as a document, and the documents with their records as a book."""

from dataclasses import replace

import pytest

from kubeproof.errors import Misuse
from kubeproof.report.book import area_title, book_of, worst
from kubeproof.report.document import document_of
from kubeproof.report.run import RunRecord
from kubeproof.report.sources import Source
from tests.report import runs

DOCUMENT = document_of(runs.SOURCE)
DOCS = "https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport"


def titles(rule: int) -> list[str]:
    return [one.name for one in DOCUMENT.rules[rule].scenarios]


def test_prose_stands_without_its_indentation_and_without_the_link() -> None:
    assert DOCUMENT.docs == (DOCS,)
    assert DOCUMENT.description.startswith("Doors are `open`")
    assert "\n- one\n- another" in DOCUMENT.description
    assert "Docs:" not in DOCUMENT.description


def test_scenarios_before_the_first_rule_are_in_a_rule_without_a_name() -> None:
    assert [rule.name for rule in DOCUMENT.rules] == ["", "Doors open"]
    assert titles(0) == ["A door without a rule"]
    assert DOCUMENT.rules[1].description == "What holds for every door."


def test_a_scenario_has_the_tags_above_it_and_the_backgrounds_of_feature_and_rule() -> None:
    opened = DOCUMENT.rules[1].scenarios[0]
    assert opened.tags == ("core", "np-03", "capability:outside")
    assert opened.behaviour == "np-03"
    assert [one.text for one in opened.background] == [
        'Service "svc-2"',
        'Pod "pod-1" on the first node',
    ]
    assert opened.steps[1].table == (("hinge", "colour"), ("left", "red"))
    assert DOCUMENT.rules[0].scenarios[0].background[-1].text == 'Service "svc-2"'
    assert DOCUMENT.rules[1].scenarios[1].steps[0].doc_string == '{"a": "<b>"}'


def test_an_outline_has_its_examples_and_fills_them_in() -> None:
    outline = DOCUMENT.rules[1].scenarios[3]
    [examples] = outline.examples
    assert (examples.name, examples.tags, examples.header) == ("hands", ("etp-01",), ("n", "what"))
    assert examples.rows == (("1", "it opens"), ("2", "it stays"))
    filled = outline.steps[1].filled({"what": "it stays"})
    assert filled.text == "it stays"
    assert outline.steps[0].filled({}).text == "a client knocks <n> times"


@pytest.mark.parametrize(
    "text",
    ["", "# nothing", "Scenario: alone\n", "Feature: a\n  Scenario: b\n    Given c\n    and d\n"],
)
def test_what_is_no_feature_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match=runs.URI):
        document_of(replace(runs.SOURCE, text=text))


def test_a_book_knows_what_became_of_each_scenario() -> None:
    book = book_of(runs.run())
    assert {entry.anchor: entry.status for entry in book.entries} == {
        "a-door-without-a-rule": "not run",
        "np-03": "passed",
        "np-04": "failed",
        "np-05": "skipped",
        "np-06": "passed",
        "np-07": "broken",
        "np-08": "not run",
    }
    [area] = book.areas
    assert (area.title, area.chapters[0].status) == ("NodePort", "failed")


def test_an_outline_is_as_bad_as_its_worst_example() -> None:
    book = book_of(runs.run(runs.knocks(1, "it opens"), runs.knocks(2, "it stays", "failed")))
    [outline] = [entry for entry in book.entries if entry.records]
    assert outline.status == "failed"
    assert len(outline.records) == 2


def test_anchors_do_not_depend_on_results_and_are_never_the_same() -> None:
    ran = [entry.anchor for entry in book_of(runs.run()).entries]
    assert ran == [entry.anchor for entry in book_of(RunRecord(sources=[runs.SOURCE])).entries]
    twice = [runs.SOURCE, replace(runs.SOURCE, uri="features/other/doors.feature")]
    anchors = [entry.anchor for entry in book_of(RunRecord(sources=twice)).entries]
    assert len(set(anchors)) == len(anchors) == 14


def test_areas_stand_in_the_order_of_the_documentation_then_of_the_alphabet() -> None:
    names = ("zoo", "operator", "ant", "clusterip")
    sources = [replace(runs.SOURCE, uri=f"features/{name}/doors.feature") for name in names]
    areas = [area.title for area in book_of(RunRecord(sources=sources)).areas]
    assert areas == ["ClusterIP", "Operators", "Ant", "Zoo"]
    assert area_title("traffic_policy") == "Traffic policies"


def test_the_worst_of_ends() -> None:
    assert worst(["passed", "skipped", "broken"]) == "broken"
    assert worst([]) == "not run"
    assert worst(["something new"]) == "failed"


def test_features_of_an_area_stand_in_the_order_of_the_inventory() -> None:
    text = "Feature: {0}\n  {1}\n  Scenario: {0} {0}\n    Then it opens\n"
    files = (("a", "@cip-19"), ("b", "@cip-01"), ("c", ""), ("d", "@cip-02"))
    sources = [
        Source(f"features/clusterip/{name}.feature", text.format(name, tag)) for name, tag in files
    ]
    book = book_of(RunRecord(sources=sources))
    assert [one.document.name for one in book.chapters] == ["b", "d", "a", "c"]
