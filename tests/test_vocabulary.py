"""The features keep to the rules of the suite; test_suite_checks shows that they are noticed."""

from pathlib import Path

import pytest
from pytest_bdd.parser import Feature

from kubeproof.inventory import behaviours
from kubeproof.plugin import vocabulary
from tests import suite
from tests.suite import Suite

SUITE = Suite(Path(__file__).parents[1] / suite.FEATURES)
FEATURES = SUITE.features
KNOWN = vocabulary.load()
VERBATIM = (
    "NodePort on every node reaches Pods on other nodes",
    "Local policy keeps traffic on the node",
)


def test_there_is_a_suite() -> None:
    assert len(FEATURES) >= 9
    assert len(KNOWN) >= 20


def test_no_step_is_undefined_or_ambiguous() -> None:
    assert suite.wrong_steps(FEATURES, KNOWN) == []


def test_no_definition_is_unused() -> None:
    assert suite.unused_definitions(FEATURES, KNOWN) == []


def test_no_definition_is_a_coroutine() -> None:
    assert vocabulary.coroutines(KNOWN) == []


def test_every_definition_says_what_it_means() -> None:
    assert suite.unexplained_definitions(KNOWN) == []


def test_no_two_scenarios_have_the_same_title() -> None:
    assert suite.titles_told_twice(SUITE.paths) == []


def test_every_scenario_shows_one_behaviour_that_no_other_shows() -> None:
    assert suite.wrong_ids(FEATURES) == []


def test_every_claim_of_the_seed_has_its_scenario() -> None:
    assert sum(one.seed for one in behaviours().values()) == 37
    assert suite.claims_without_scenario(FEATURES) == []


def test_every_tag_is_known() -> None:
    assert suite.unknown_tags(FEATURES) == []


@pytest.mark.parametrize("title", VERBATIM)
def test_titles_that_others_rely_on(title: str) -> None:
    assert [one.name for one in suite.scenarios(FEATURES) if one.name == title] == [title]


def test_every_feature_leads_to_the_documentation() -> None:
    assert suite.undocumented(FEATURES) == []


def test_every_scenario_is_short_enough_to_be_read() -> None:
    assert suite.lengthy(FEATURES) == []


def test_no_manifest_is_without_its_feature() -> None:
    assert suite.manifests_without_feature(SUITE) == []


each_feature = pytest.mark.parametrize("feature", FEATURES, ids=lambda one: one.rel_filename)


@each_feature
def test_backgrounds_promise_nothing(feature: Feature) -> None:
    assert suite.thens_in_background(feature) == []


@each_feature
def test_every_scenario_promises_something(feature: Feature) -> None:
    assert suite.thenless(feature) == []


@each_feature
def test_the_manifest_has_every_object_that_steps_name(feature: Feature) -> None:
    assert suite.missing_objects(feature, SUITE.manifest_of(feature)) == []
