"""The record of a whole run: ``run.json``, from which every report is made."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from kubeproof.errors import Misuse
from kubeproof.report.definitions import Definition, definitions_of
from kubeproof.report.record import ScenarioRecord
from kubeproof.report.sources import Source, digest

SCHEMA = "kubeproof.dev/run/v1"


@dataclass(frozen=True)
class NodeFacts:
    """A node of the cluster under test."""

    name: str
    addresses: list[str]
    zone: str = ""
    kernel: str = ""
    system: str = ""  # the node's operating system, as the kubelet tells it
    runtime: str = ""  # container runtime


@dataclass(frozen=True)
class QuirkFacts:
    """A difference of the implementation that is to be expected, and where it is told."""

    name: str
    says: str
    behaviours: list[str]
    reference: str


@dataclass(frozen=True)
class GateFacts:
    """A feature gate: on, off or unknown, at which stage, by the metrics or by the version."""

    name: str
    state: str
    stage: str = ""
    source: str = ""

    def __str__(self) -> str:
        stage = f" ({self.stage})" if self.stage else ""
        return f"{self.name} {self.state}{stage}" + (
            ", by version" if self.source == "version" else ""
        )


@dataclass(frozen=True)
class ClusterFacts:
    """What is known of the cluster under test; empty where it could not be found out."""

    kind: str = ""
    kubernetes: str = ""  # version of the API server
    distribution: str = ""
    proxy_mode: str = ""
    cni: str = ""
    ip_families: list[str] = field(default_factory=list[str])
    load_balancer: str = ""
    nodes: list[NodeFacts] = field(default_factory=list[NodeFacts])
    capabilities: dict[str, str] = field(default_factory=dict[str, str])  # those there, and why
    missing: dict[str, str] = field(default_factory=dict[str, str])
    dns_domain: str = ""
    quirks: list[QuirkFacts] = field(default_factory=list[QuirkFacts])
    node_port_range: str = ""  # "30000-32767"
    feature_gates: list[GateFacts] = field(default_factory=list[GateFacts])

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "ClusterFacts":
        """Read it from plain JSON; what a later version has added is left out."""
        known = {name: value for name, value in raw.items() if name in cls.__dataclass_fields__}
        known["nodes"] = [_node(one) for one in known.get("nodes", ())]
        known["quirks"] = [QuirkFacts(**one) for one in known.get("quirks", ())]
        known["feature_gates"] = [GateFacts(**one) for one in known.get("feature_gates", ())]
        return cls(**known)

    def together_with(self, earlier: "ClusterFacts") -> "ClusterFacts":
        """These facts and the capabilities that were found out before, or by another worker."""
        return replace(
            self,
            capabilities=earlier.capabilities | self.capabilities,
            missing=earlier.missing | self.missing,
        )


def _node(raw: Mapping[str, Any]) -> NodeFacts:
    known = {name: raw[name] for name in raw if name in NodeFacts.__dataclass_fields__}
    return NodeFacts(**known)


@dataclass
class RunRecord:
    """Facts, sources, and the record of every scenario, in an order of their own."""

    facts: dict[str, str] = field(default_factory=dict[str, str])
    cluster: ClusterFacts = field(default_factory=ClusterFacts)
    sources: list[Source] = field(default_factory=list[Source])
    scenarios: list[ScenarioRecord] = field(default_factory=list[ScenarioRecord])
    images: dict[str, str] = field(default_factory=dict[str, str])  # image: digest
    definitions: list[Definition] = field(default_factory=list[Definition])
    started: str = ""
    finished: str = ""

    @property
    def digest(self) -> str:
        """One number for the features and manifests."""
        return digest(self.sources)

    def to_json(self) -> str:
        """The text of run.json."""
        raw = {
            "schema": SCHEMA,
            "started": self.started,
            "finished": self.finished,
            "facts": self.facts,
            "cluster": asdict(self.cluster),
            "images": self.images,
            "definitions": [asdict(one) for one in self.definitions],
            "scenarios": [asdict(one) for one in self.scenarios],
            "sources": [asdict(one) for one in self.sources],
        }
        return json.dumps(raw, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def load(cls, path: Path) -> "RunRecord":
        """Read a run.json, or the one in a folder of reports.

        Raises:
            Misuse: it cannot be read, or is no record of a run.
        """
        if path.is_dir():
            path = path / "run.json"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise Misuse(f"cannot read {path}: {error.strerror}") from error
        except ValueError as error:
            raise Misuse(f"{path} is no record of a run: {error}") from error
        if not isinstance(raw, dict) or "scenarios" not in raw:
            raise Misuse(f"{path} is no record of a run: it has no scenarios")
        return cls._of(raw, path)  # pyright: ignore[reportUnknownArgumentType] - JSON

    @classmethod
    def _of(cls, raw: dict[str, Any], path: Path) -> "RunRecord":
        if raw.get("schema") != SCHEMA:
            raise Misuse(
                f"{path} was written by another version of kubeproof "
                f"({raw.get('schema', 'no schema')}, not {SCHEMA}); make it anew"
            )
        return cls(
            facts=raw["facts"],
            cluster=ClusterFacts.of(raw["cluster"]),
            sources=[Source(**one) for one in raw["sources"]],
            scenarios=[ScenarioRecord.of(one) for one in raw["scenarios"]],
            images=raw.get("images", {}),
            definitions=definitions_of(raw.get("definitions", ())),
            started=raw.get("started", ""),
            finished=raw.get("finished", ""),
        )
