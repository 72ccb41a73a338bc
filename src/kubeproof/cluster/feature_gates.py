"""Which feature gates are on: what the API server's metrics say, else what its version does."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import httpx

from kubeproof.capability import Finding
from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken
from kubeproof.gates import GATES, PREFIX, stage_in, version_in

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

# reference/instrumentation/metrics; the stage of a gate that is stable is empty there.
_SAID = re.compile(r'^kubernetes_feature_enabled\{name="(\w+)",stage="(\w*)"\} ([01])', re.M)
ON, OFF, UNKNOWN = "on", "off", "unknown"


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a feature gate is on, its stage (alpha, beta, GA), and how that is known."""

    name: str
    state: str  # on, off or unknown
    stage: str = ""
    source: str = ""  # metrics, or version: the default of that version

    @property
    def finding(self) -> Finding:
        """As a capability: what nobody tells is missing."""
        how = {
            "metrics": "the API server's metrics say so",
            "version": "by default in this version; its metrics are not to be read here",
        }.get(self.source, "neither the API server's metrics nor its version tell")
        stage = f" ({self.stage})" if self.stage else ""
        said = f"feature gate {self.name} is {self.state}{stage}: {how}"
        return Finding(self.state == ON, said)


def feature_gates(api: "Api") -> list[Gate]:
    """Every gate that Services depend on, by name."""
    told = _in_metrics(api)
    return [told.get(name) or _by_version(api, name) for name in sorted(GATES)]


def gate_trials(api: "Api") -> Mapping[str, Callable[[], Finding]]:
    """How each gate is found out when a scenario asks for it with a tag such as ``@gate:Name``."""
    return {PREFIX + name: partial(_finding, api, name) for name in GATES}


def _finding(api: "Api", name: str) -> Finding:
    return (_in_metrics(api).get(name) or _by_version(api, name)).finding


@lru_cache(maxsize=4)
def _in_metrics(api: "Api") -> Mapping[str, Gate]:
    """Nothing where the metrics may not be read; they are megabytes, and asked for once."""
    with suppress(httpx.HTTPError):
        answer = api.http_get("/metrics")
        if answer.is_success:
            return {gate.name: gate for gate in map(_said, _SAID.finditer(answer.text))}
    return {}


def _said(found: re.Match[str]) -> Gate:
    stage = found[2].lower() or "GA"
    return Gate(found[1], ON if found[3] == "1" else OFF, stage, "metrics")


def _by_version(api: "Api", name: str) -> Gate:
    version = None
    with suppress(CheckBroken, Rejected):
        version = version_in(api.version())
    if version is None:
        return Gate(name, UNKNOWN)
    stage = stage_in(name, version)
    if stage is None:
        return Gate(name, OFF, "", "version")
    return Gate(name, ON if stage.on else OFF, stage.name, "version")
