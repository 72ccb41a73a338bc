"""How far a run is, and how long it may take, judged by the last one in the same folder."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kubeproof.errors import Misuse
from kubeproof.report.document import documents_of
from kubeproof.report.elements import seconds
from kubeproof.report.record import ScenarioRecord
from kubeproof.report.run import RunRecord

SLOWEST = 3
SLOW = 1.0  # seconds; under that nobody needs to know


@dataclass
class Pace:
    """Counts scenarios and seconds."""

    total: int = 0
    done: int = 0
    expected: float | None = None  # seconds for the whole run
    _begun: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._begun

    def foresee(self, report: Path, ids: Iterable[str], workers: int = 1) -> None:
        """Judge by the last run how long these tests will take with so many workers."""
        try:
            earlier = RunRecord.load(report)
            self.expected = expectation(earlier, map(place_of, ids), workers)
        except Misuse:
            return  # there was none, or one of another version

    def __str__(self) -> str:
        of = f"/{self.total or '?'}"
        about = f" of about {seconds(self.expected)}" if self.expected else ""
        return f"{self.done:>{len(of) - 1}}{of}, {seconds(self.elapsed)}{about}"


Place = tuple[str, str]  # a feature and a title: what stays when lines are added above it


def place_of(nodeid: str) -> Place:
    """Which scenario a test is of; the rows of an outline are of one."""
    uri, _, title = nodeid.partition("::")
    return uri, title.partition("[")[0]


def expectation(earlier: RunRecord, places: Iterable[Place], workers: int) -> float | None:
    """As long as the last run took, in proportion; None if it had less than half of these.

    A scenario that the last run did not have is taken for one of the usual length.

    Raises:
        Misuse: the features of the last run cannot be read.
    """
    titles = {
        (entry.source.uri, scenario.line): scenario.name.partition("[")[0]
        for entry in documents_of(earlier.sources)
        for rule in entry.rules
        for scenario in rule.scenarios
    }
    known: dict[Place, list[float]] = {}
    for one in earlier.scenarios:
        title = titles.get((one.uri, one.line), one.scenario)
        known.setdefault((one.uri, title), []).append(one.seconds)
    places = list(places)
    found = [sum(known[place]) / len(known[place]) for place in places if place in known]
    whole = sum(one.seconds for one in earlier.scenarios)
    if not found or not whole or len(found) < len(places) / 2 or not earlier.finished:
        return None
    these = sum(found) / len(found) * len(places)
    ended, began = (datetime.fromisoformat(at) for at in (earlier.finished, earlier.started))
    shared = int(earlier.facts.get("workers", 1)) / workers
    return (ended - began).total_seconds() * shared * these / whole


def slowest(records: Iterable[ScenarioRecord]) -> str:
    """The scenarios that took longest, in a line; empty if none took long."""
    slow = sorted((one for one in records if one.seconds >= SLOW), key=lambda one: -one.seconds)
    named = (f"{one.behaviour or one.scenario} {seconds(one.seconds)}" for one in slow[:SLOWEST])
    return ", ".join(named)
