"""How each behaviour ended on some clusters: what of whole runs a repository keeps."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from kubeproof.errors import Misuse
from kubeproof.report.book import book_of
from kubeproof.report.run import RunRecord
from kubeproof.report.wording import UNKNOWN

SCHEMA = "kubeproof.dev/verdicts/v1"


@dataclass(frozen=True)
class Verdicts:
    """What one run said of each behaviour that it had."""

    cluster: str  # what tells it from the others: "Kubernetes v1.36.2, iptables"
    date: str  # day of the run
    statuses: Mapping[str, str]  # by id: passed, failed, broken, skipped


def verdicts_of(run: RunRecord) -> Verdicts:
    """The verdicts of a run; an outline is one behaviour, as bad as its worst row."""
    entries = (entry for entry in book_of(run).entries if entry.records)
    statuses = {entry.scenario.behaviour: entry.status for entry in entries}
    statuses.pop("", None)
    return Verdicts(_name(run), run.started[:10], dict(sorted(statuses.items())))


def _name(run: RunRecord) -> str:
    cluster = run.cluster
    if cluster.kind == "sandbox":
        return "sandbox"
    mode = cluster.proxy_mode or f"proxy mode {UNKNOWN}"
    return f"Kubernetes {cluster.kubernetes or UNKNOWN}, {mode}"


def load(path: Path) -> list[Verdicts]:
    """The verdicts in a file that ``to_json`` wrote, or those of a record of a run.

    Raises:
        Misuse: it is neither.
    """
    held = _held(path) if path.is_file() else {}
    if held.get("schema") != SCHEMA:
        return [verdicts_of(RunRecord.load(path))]
    runs: list[dict[str, Any]] = held["runs"]
    return [Verdicts(one["cluster"], one["date"], one["statuses"]) for one in runs]


def _held(path: Path) -> dict[str, Any]:
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misuse(f"cannot read {path}: {error}") from error
    return cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}


def merged(runs: Iterable[Verdicts]) -> list[Verdicts]:
    """One for each cluster; of a behaviour that several runs had, the last one that is named."""
    found: dict[str, Verdicts] = {}
    for one in runs:
        before = found.get(one.cluster, one)
        statuses = dict(sorted({**before.statuses, **one.statuses}.items()))
        found[one.cluster] = Verdicts(one.cluster, max(before.date, one.date), statuses)
    return list(found.values())


def to_json(runs: Iterable[Verdicts]) -> str:
    """The text of a file of verdicts."""
    raw = {"schema": SCHEMA, "runs": [asdict(one) for one in runs]}
    return json.dumps(raw, ensure_ascii=False, indent=1) + "\n"
