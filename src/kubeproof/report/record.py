"""The record of a run: what each scenario did, what was seen, and how it ended. Plain JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from kubeproof.probing import Observation


@dataclass
class Seen:
    """One way a connection ended, and how often (a scenario makes hundreds of connections)."""

    vantage: str
    target: str
    address: str
    outcome: str
    pod: str = ""
    source: str = ""
    detail: str = ""
    times: int = 0
    slowest: float = 0.0  # seconds

    def __str__(self) -> str:
        who = f" by {self.pod}" if self.pod else ""
        saw = f", who saw {self.source}" if self.source else ""
        why = f" [{self.detail}]" if self.detail else ""
        times = f" ×{self.times}"
        return (
            f"{self.vantage} → {self.target} ({self.address}): {self.outcome}{who}{saw}{times}{why}"
        )


@dataclass
class StepRecord:
    """One step: its words, how it ended, and every connection it tried."""

    keyword: str
    text: str
    line: int
    status: str = "undecided"
    seconds: float = 0.0
    message: str = ""
    seen: list[Seen] = field(default_factory=list[Seen])

    def add(self, one: Observation) -> None:
        """Count an observation among those like it."""
        address = f"{one.target.host}:{one.target.port}"
        alike = (one.vantage, one.target.label, address, one.outcome.value, one.pod, one.source)
        for seen in self.seen:
            key = (seen.vantage, seen.target, seen.address, seen.outcome, seen.pod, seen.source)
            if key == alike:
                break
        else:
            seen = Seen(*alike, detail=one.detail)
            self.seen.append(seen)
        seen.times += 1
        seen.slowest = max(seen.slowest, round(one.seconds, 4))


@dataclass
class ScenarioRecord:
    """One scenario, or one example of an outline, as it ran."""

    behaviour: str
    feature: str
    uri: str
    rule: str
    scenario: str
    line: int
    tags: list[str]
    status: str = "undecided"  # passed, failed, broken, skipped
    reason: str = ""
    seconds: float = 0.0
    steps: list[StepRecord] = field(default_factory=list[StepRecord])

    def finish(self, outcome: str, seconds: float, broken: bool) -> None:
        """Say how it ended."""
        self.status = "broken" if broken else outcome
        self.seconds = round(seconds, 4)
        self.reason = next((step.message for step in self.steps if step.message), "")

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "ScenarioRecord":
        """Read what ``to_json`` wrote."""
        raw: dict[str, Any] = json.loads(text)
        raw["steps"] = [_step(step) for step in raw["steps"]]
        return cls(**raw)


def _step(raw: dict[str, Any]) -> StepRecord:
    raw["seen"] = [Seen(**one) for one in raw["seen"]]
    return StepRecord(**raw)
