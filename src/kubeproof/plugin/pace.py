"""How far a run is, and how long it may take, judged by the last one in the same folder."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from kubeproof.errors import Misuse
from kubeproof.plugin.collection import FeatureFile
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

    def foresee(self, report: Path, items: Iterable[pytest.Item]) -> None:
        """Judge by the last run how long these will take."""
        try:
            earlier = RunRecord.load(report)
        except Misuse:
            return  # there was none, or one of another version
        self.expected = expectation(earlier, [place_of(item) for item in items])

    def __str__(self) -> str:
        of = f"/{self.total}" if self.total else ""
        about = f" of about {seconds(self.expected)}" if self.expected else ""
        return f"{self.done}{of}, {seconds(self.elapsed)}{about}"


def place_of(item: pytest.Item) -> tuple[str, int]:
    """Where a scenario stands, as its record says it."""
    if not isinstance(item.parent, FeatureFile):
        return "", 0
    path, root = Path(item.path), item.config.rootpath
    uri = str(path.relative_to(root) if path.is_relative_to(root) else path)
    return uri, item.parent.template_of(item).line_number


def expectation(earlier: RunRecord, places: Iterable[tuple[str, int]]) -> float | None:
    """As long as the last run took, in proportion; None if these are not those it had."""
    known: dict[tuple[str, int], list[float]] = {}
    for one in earlier.scenarios:
        known.setdefault((one.uri, one.line), []).append(one.seconds)
    places = list(places)
    found = [sum(known[place]) / len(known[place]) for place in places if place in known]
    whole = sum(one.seconds for one in earlier.scenarios)
    if not found or not whole or len(found) < len(places) or not earlier.finished:
        return None
    ended, began = (datetime.fromisoformat(at) for at in (earlier.finished, earlier.started))
    return (ended - began).total_seconds() * sum(found) / whole


def slowest(records: Iterable[ScenarioRecord]) -> str:
    """The scenarios that took longest, in a line; empty if none took long."""
    slow = sorted((one for one in records if one.seconds >= SLOW), key=lambda one: -one.seconds)
    named = (f"{one.behaviour or one.scenario} {seconds(one.seconds)}" for one in slow[:SLOWEST])
    return ", ".join(named)
