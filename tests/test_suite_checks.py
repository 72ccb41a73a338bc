"""Small suites with one mistake each, which the check that is meant to has to notice."""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from pytest_bdd import parsers
from pytest_bdd.parser import Feature
from pytest_bdd.steps import StepFunctionContext

from kubeproof.plugin import vocabulary
from kubeproof.plugin.vocabulary import Definition
from tests import suite
from tests.suite import Suite

DESCRIPTION = "Docs: https://kubernetes.io/docs/concepts/services-networking/service/"
SCENARIO = """\
@np-03
Scenario: One
  Given Service "svc-1"
  When a client connects
  Then it is answered
"""


def told(folder: Path, *scenarios: str, above: str = "", about: str = DESCRIPTION) -> Suite:
    """A suite of one feature with these scenarios."""
    path = folder / "features" / "area" / "one.feature"
    path.parent.mkdir(parents=True)
    body = indent("\n".join(map(dedent, scenarios)), "  ")
    path.write_text(f"{above}\nFeature: One\n  {about}\n\n{body}", encoding="utf-8")
    return Suite(folder / "features")


def definition(keyword: str, pattern: str, function: Callable[..., Any]) -> Definition:
    context = StepFunctionContext(
        type=keyword,  # pyright: ignore[reportArgumentType] - any of the three, as text
        step_func=function,
        parser=parsers.parse(pattern),
        converters={},
        target_fixture=None,
    )
    return Definition(keyword, pattern, function, context)


def service_exists() -> None:
    """A Service exists."""


def client_connects() -> None:
    """A client connects."""


def it_is_answered() -> None:
    """It is answered."""


def enough() -> list[Definition]:
    return [
        definition("given", 'Service "{name}"', service_exists),
        definition("when", "a client connects", client_connects),
        definition("then", "it is answered", it_is_answered),
    ]


def features_of(
    folder: Path, *scenarios: str, above: str = "", about: str = DESCRIPTION
) -> Sequence[Feature]:
    return told(folder, *scenarios, above=above, about=about).features


def test_a_suite_without_mistakes_is_left_in_peace(tmp_path: Path) -> None:
    made = told(tmp_path, SCENARIO, above="@core")
    [feature] = made.features
    assert suite.wrong_steps([feature], enough()) == []
    assert suite.unused_definitions([feature], enough()) == []
    assert suite.unexplained_definitions(enough()) == []
    assert suite.titles_told_twice(made.paths) == []
    assert suite.wrong_ids([feature]) == []
    assert suite.unknown_tags([feature]) == []
    assert suite.undocumented([feature]) == []
    assert suite.lengthy([feature]) == []
    assert suite.thens_in_background(feature) == suite.thenless(feature) == []


def test_an_undefined_step_is_noticed(tmp_path: Path) -> None:
    [complaint] = suite.wrong_steps(features_of(tmp_path, SCENARIO), enough()[:2])
    assert "one.feature:6, line 9: Then it is answered: undefined step" in complaint


def test_a_definition_of_another_keyword_does_not_count(tmp_path: Path) -> None:
    known = [*enough()[:2], definition("when", "it is answered", it_is_answered)]
    [complaint] = suite.wrong_steps(features_of(tmp_path, SCENARIO), known)
    assert "undefined step" in complaint


def test_an_ambiguous_step_is_noticed(tmp_path: Path) -> None:
    known = [*enough(), definition("then", "it is {what}", client_connects)]
    [complaint] = suite.wrong_steps(features_of(tmp_path, SCENARIO), known)
    names = "test_suite_checks.it_is_answered, test_suite_checks.client_connects"
    assert f"ambiguous step, defined by {names}" in complaint


def test_every_example_of_an_outline_is_looked_at(tmp_path: Path) -> None:
    outline = """\
    @np-03
    Scenario Outline: One
      Given Service "svc-1"
      When <who> connects
      Then it is answered

      Examples:
        | who      |
        | a client |
        | nobody   |
    """
    [complaint] = suite.wrong_steps(features_of(tmp_path, outline), enough())
    assert "When nobody connects: undefined step" in complaint


def test_an_outline_without_examples_is_noticed(tmp_path: Path) -> None:
    outline = """\
    @np-03
    Scenario Outline: One
      When <who> connects

      Examples:
        | who |
    """
    [complaint] = suite.wrong_steps(features_of(tmp_path, outline), enough())
    assert "When <who> connects: undefined step" in complaint


