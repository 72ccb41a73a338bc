"""Collecting ``.feature`` files: each scenario is a test whose name is its title."""

import types
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import scenario
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import get_feature
from pytest_bdd.gherkin_parser import Child, get_gherkin_document
from pytest_bdd.parser import Feature, ScenarioTemplate, Step

from kubeproof.errors import Misuse
from kubeproof.plugin import vacuity, vocabulary
from kubeproof.plugin.tags import Expression, check, expression_of, implied_by, tags_of

OFF_BY_DEFAULT = ("slow", "disruptive")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a feature file."""
    if file_path.suffix != ".feature":
        return None
    _load_steps(parent.config)
    maker: Any = FeatureFile  # pytest types the arguments of from_parent loosely
    return maker.from_parent(parent, path=file_path)


def _load_steps(config: pytest.Config) -> None:
    """Make kubeproof's phrases known to pytest, once, and only where a feature is collected."""
    for name in vocabulary.step_modules():
        if not config.pluginmanager.has_plugin(name):
            config.pluginmanager.import_plugin(name)


class FeatureFile(pytest.Module):
    """A feature file as a module whose functions are its scenarios."""

    _templates: dict[str, ScenarioTemplate]

    def template_of(self, item: pytest.Item) -> ScenarioTemplate:
        """The scenario, or outline, that a test was made from."""
        assert isinstance(item, pytest.Function)
        return self._templates[item.originalname]

    def _getobj(self) -> types.ModuleType:
        feature = _parsed(self.path)
        self._templates = feature.scenarios
        _refuse_duplicates(feature)
        _refuse_unchecked(feature)
        _refuse_unknown_tags(feature)
        _refuse_unknown_steps(feature)
        _refuse_vacuous(feature)
        module = types.ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        for name in feature.scenarios:
            module.__dict__[name] = _test(self.path, name)
        return module


def _parsed(path: Path) -> Feature:
    try:
        return get_feature(str(path.parent), path.name, encoding="utf-8")
    except GherkinParseError as error:
        why = f"line {error.line}: {error.message}"
    except (OSError, UnicodeDecodeError) as error:
        why = f"it cannot be read: {error}"
    except KeyError:  # the parser's tree has no feature
        why = "it has no Feature"
    raise pytest.Collector.CollectError(f"{path}, {why}")


def _test(path: Path, name: str) -> Any:
    @scenario(path.name, name, features_base_dir=str(path.parent))
    def run() -> None:
        """The steps are all there is."""

    test: Any = run
    test.__test__ = True  # its name is a sentence, which pytest would not take for a test's
    return test


def _refuse_duplicates(feature: Feature) -> None:
    """pytest-bdd keeps the last of several scenarios of one name and says nothing."""
    titles = Counter(_titles(get_gherkin_document(feature.filename).feature.children))
    if twice := [title for title, count in titles.items() if count > 1]:
        raise pytest.Collector.CollectError(
            f"{feature.filename}: two scenarios are called {twice[0]!r}; rename one"
        )


def _titles(children: Iterable[Child]) -> Iterator[str]:
    for child in children:
        if child.scenario:
            yield child.scenario.name
        if child.rule:
            yield from _titles(child.rule.children)


def _refuse_unchecked(feature: Feature) -> None:
    """A When only asks: without a Then nobody listens, and the scenario would always pass."""
    for template in feature.scenarios.values():
        if not any(step.type == "then" for step in template.steps):
            raise pytest.Collector.CollectError(
                f"{feature.filename}, line {template.line_number}: "
                f"scenario {template.name!r} has no Then, so that it checks nothing"
            )


def _refuse_unknown_tags(feature: Feature) -> None:
    wrong: dict[str, None] = {}
    for template in feature.scenarios.values():
        for tag in sorted(_tags_above(template)):
            try:
                check(tag)
            except Misuse as error:
                wrong[f"{feature.filename}, line {template.line_number}: {error}"] = None
    if wrong:
        raise pytest.Collector.CollectError("\n".join(wrong))


def _tags_above(template: ScenarioTemplate) -> set[str]:
    rule = template.rule.tags if template.rule else set[str]()
    examples = (table.tags for table in template.examples)
    return template.tags.union(template.feature.tags, rule, *examples)


def _refuse_unknown_steps(feature: Feature) -> None:
    known = vocabulary.definitions()
    wrong = [
        f"{feature.filename}, {complaint}"
        for template in feature.scenarios.values()
        for complaint in vocabulary.complaints(rendered_steps(template), known)
    ]
    if wrong:
        raise pytest.Collector.CollectError("\n".join(dict.fromkeys(wrong)))


def _refuse_vacuous(feature: Feature) -> None:
    known = vocabulary.definitions()
    wrong = [
        f"{feature.filename}, {complaint}"
        for template in feature.scenarios.values()
        for steps in _rendered(template)
        for complaint in vacuity.complaints(steps, known)
    ]
    if wrong:
        raise pytest.Collector.CollectError("\n".join(dict.fromkeys(wrong)))


def rendered_steps(template: ScenarioTemplate) -> Iterable[Step]:
    """The steps of a scenario as they will run: for an outline, of every example."""
    for steps in _rendered(template):
        yield from steps


def _rendered(template: ScenarioTemplate) -> Iterator[Sequence[Step]]:
    rows = [row for examples in template.examples for row in examples.as_contexts()] or [{}]
    for row in rows:
        yield template.render(row).steps


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the scenarios that --tags asks for; slow and disruptive ones only if it names them."""
    text = str(config.option.tags)
    expression = expression_of(text)
    off = [tag for tag in OFF_BY_DEFAULT if f"@{tag}" not in text]
    dropped = [item for item in items if not _wanted(item, expression, off)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


def _wanted(item: pytest.Item, expression: Expression | None, off: list[str]) -> bool:
    if not isinstance(item.parent, FeatureFile):
        return True
    tags = tags_of(item)
    if any(tag in tags for tag in off):
        return False
    return expression is None or expression.evaluate(
        [f"@{tag}" for tag in [*tags, *implied_by(tags)]]
    )
