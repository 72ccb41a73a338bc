"""The record of a scenario: what it did, what was seen, and how it ended. Plain JSON."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubeproof.probing import Observation

ANSWERED = "answered"
# Somebody who is known said something.
SPOKEN = (ANSWERED, "answered by the API server", "healthy", "unhealthy", "declined")
EVIDENCE = "evidence"  # the folder for it, among the reports
KEPT = 200_000  # characters of it that a record keeps


@dataclass
class Seen:
    """One way a connection ended, and how often (a scenario makes hundreds of connections)."""

    vantage: str
    target: str
    address: str
    outcome: str
    pod: str = ""
    source: str = ""
    node: str = ""  # where the Pod that answered ran; empty where that is not known
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
    begun: float = 0.0  # seconds since the scenario began
    seconds: float = 0.0
    message: str = ""
    converged: float | None = None  # seconds until the wanted outcome that then lasted was seen
    seen: list[Seen] = field(default_factory=list[Seen])

    def add(self, one: Observation, node: str = "") -> None:
        """Count an observation among those like it."""
        address = f"{one.target.host}:{one.target.port}"
        alike = (one.vantage, one.target.words, address, one.outcome.value, one.pod, one.source)
        for seen in self.seen:
            key = (seen.vantage, seen.target, seen.address, seen.outcome, seen.pod, seen.source)
            if key == alike and seen.node == node and _same_answer(seen, one):
                break
        else:
            seen = Seen(*alike, node=node, detail=one.detail)
            self.seen.append(seen)
        seen.times += 1
        seen.slowest = max(seen.slowest, round(one.seconds, 4))

    def held(self, after: float) -> None:
        """A wanted outcome was first seen so long after it was asked for, and lasted."""
        self.converged = max(self.converged or 0.0, round(after, 4))


def _same_answer(seen: Seen, one: Observation) -> bool:
    """Whether DNS told the same; why a connection failed may differ in every number."""
    return seen.outcome != ANSWERED or seen.detail == one.detail


@dataclass(frozen=True)
class PodRecord:
    """A Pod that a scenario made, as it was last seen."""

    name: str
    node: str
    address: str
    labels: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ServiceRecord:
    """A Service that a scenario made, as it was last seen."""

    name: str
    type: str
    cluster_ip: str
    ports: list[str]  # "9000 → 8080 (node port 30000)"
    policy: str = ""  # externalTrafficPolicy
    external: list[str] = field(default_factory=list[str])
    selector: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Evidence:
    """What the cluster looked like when a scenario had failed."""

    file: str  # where all of it is, beside the other reports
    text: str

    @classmethod
    def kept(cls, file: str, text: str) -> "Evidence":
        """As much of it as a record keeps."""
        return cls(file, cut(text, KEPT))


def cut(text: str, limit: int) -> str:
    """So many characters of a text, in whole lines, and a word on what is left out."""
    if len(text) <= limit:
        return text
    head = text[:limit].rpartition("\n")[0]
    return f"{head}\n… {len(text) - len(head)} more characters are in the file"


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
    example: dict[str, str] = field(default_factory=dict[str, str])  # the row of an outline
    started: str = ""  # RFC 3339, UTC
    pods: list[PodRecord] = field(default_factory=list[PodRecord])
    services: list[ServiceRecord] = field(default_factory=list[ServiceRecord])
    earlier: list["ScenarioRecord"] = field(default_factory=list["ScenarioRecord"])  # attempts
    evidence: Evidence | None = None

    @property
    def attempts(self) -> int:
        """How often it ran until this end."""
        return 1 + len(self.earlier)

    @property
    def converged(self) -> float | None:
        """Seconds until the slowest of its wanted outcomes was there; None where none was asked."""
        times = [step.converged for step in self.steps if step.converged is not None]
        return max(times, default=None)

    @property
    def order(self) -> tuple[str, int, list[str]]:
        """Where it stands among others, however they were shared out among workers."""
        return self.uri, self.line, list(self.example.values())

    @property
    def seen(self) -> list[Seen]:
        """Every connection of every step."""
        return [seen for step in self.steps for seen in step.seen]

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
        return cls.of(json.loads(text))

    @classmethod
    def of(cls, raw: dict[str, Any]) -> "ScenarioRecord":
        """Read it from plain JSON objects; what a later version has added is left out."""
        raw = _known(cls, raw)
        raw["steps"] = [_step(step) for step in raw.get("steps", ())]
        raw["pods"] = [PodRecord(**_known(PodRecord, one)) for one in raw.get("pods", ())]
        raw["services"] = [
            ServiceRecord(**_known(ServiceRecord, one)) for one in raw.get("services", ())
        ]
        raw["earlier"] = [cls.of(one) for one in raw.get("earlier", ())]
        if evidence := raw.get("evidence"):
            raw["evidence"] = Evidence(**_known(Evidence, evidence))
        return cls(**raw)


def _step(raw: dict[str, Any]) -> StepRecord:
    raw = _known(StepRecord, raw)
    raw["seen"] = [Seen(**_known(Seen, one)) for one in raw.get("seen", ())]
    return StepRecord(**raw)


def _known(cls: Any, raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name in cls.__dataclass_fields__}


def now() -> str:
    """The time as records have it: RFC 3339, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
