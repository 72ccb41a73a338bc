"""The catalogue of phrases, and the summary that a run ends with."""

import re
from pathlib import Path

import pytest

from kubeproof.errors import Misuse
from kubeproof.plugin.catalogue import Phrase, catalogue, page, told
from kubeproof.plugin.terminal import summary
from tests.report.records import scenario

FEATURES = Path(__file__).parents[2] / "features"


@pytest.fixture(scope="module")
def phrases() -> list[Phrase]:
    return catalogue(FEATURES)


def test_every_phrase_is_told_with_a_line_that_uses_it_and_its_meaning(
    phrases: list[Phrase],
) -> None:
    text = told(phrases)
    for phrase in phrases:
        assert f"  {phrase.uses[0]}\n      {phrase.definition.meaning.splitlines()[0]}" in text


def test_an_example_is_a_line_as_a_feature_has_it(phrases: list[Phrase]) -> None:
    [answers] = [one for one in phrases if one.definition.function.__name__ == "pods_answer"]
    assert 'Then Pod "pod-1" answers' in answers.uses


def test_phrases_stand_in_the_order_of_a_scenario(phrases: list[Phrase]) -> None:
    keywords = [
        line.split()[0]
        for line in told(phrases, "services").splitlines()
        if line.startswith("  ") and not line.startswith("   ")
    ]
    assert keywords == sorted(keywords, key=["Given", "When", "Then"].index)
    assert len(set(keywords)) == 3


def test_one_noun_alone(phrases: list[Phrase]) -> None:
    assert told(phrases, "pods").startswith("pods\n")
    assert "connections" not in told(phrases, "pods").splitlines()
    assert told(phrases).splitlines()[0] == min(one.definition.noun for one in phrases)


def test_a_noun_without_phrases(phrases: list[Phrase]) -> None:
    with pytest.raises(Misuse, match="no phrases about 'ingresses'; choose companions, "):
        told(phrases, "ingresses")


def test_a_phrase_that_is_not_in_use_is_told_as_such(tmp_path: Path) -> None:
    unused = catalogue(tmp_path)
    assert all(phrase.uses == () for phrase in unused)
    assert "(not in use)" in told(unused)


def test_the_summary_counts_behaviours() -> None:
    records = [scenario(behaviour=f"np-0{n}", status="passed") for n in (1, 2, 3)]
    records.append(scenario(behaviour="np-04", status="skipped"))
    assert summary(records, 1.25) == "4 behaviours: 3 passed, 0 failed, 1 skipped, in 1.2 s"


@pytest.mark.parametrize(
    ("statuses", "counted"),
    [
        (("passed", "failed", "passed"), "0 passed, 1 failed, 0 skipped"),
        (("passed", "broken"), "0 passed, 0 failed, 1 broken, 0 skipped"),
        (("failed", "broken"), "0 passed, 1 failed, 0 skipped"),
        (("passed", "skipped"), "0 passed, 0 failed, 1 skipped"),
    ],
)
def test_an_outline_is_as_bad_as_its_worst_example(statuses: tuple[str, ...], counted: str) -> None:
    assert summary([scenario(status=one) for one in statuses], 0).startswith(
        f"1 behaviour: {counted}"
    )


def test_scenarios_without_behaviour_are_counted_by_title() -> None:
    records = [scenario(behaviour="", scenario=title) for title in ("one", "two", "two")]
    assert summary(records, 0).startswith("2 behaviours: 2 passed")


def test_the_expression_of_a_phrase_matches_each_of_its_uses_whole(phrases: list[Phrase]) -> None:
    used = [phrase for phrase in phrases if phrase.uses]
    assert len(used) > 30
    for phrase in used:
        for use in phrase.uses:
            assert re.fullmatch(phrase.definition.expression, use.partition(" ")[2])


def test_the_page_groups_every_phrase_by_its_noun(phrases: list[Phrase]) -> None:
    sections = page(phrases).split("\n## ")[1:]
    assert [one.splitlines()[0].lower() for one in sections] == sorted(
        {phrase.definition.noun for phrase in phrases}
    )
    for phrase in phrases:
        [own] = [one for one in sections if f"| `{phrase.example}` |" in one]
        assert own.splitlines()[0].lower() == phrase.definition.noun
