"""What has to be true of features and the steps behind them: each check returns its complaints."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_bdd.gherkin_parser import Child, get_gherkin_document
from pytest_bdd.parser import Background, Feature, FeatureParser, ScenarioTemplate

from kubeproof.errors import Misuse
from kubeproof.inventory import ID, behaviours
from kubeproof.manifest import Manifest
from kubeproof.plugin import tags, vocabulary
from kubeproof.plugin.collection import rendered_steps
from kubeproof.plugin.vocabulary import Definition

FEATURES, MANIFESTS = "features", "manifests"
LEAST_STEPS, MOST_STEPS = 2, 6  # a When and its Then; no more than a reader keeps in mind
DOCS = re.compile(r"^\s*Docs: https://kubernetes\.io/docs/\S+$", re.MULTILINE)
OBJECTS = re.compile(r'\b(Service|Pod|Deployment)s? ("[^"]+"(?: and "[^"]+")*)')


@dataclass(frozen=True)
class Suite:
    """The features below one folder."""

    folder: Path

    @property
    def paths(self) -> list[Path]:
        return sorted(self.folder.glob("**/*.feature"))

    @property
    def features(self) -> list[Feature]:
        return [FeatureParser(str(path.parent), path.name).parse() for path in self.paths]

    def manifest_of(self, feature: Feature) -> Path:
        relative = Path(feature.filename).relative_to(self.folder).with_suffix(".yaml")
        return self.folder.parent / MANIFESTS / relative


def scenarios(features: Iterable[Feature]) -> Iterator[ScenarioTemplate]:
    for feature in features:
        yield from feature.scenarios.values()


def where(scenario: ScenarioTemplate) -> str:
    return f"{scenario.feature.rel_filename}:{scenario.line_number}"


def wrong_steps(features: Sequence[Feature], known: list[Definition]) -> list[str]:
    """Steps that no definition takes, and those that several do."""
    return [
        f"{where(one)}, {complaint}"
        for one in scenarios(features)
        for complaint in vocabulary.complaints(rendered_steps(one), known)
    ]


def unused_definitions(features: Sequence[Feature], known: list[Definition]) -> list[str]:
    steps = [step for one in scenarios(features) for step in rendered_steps(one)]
    return [
        f"{one.noun}.{one.function.__name__}: no feature says “{one.pattern}”"
        for one in known
        if not any(one.matches(step) for step in steps)
    ]


def unexplained_definitions(known: Iterable[Definition]) -> list[str]:
    return [f"{one.noun}.{one.function.__name__}" for one in known if not one.meaning]


def titles_in(path: Path) -> list[str]:
    """Every scenario's title; pytest-bdd itself forgets the first of two that are called alike."""
    return list(_titles(get_gherkin_document(str(path)).feature.children))


def _titles(children: Iterable[Child]) -> Iterator[str]:
    for child in children:
        if child.scenario:
            yield child.scenario.name
        if child.rule:
            yield from _titles(child.rule.children)


def titles_told_twice(paths: Iterable[Path]) -> list[str]:
    counts = Counter(title for path in paths for title in titles_in(path))
    return [title for title, count in counts.items() if count > 1]


def ids_of(scenario: ScenarioTemplate) -> list[str]:
    """The behaviour ids among the tags of a scenario itself; its feature and rule have none."""
    return sorted(tag for tag in scenario.tags if ID.fullmatch(tag))


def wrong_ids(features: Sequence[Feature]) -> list[str]:
    """Scenarios with no id or several, and ids that are unknown or of two scenarios."""
    found: list[str] = []
    owners: dict[str, str] = {}
    for one in scenarios(features):
        ids = ids_of(one)
        if len(ids) != 1:
            found.append(f"{where(one)}: one behaviour id, not {ids}")
        for id in ids:
            if id not in behaviours():
                found.append(f"{where(one)}: unknown behaviour {id}")
            if id in owners:
                found.append(f"{where(one)}: behaviour {id} is shown at {owners[id]} already")
            owners[id] = where(one)
    return found + _ids_above(features)


def _ids_above(features: Iterable[Feature]) -> list[str]:
    return [
        f"{feature.rel_filename}: behaviour {tag} is no feature's or rule's"
        for feature in features
        for above in [feature.tags, *(s.rule.tags for s in feature.scenarios.values() if s.rule)]
        for tag in sorted(above)
        if ID.fullmatch(tag)
    ]


def claims_without_scenario(features: Sequence[Feature]) -> list[str]:
    shown = {id for one in scenarios(features) for id in ids_of(one)}
    return [id for id, one in behaviours().items() if one.seed and id not in shown]


def tags_of(scenario: ScenarioTemplate) -> set[str]:
    rule = scenario.rule.tags if scenario.rule else set[str]()
    examples = (example.tags for example in scenario.examples)
    return set[str]().union(scenario.feature.tags, rule, scenario.tags, *examples)


def unknown_tags(features: Sequence[Feature]) -> list[str]:
    found: list[str] = []
    for one in scenarios(features):
        for tag in sorted(tags_of(one)):
            try:
                tags.check(tag)
            except Misuse as error:
                found.append(f"{where(one)}: {error}")
    return found


def _backgrounds(feature: Feature) -> Iterator[Background]:
    rules = (one.rule for one in feature.scenarios.values())
    backgrounds = [feature.background, *(rule.background for rule in rules if rule)]
    yield from (one for one in dict.fromkeys(backgrounds) if one)


def thens_in_background(feature: Feature) -> list[str]:
    """A Background brings about what all scenarios need; it promises nothing."""
    return [
        f"{feature.rel_filename}:{step.line_number}: {step.name}"
        for background in _backgrounds(feature)
        for step in background.steps
        if step.type == "then"
    ]


def thenless(feature: Feature) -> list[str]:
    """A scenario without a Then asks and never listens to the answer."""
    return [
        where(one)
        for one in feature.scenarios.values()
        if not any(step.type == "then" for step in one.steps)
    ]


def undocumented(features: Iterable[Feature]) -> list[str]:
    return [one.rel_filename for one in features if not DOCS.search(one.description)]


def lengthy(features: Iterable[Feature]) -> list[str]:
    """Scenarios with too few steps to be one, or too many to be read."""
    return [
        f"{where(one)}: {len(one.steps)} steps"
        for one in scenarios(features)
        if not LEAST_STEPS <= len(one.steps) <= MOST_STEPS
    ]


def objects_in(text: str) -> Iterator[tuple[str, str]]:
    """Kind and name of every object that a step speaks of."""
    for kind, those in OBJECTS.findall(text):
        for name in re.findall(r'"([^"]+)"', those):
            yield kind, name


def missing_objects(feature: Feature, path: Path) -> list[str]:
    """Objects that steps name and the feature's manifest does not have, or the whole manifest."""
    try:
        manifest = Manifest.load(path)
    except Misuse as error:
        return [str(error)]
    there = {(obj["kind"], obj["metadata"]["name"]) for obj in manifest.objects}
    named = {
        thing
        for one in feature.scenarios.values()
        for step in rendered_steps(one)
        for thing in objects_in(step.name)
    }
    return [f"{path} has no {kind} {name}" for kind, name in sorted(named - there)]


def manifests_without_feature(suite: Suite) -> list[str]:
    """Manifests that no feature uses; those in ``base`` are everybody's."""
    used = {suite.manifest_of(feature) for feature in suite.features}
    there = (suite.folder.parent / MANIFESTS).glob("**/*.yaml")
    return [str(path) for path in sorted(there) if path not in used and path.parent.name != "base"]
