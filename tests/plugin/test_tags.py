"""Tags: which are known, and what they mean to a run."""

import pytest

from kubeproof.errors import Misuse
from kubeproof.inventory import behaviours
from kubeproof.plugin.tags import (
    IMPLIED,
    OTHERS,
    behaviour_in,
    capabilities_in,
    check,
    expression_of,
    implied_by,
)


@pytest.mark.parametrize("tag", [*OTHERS, "np-03", "capability:two-nodes"])
def test_known_tags(tag: str) -> None:
    assert check(tag) == tag


@pytest.mark.parametrize("tag", ["Core", "np-3", "NP-03", "slow ", "", "capabilities:outside"])
def test_a_tag_that_is_not_known_is_told_with_those_that_are(tag: str) -> None:
    with pytest.raises(Misuse) as caught:
        check(tag)
    assert str(caught.value).startswith(f"unknown tag @{tag}; a tag is a behaviour id, @capability")
    assert all(f"@{name}" in str(caught.value) for name in OTHERS)


def test_a_behaviour_that_does_not_exist() -> None:
    with pytest.raises(Misuse, match="unknown behaviour id in tag @np-99"):
        check("np-99")


def test_the_behaviour_among_tags() -> None:
    assert behaviour_in(["core", "np-03", "capability:two-nodes"]) == "np-03"
    assert behaviour_in(["core"]) == ""


def test_what_a_behaviour_implies() -> None:
    beyond = next(one.id for one in behaviours().values() if not one.seed)
    assert implied_by(["core", "np-03"]) == ["seed"]
    assert implied_by([beyond]) == implied_by(["core"]) == []


@pytest.mark.parametrize("tag", IMPLIED)
def test_an_implied_tag_is_not_written(tag: str) -> None:
    with pytest.raises(Misuse, match=f"tag @{tag} is not written"):
        check(tag)


def test_the_capabilities_among_tags() -> None:
    tags = ["core", "capability:outside", "np-03", "capability:kubectl"]
    assert capabilities_in(tags) == ["kubectl", "outside"]


@pytest.mark.parametrize(
    ("text", "tags", "wanted"),
    [
        ("@np-03", ["@np-03", "@core"], True),
        ("@np-03", ["@core"], False),
        ("@np-03 or @core and not @slow", ["@core"], True),
        ("@np-03 or @core and not @slow", ["@core", "@slow"], False),
        ("@capability:two-nodes", ["@capability:two-nodes"], True),
        ("not (@a or @b)", ["@b"], False),
    ],
)
def test_a_tag_expression_says_what_is_wanted(text: str, tags: list[str], wanted: bool) -> None:
    expression = expression_of(text)
    assert expression is not None
    assert expression.evaluate(tags) is wanted


def test_no_expression_wants_everything() -> None:
    assert expression_of("") is None
