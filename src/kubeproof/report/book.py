"""The documentation as a book: areas, features, rules, and each scenario with what became of it.

A run may have had a part of the scenarios only, and a book may be made without any run.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from kubeproof import capability
from kubeproof.inventory import Behaviour, behaviours
from kubeproof.report.document import Document, Rule, Scenario, documents_of
from kubeproof.report.record import ScenarioRecord
from kubeproof.report.run import RunRecord

WORST_FIRST = ("failed", "broken", "skipped", "passed", "not run")

# In the order in which they are read: what everybody meets first, then what builds upon it.
AREAS: Mapping[str, str] = {
    "clusterip": "ClusterIP",
    "nodeport": "NodePort",
    "loadbalancer": "LoadBalancer",
    "traffic_policy": "Traffic policies",
    "operator": "Operators",
    "ports": "Ports and protocols",
    "affinity": "Session affinity",
    "readiness": "Readiness",
    "termination": "Graceful termination",
    "endpoints": "EndpointSlices",
    "headless": "Headless Services",
    "dns": "DNS",
    "external_name": "ExternalName",
    "lifecycle": "Lifecycle",
    "source_address": "Source addresses",
    "conntrack": "Connection tracking",
    "topology": "Topology",
    "dual_stack": "Dual-stack",
    "service_cidr": "Service ranges",
    "network_policy": "NetworkPolicy",
}


def area_title(area: str) -> str:
    """What a reader calls an area: the folder's name in words."""
    return AREAS.get(area) or area.replace("_", " ").replace("-", " ").capitalize() or "Features"


@dataclass(frozen=True)
class Entry:
    """A scenario or outline with its records: none where it did not run, one for each example."""

    scenario: Scenario
    area: str
    anchor: str
    records: tuple[ScenarioRecord, ...]

    @property
    def status(self) -> str:
        """The worst of its ends."""
        return worst(record.status for record in self.records)

    @property
    def behaviour(self) -> Behaviour | None:
        """The promise that it shows."""
        return behaviours().get(self.scenario.behaviour)

    @property
    def seconds(self) -> float:
        """How long all its examples took."""
        return sum(record.seconds for record in self.records)

    @property
    def capabilities(self) -> list[str]:
        """What it needs of a cluster."""
        prefix = capability.PREFIX
        return [t.removeprefix(prefix) for t in self.scenario.tags if t.startswith(prefix)]

    @property
    def other_tags(self) -> list[str]:
        """Its tags but for its id and capabilities."""
        own = self.scenario.behaviour
        return [t for t in self.scenario.tags if t != own and not t.startswith(capability.PREFIX)]


@dataclass(frozen=True)
class Section:
    """A rule and its entries."""

    rule: Rule
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Chapter:
    """A feature."""

    document: Document
    anchor: str
    sections: tuple[Section, ...]

    @property
    def entries(self) -> Iterator[Entry]:
        """Every scenario of it."""
        return (entry for section in self.sections for entry in section.entries)

    @property
    def status(self) -> str:
        """The worst of its scenarios'."""
        return worst(entry.status for entry in self.entries)


@dataclass(frozen=True)
class Area:
    """The features of one folder."""

    name: str
    chapters: tuple[Chapter, ...]

    @property
    def title(self) -> str:
        """Its heading."""
        return area_title(self.name)

    @property
    def entries(self) -> Iterator[Entry]:
        """Every scenario of it."""
        return (entry for chapter in self.chapters for entry in chapter.entries)


@dataclass(frozen=True)
class Book:
    """Everything that is told, and of which run."""

    run: RunRecord
    areas: tuple[Area, ...]

    @property
    def entries(self) -> Iterator[Entry]:
        """Every scenario."""
        return (entry for area in self.areas for entry in area.entries)

    @property
    def chapters(self) -> Iterator[Chapter]:
        """Every feature."""
        return (chapter for area in self.areas for chapter in area.chapters)

    @property
    def ran(self) -> bool:
        """Whether it tells of a run."""
        return bool(self.run.scenarios)

    def counts(self) -> Counter[str]:
        """How many entries ended in which way."""
        return Counter(entry.status for entry in self.entries)


def worst(statuses: Iterable[str]) -> str:
    """The worst of some ends; where there is none, ``not run``."""
    found = set(statuses)
    return next((one for one in WORST_FIRST if one in found), "failed" if found else "not run")


def book_of(run: RunRecord) -> Book:
    """The book of a run; of one without records, the documentation alone.

    Raises:
        Misuse: a feature cannot be read.
    """
    records: dict[tuple[str, int], list[ScenarioRecord]] = {}
    for record in run.scenarios:
        records.setdefault((record.uri, record.line), []).append(record)
    anchors = _Anchors()
    documents = documents_of(run.sources)
    areas = [
        Area(name, tuple(_chapter(one, records, anchors) for one in sorted(group, key=_place)))
        for name, group in groupby(documents, key=lambda one: one.source.area)
    ]
    return Book(run, tuple(sorted(areas, key=_in_reading_order)))


def _in_reading_order(area: Area) -> tuple[int, str]:
    """The areas that are named here as they stand, then the others."""
    known = list(AREAS)
    return (known.index(area.name) if area.name in known else len(known), area.name)


def _place(document: Document) -> tuple[int, str]:
    """Features as their behaviours stand in the inventory, which begins with what is plain."""
    order = list(behaviours())
    ids = [one.behaviour for rule in document.rules for one in rule.scenarios]
    places = (order.index(one) for one in ids if one in behaviours())
    return min(places, default=len(order)), document.source.uri


class _Anchors:
    """Names of places in a page: a behaviour's id, else words; never one twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """That name, with a number if it is taken."""
        words = "".join(c if c.isalnum() else "-" for c in wanted.lower())
        name = "-".join(filter(None, words.split("-")))
        number, found = 2, name
        while found in self._taken:
            number, found = number + 1, f"{name}-{number}"
        self._taken.add(found)
        return found


Records = Mapping[tuple[str, int], Sequence[ScenarioRecord]]


def _chapter(document: Document, records: Records, anchors: _Anchors) -> Chapter:
    def entry(scenario: Scenario) -> Entry:
        found = records.get((document.source.uri, scenario.line), ())
        anchor = anchors.take(scenario.behaviour or scenario.name)
        return Entry(scenario, document.source.area, anchor, tuple(found))

    anchor = anchors.take("feature " + document.source.uri.rpartition("features/")[2])
    sections = tuple(
        Section(rule, tuple(entry(scenario) for scenario in rule.scenarios))
        for rule in document.rules
    )
    return Chapter(document, anchor, sections)
