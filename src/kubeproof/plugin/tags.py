"""Tags of scenarios: behaviour ids, capabilities, and a short closed list of others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import cucumber_tag_expressions
import pytest

from kubeproof import capability
from kubeproof.errors import Misuse
from kubeproof.inventory import ID, Behaviour, behaviours

_EXPRESSIONS: Any = cucumber_tag_expressions  # it has no types

MARK = "kubeproof_tag"
MARKERS = (f"{MARK}(tag): a tag of a feature, rule, scenario or example",)

OTHERS: Mapping[str, str] = {
    "core": "promised of every conformant cluster",
    "extended": "promised where the cluster has the capability",
    "slow": "takes more than half a minute; off by default",
    "disruptive": "disturbs other users of the cluster; off by default",
    "provisional": "reported, and no failure yet",
}

# Tags that nobody writes: the table of behaviours has them.
IMPLIED: Mapping[str, Callable[[Behaviour], bool]] = {
    "seed": lambda behaviour: behaviour.seed,  # the 37 that the project started from
}


def check(tag: str) -> str:
    """The tag, if it is known.

    Raises:
        Misuse: it is not: the text names what it may have been meant to be.
    """
    if capability.named(tag) or tag in OTHERS or tag in behaviours():
        return tag
    if ID.fullmatch(tag):
        raise Misuse(f"unknown behaviour id in tag @{tag}; the ids stand in behaviours.csv")
    if tag in IMPLIED:
        raise Misuse(f"tag @{tag} is not written: the table of behaviours says who has it")
    known = ", ".join(f"@{name}" for name in OTHERS)
    raise Misuse(f"unknown tag @{tag}; a tag is a behaviour id, @capability:NAME, or {known}")


class Expression(Protocol):
    """A tag expression, such as ``@np-03 or @core and not @slow``."""

    def evaluate(self, tags: Sequence[str], /) -> bool:
        """Whether something with these tags is wanted; each begins with ``@``."""
        ...


def expression_of(text: str) -> Expression | None:
    """The tag expression in a text; None where it is empty, which is to say: everything.

    Raises:
        Misuse: it is none.
    """
    try:
        return _EXPRESSIONS.parse(text) if text else None
    except _EXPRESSIONS.TagExpressionError as error:
        first = str(error).partition("\n")[0]
        raise Misuse(f"--tags {text!r} is no tag expression: {first}") from error


def behaviour_in(tags: Iterable[str]) -> str:
    """The behaviour id among the tags; empty where there is none."""
    return next((tag for tag in tags if ID.fullmatch(tag)), "")


def implied_by(tags: Iterable[str]) -> list[str]:
    """The tags that a scenario has by its behaviour, without their being written."""
    behaviour = behaviours().get(behaviour_in(tags))
    return [tag for tag, has in IMPLIED.items() if behaviour and has(behaviour)]


def capabilities_in(tags: Iterable[str]) -> list[str]:
    """The capabilities that the tags ask for."""
    return [name for tag in sorted(tags) if (name := capability.named(tag))]


def tags_of(item: pytest.Item) -> frozenset[str]:
    """Every tag that stands above a scenario."""
    return frozenset(str(mark.args[0]) for mark in item.iter_markers(MARK))


@pytest.hookimpl(tryfirst=True)  # before pytest-bdd, which would make a marker of each tag
def pytest_bdd_apply_tag(tag: str, function: Callable[..., Any]) -> bool:
    """Keep a tag of a feature file as a marker; a misspelt one stops the run."""
    try:
        pytest.mark.kubeproof_tag(check(tag))(function)
    except Misuse as error:
        raise pytest.Collector.CollectError(str(error)) from error
    return True