def test_an_unused_definition_is_noticed(tmp_path: Path) -> None:
    known = [*enough(), definition("given", "Pod {name}", service_exists)]
    [complaint] = suite.unused_definitions(features_of(tmp_path, SCENARIO), known)
    assert complaint == "test_suite_checks.service_exists: no feature says “Pod {name}”"


def test_a_definition_that_would_never_be_awaited_is_noticed() -> None:
    async def never_awaited() -> None:
        """A coroutine."""

    async def never_iterated() -> Any:
        """An asynchronous generator."""
        yield

    known = [definition("given", "x", function) for function in (never_awaited, never_iterated)]
    assert vocabulary.coroutines([*known, *enough()]) == [
        "test_suite_checks.never_awaited",
        "test_suite_checks.never_iterated",
    ]


def test_a_definition_without_a_word_is_noticed() -> None:
    assert suite.unexplained_definitions([definition("given", "x", lambda: None)]) == [
        "test_suite_checks.<lambda>"
    ]


OTHER = SCENARIO.replace("np-03", "np-04")


def test_a_title_that_is_told_twice_is_noticed(tmp_path: Path) -> None:
    rule = "Rule: a rule\n" + indent(OTHER, "  ")
    assert suite.titles_told_twice(told(tmp_path, SCENARIO, rule).paths) == ["One"]


def test_a_title_that_is_told_in_two_features_is_noticed(tmp_path: Path) -> None:
    here, there = told(tmp_path / "here", SCENARIO), told(tmp_path / "there", OTHER)
    assert suite.titles_told_twice([*here.paths, *there.paths]) == ["One"]


def test_a_scenario_without_an_id_is_noticed(tmp_path: Path) -> None:
    [complaint] = suite.wrong_ids(features_of(tmp_path, SCENARIO.replace("@np-03", "@core")))
    assert complaint.endswith("one.feature:6: one behaviour id, not []")


def test_a_scenario_with_two_ids_is_noticed(tmp_path: Path) -> None:
    [complaint] = suite.wrong_ids(features_of(tmp_path, "@np-04\n" + SCENARIO))
    assert "one behaviour id, not ['np-03', 'np-04']" in complaint


def test_an_id_that_is_repeated_is_noticed(tmp_path: Path) -> None:
    other = SCENARIO.replace("One", "Other")
    [complaint] = suite.wrong_ids(features_of(tmp_path, SCENARIO, other))
    assert "behaviour np-03 is shown at" in complaint


def test_an_id_that_is_unknown_is_noticed(tmp_path: Path) -> None:
    features = features_of(tmp_path, SCENARIO.replace("np-03", "np-99"))
    [complaint] = suite.wrong_ids(features)
    assert complaint.endswith("unknown behaviour np-99")


def test_an_id_above_a_feature_or_a_rule_is_noticed(tmp_path: Path) -> None:
    rule = "@np-05\nRule: a rule\n" + indent(SCENARIO, "  ")
    complaints = suite.wrong_ids(features_of(tmp_path, rule, above="@np-06"))
    assert [one.partition(": ")[2] for one in complaints] == [
        "behaviour np-06 is no feature's or rule's",
        "behaviour np-05 is no feature's or rule's",
    ]


def test_a_claim_without_scenario_is_noticed(tmp_path: Path) -> None:
    missing = suite.claims_without_scenario(features_of(tmp_path, SCENARIO))
    assert len(missing) == 36
    assert "np-03" not in missing


@pytest.mark.parametrize("tag", ["capability:two-node", "np-99", "Core", "flaky"])
def test_an_unknown_tag_is_noticed_wherever_it_stands(tmp_path: Path, tag: str) -> None:
    outline = f"""\
    @np-03 @{tag}
    Scenario Outline: One
      When a client connects

      @{tag}
      Examples:
        | who |
        | x   |
    """
    rule = f"@{tag}\nRule: a rule\n" + indent(SCENARIO, "  ")
    above = features_of(tmp_path / "above", SCENARIO, above=f"@{tag}")
    for features in (
        features_of(tmp_path / "a", outline),
        features_of(tmp_path / "b", rule),
        above,
    ):
        [complaint] = suite.unknown_tags(features)
        assert f"in tag @{tag}" in complaint or f"unknown tag @{tag}" in complaint


@pytest.mark.parametrize(
    "about",
    [
        "",
        "See https://kubernetes.io/docs/concepts/",
        "Docs: https://example.net/docs/",
        "Docs: https://kubernetes.io/blog/",
        "Docs: https://kubernetes.io/docs/",
    ],
)
def test_a_feature_that_leads_nowhere_is_noticed(tmp_path: Path, about: str) -> None:
    [complaint] = suite.undocumented(features_of(tmp_path, SCENARIO, about=about))
    assert complaint.endswith("one.feature")


