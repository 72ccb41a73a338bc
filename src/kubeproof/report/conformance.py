"""The statement about a cluster: ``ServiceConformanceReport``, after Gateway API's.

A profile is a success if every behaviour in it was checked and kept. One that was skipped, did not
run, or could not be checked makes it partial, however well the others did; one that failed makes
it a failure. There is none for the sandbox, which would only be a statement about itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from kubeproof.report.book import Book, Entry, book_of
from kubeproof.report.record import ScenarioRecord
from kubeproof.report.run import ClusterFacts, RunRecord
from kubeproof.report.sources import Source, below, digest

API_VERSION = "kubeproof.dev/v1"
KIND = "ServiceConformanceReport"
STATUSES = ("passed", "failed", "broken", "skipped", "not run")
PROVISIONAL = "provisional"


def stated(run: RunRecord) -> bool:
    """Whether a run can be a statement about a cluster."""
    return run.cluster.kind not in ("", "sandbox")


def conformance_yaml(run: RunRecord) -> str:
    """The report as YAML."""
    made = report(run, shipped())
    return yaml.dump(made, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are."""


def _text(dumper: Any, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


@cache
def shipped() -> tuple[Source, ...]:
    """The features that kubeproof ships: what a whole run consists of."""
    return tuple(below(Path(str(files("kubeproof.features")))))


def report(run: RunRecord, suite: Iterable[Source]) -> dict[str, Any]:
    """The report as JSON objects; what the suite has and the run has not, did not run."""
    suite = list(suite)
    entries = list(_entries(book_of(run), suite))
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "date": run.started,
        "suite": {
            "name": "kubeproof",
            "version": run.facts.get("kubeproof", ""),
            "featuresDigest": run.digest,
            "shippedDigest": digest(suite),
        },
        "cluster": _cluster(run.cluster),
        "images": [{"name": name, "digest": run.images[name]} for name in sorted(run.images)],
        "profiles": list(_profiles(entries)),
        "behaviours": [_behaviour(entry) for entry in entries],
        "reproduce": _reproduce(run),
    }


def _entries(book: Book, suite: list[Source]) -> Iterator[Entry]:
    """Every scenario with an id: those of the run, then those that were left out of it."""
    met: set[str] = set()
    for one in (book, book_of(RunRecord(sources=suite))):
        for entry in one.entries:
            ident = entry.scenario.behaviour
            if ident and ident not in met:
                met.add(ident)
                yield entry


def _cluster(cluster: ClusterFacts) -> dict[str, Any]:
    kernels = sorted({node.kernel for node in cluster.nodes} - {""})
    return {
        "kind": cluster.kind,
        "kubernetesVersion": cluster.kubernetes,
        "distribution": cluster.distribution,
        "proxyMode": cluster.proxy_mode,
        "cni": cluster.cni,
        "nodes": len(cluster.nodes),
        "zones": sorted({node.zone for node in cluster.nodes} - {""}),
        "systems": sorted({node.system for node in cluster.nodes} - {""}),
        "kernels": kernels,
        "containerRuntimes": sorted({node.runtime for node in cluster.nodes} - {""}),
        "ipFamilies": cluster.ip_families,
        "loadBalancer": cluster.load_balancer,
        "dnsDomain": cluster.dns_domain,
        "nodePortRange": cluster.node_port_range,
        "featureGates": [asdict(one) for one in cluster.feature_gates],
        "quirks": [asdict(one) for one in cluster.quirks],
        "missingCapabilities": cluster.missing,
    }


def _level(entry: Entry) -> str:
    return "core" if "core" in entry.scenario.tags else "extended"


def _profiles(entries: list[Entry]) -> Iterator[dict[str, Any]]:
    """Core as a whole, then what is extended in each area."""
    yield _profile("core", [entry for entry in entries if _level(entry) == "core"])
    extended = [entry for entry in entries if _level(entry) == "extended"]
    for area in sorted({entry.area for entry in extended}):
        members = [entry for entry in extended if entry.area == area]
        yield _profile(f"extended/{area}", members)


def _profile(name: str, entries: list[Entry]) -> dict[str, Any]:
    counts = Counter(entry.status for entry in entries)
    return {
        "name": name,
        "result": result(entry.status for entry in entries if not _provisional(entry)),
        "statistics": {_key(status): counts[status] for status in STATUSES},
        "failed": _ids(entries, "failed"),
        "unchecked": _ids(entries, "broken", "skipped", "not run"),
    }


def _provisional(entry: Entry) -> bool:
    return PROVISIONAL in entry.scenario.tags


def result(statuses: Iterable[str]) -> str:
    """What the ends of a profile's behaviours amount to."""
    found = set(statuses)
    if "failed" in found:
        return "failure"
    return "success" if found == {"passed"} else "partial"


def _ids(entries: Iterable[Entry], *statuses: str) -> list[str]:
    return [entry.scenario.behaviour for entry in entries if entry.status in statuses]


def _key(status: str) -> str:
    return "notRun" if status == "not run" else status


def _behaviour(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": entry.scenario.behaviour,
        "title": entry.scenario.name,
        "area": entry.area,
        "level": _level(entry),
        "status": _key(entry.status),
    }
    if _provisional(entry):
        told["provisional"] = True
    if entry.records:
        told |= _measured(entry.records)
    return told


def _measured(records: Iterable[ScenarioRecord]) -> Mapping[str, Any]:
    records = list(records)
    reasons = dict.fromkeys(record.reason for record in records if record.reason)
    converged = [record.converged for record in records if record.converged is not None]
    measured: dict[str, Any] = {
        "durationSeconds": round(sum(record.seconds for record in records), 3),
        "attempts": max(record.attempts for record in records),
    }
    if reasons:
        measured["reason"] = "; ".join(reasons)
    if converged:
        measured["convergenceSeconds"] = round(max(converged), 3)
    return measured


def _reproduce(run: RunRecord) -> str:
    version = run.facts.get("kubeproof", "")
    command = run.facts.get("command") or f"kubeproof run --cluster={run.cluster.kind}"
    return f"pip install kubeproof=={version}\n{command}\n"
