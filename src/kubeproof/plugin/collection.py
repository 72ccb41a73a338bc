"""Collecting ``.feature`` files: each scenario is a test whose name is its title."""

import types
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cucumber_tag_expressions
import pytest
from pytest_bdd import scenario
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import get_feature
from pytest_bdd.parser import Feature, ScenarioTemplate, Step

from kubeproof.plugin import vocabulary
from kubeproof.plugin.tags import tags_of

_TAGS: Any = cucumber_tag_expressions  # it has no types
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
        _refuse_unknown_steps(feature)
        module = types.ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        for name in feature.scenarios:
            module.__dict__[name] = _test(self.path, name)
        return module


def _parsed(path: Path) -> Feature:
    try:
        return get_feature(str(path.parent), path.name, encoding="utf-8")
    except (GherkinParseError, OSError, UnicodeDecodeError) as error:
        raise pytest.Collector.CollectError(f"{path}: {error}") from error


def _test(path: Path, name: str) -> Any:
    @scenario(path.name, name, features_base_dir=str(path.parent))
    def run() -> None:
        """The steps are all there is."""

    test: Any = run
    test.__test__ = True  # its name is a sentence, which pytest would not take for a test's
    return test


def _refuse_duplicates(feature: Feature) -> None:
    """pytest-bdd keeps the last of several scenarios of one name and says nothing."""
    lines = Path(feature.filename).read_text(encoding="utf-8").splitlines()
    titles = Counter(
        line.partition(":")[2].strip()
        for line in map(str.strip, lines)
        if line.startswith(("Scenario:", "Scenario Outline:", "Example:", "Scenario Template:"))
    )
    if twice := [title for title, count in titles.items() if count > 1]:
        raise pytest.Collector.CollectError(
            f"{feature.filename}: two scenarios are called {twice[0]!r}; rename one"
        )


def _refuse_unknown_steps(feature: Feature) -> None:
    known = vocabulary.definitions()
    wrong = [
        f"{feature.filename}, {complaint}"
        for template in feature.scenarios.values()
        for complaint in vocabulary.complaints(rendered_steps(template), known)
    ]
    if wrong:
        raise pytest.Collector.CollectError("\n".join(dict.fromkeys(wrong)))


def rendered_steps(template: ScenarioTemplate) -> Iterable[Step]:
    """The steps of a scenario as they will run: for an outline, of every example."""
    rows = [row for examples in template.examples for row in examples.as_contexts()] or [{}]
    for row in rows:
        yield from template.render(row).steps


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the scenarios that --tags asks for; slow and disruptive ones only if it names them.

    Raises:
        pytest.UsageError: the tag expression is none.
    """
    text = str(config.option.tags)
    try:
        expression = _TAGS.parse(text) if text else None
    except Exception as error:
        raise pytest.UsageError(f"--tags {text!r} is no tag expression: {error}") from error
    off = [tag for tag in OFF_BY_DEFAULT if f"@{tag}" not in text]
    dropped = [item for item in items if not _wanted(item, expression, off)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


def _wanted(item: pytest.Item, expression: Any, off: list[str]) -> bool:
    if not isinstance(item.parent, FeatureFile):
        return True
    tags = tags_of(item)
    if any(tag in tags for tag in off):
        return False
    return expression is None or bool(expression.evaluate([f"@{tag}" for tag in tags]))