BACKGROUND = """\
Background:
  Given Service "svc-1"
  Then it is answered
"""


def test_a_then_in_a_background_is_noticed(tmp_path: Path) -> None:
    [feature] = features_of(tmp_path, BACKGROUND, SCENARIO)
    [complaint] = suite.thens_in_background(feature)
    assert complaint.endswith("one.feature:7: it is answered")


def test_a_then_in_the_background_of_a_rule_is_noticed(tmp_path: Path) -> None:
    rule = "Rule: a rule\n" + indent(BACKGROUND.replace("Then", "And") + SCENARIO + OTHER, "  ")
    [feature] = features_of(tmp_path / "and", rule)
    assert suite.thens_in_background(feature) == []
    [feature] = features_of(tmp_path / "then", rule.replace("And", "Then"))
    assert len(suite.thens_in_background(feature)) == 1


def test_a_scenario_without_a_then_is_noticed(tmp_path: Path) -> None:
    silent = SCENARIO.replace("Then it is answered", "")
    [feature] = features_of(tmp_path, silent, SCENARIO.replace("One", "Other"))
    [complaint] = suite.thenless(feature)
    assert complaint.endswith("one.feature:6")


@pytest.mark.parametrize(("steps", "noticed"), [(1, True), (2, False), (6, False), (7, True)])
def test_the_steps_of_the_background_count(tmp_path: Path, steps: int, noticed: bool) -> None:
    background = 'Background:\n  Given Service "svc-1"\n'
    scenario = "Scenario: One\n" + "  When a client connects\n" * (steps - 1)
    found = suite.lengthy(features_of(tmp_path, background, scenario))
    assert [one.endswith(f": {steps} steps") for one in found] == [True] * noticed


def test_objects_are_found_in_the_words_of_steps() -> None:
    text = 'Pods "pod-1" and "pod-2" on the first node, Service "svc-1"; label "app=pod" on Pod "x"'
    assert list(suite.objects_in(text)) == [
        ("Pod", "pod-1"),
        ("Pod", "pod-2"),
        ("Service", "svc-1"),
        ("Pod", "x"),
    ]


MANIFEST = "apiVersion: v1\nkind: {kind}\nmetadata: {{name: svc-1}}\n"


def with_manifest(folder: Path, text: str) -> tuple[Feature, Path]:
    made = told(folder, SCENARIO)
    [feature] = made.features
    path = made.manifest_of(feature)
    assert path == folder / "manifests" / "area" / "one.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return feature, path


def test_an_object_that_the_manifest_has_is_fine(tmp_path: Path) -> None:
    feature, path = with_manifest(tmp_path, MANIFEST.format(kind="Service"))
    assert suite.missing_objects(feature, path) == []


def test_an_object_that_the_manifest_lacks_is_noticed(tmp_path: Path) -> None:
    feature, path = with_manifest(tmp_path, MANIFEST.format(kind="Pod"))
    assert suite.missing_objects(feature, path) == [f"{path} has no Service svc-1"]


def test_a_feature_without_manifest_is_noticed(tmp_path: Path) -> None:
    made = told(tmp_path, SCENARIO)
    [feature] = made.features
    [complaint] = suite.missing_objects(feature, made.manifest_of(feature))
    assert "cannot read manifest" in complaint


def test_a_manifest_without_feature_is_noticed(tmp_path: Path) -> None:
    _, path = with_manifest(tmp_path, MANIFEST.format(kind="Service"))
    assert suite.manifests_without_feature(Suite(tmp_path / "features")) == []
    left_over = path.with_name("two.yaml")
    left_over.write_text("")
    assert suite.manifests_without_feature(Suite(tmp_path / "features")) == [str(left_over)]


def test_an_object_of_an_example_is_looked_for_too(tmp_path: Path) -> None:
    outline = SCENARIO.replace("Scenario:", "Scenario Outline:").replace("svc-1", "<name>")
    made = told(tmp_path, outline + "\n  Examples:\n    | name |\n    | svc-7 |\n")
    [feature] = made.features
    path = made.manifest_of(feature)
    path.parent.mkdir(parents=True)
    path.write_text(MANIFEST.format(kind="Service"), encoding="utf-8")
    assert suite.missing_objects(feature, path) == [f"{path} has no Service svc-7"]
