"""Two runs side by side: what broke, what healed, what came, went or slowed, and what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from kubeproof.report.book import Entry, book_of
from kubeproof.report.run import RunRecord
from kubeproof.report.wording import UNKNOWN, balancer

SCHEMA = "kubeproof.dev/diff/v1"
RED = ("failed", "broken")
# Noise of a busy machine is not a change: it has to be twice as long, and by this much.
SLOWER, SECONDS = 2.0, 0.5


@dataclass(frozen=True)
class Change:
    """A behaviour in both runs; in one only, the other status is empty."""

    behaviour: str
    title: str
    old: str
    new: str
    reason: str = ""
    old_seconds: float | None = None  # until the wanted answer was there
    new_seconds: float | None = None


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs."""

    old: str  # how each is called
    new: str
    broke: tuple[Change, ...]
    still_red: tuple[Change, ...]
    healed: tuple[Change, ...]
    unchecked: tuple[Change, ...]  # was checked, and is skipped now
    checked: tuple[Change, ...]  # was skipped, and has passed now
    added: tuple[Change, ...]
    gone: tuple[Change, ...]
    slower: tuple[Change, ...]
    facts: Mapping[str, tuple[str, str]]
    every: tuple[Change, ...] = ()  # those of both runs, then those of one
    same: int = 0

    @property
    def regressed(self) -> bool:
        """Whether something that was not red is red now."""
        return bool(self.broke)

    def to_dict(self) -> dict[str, object]:
        """As JSON."""
        return {"schema": SCHEMA, "regressed": self.regressed, **asdict(self)}


@dataclass(frozen=True)
class _Behaviour:
    """What a run says of one behaviour, all examples together."""

    name: str
    title: str
    status: str
    reason: str
    converged: float | None


def compare(old: RunRecord, new: RunRecord) -> Comparison:
    """Compare by behaviour id, so that renamed or moved scenarios stay the same."""
    before, after = _behaviours(old), _behaviours(new)
    both = [_change(before[name], after[name]) for name in after if name in before]
    broke = tuple(one for one in both if one.new in RED and one.old not in RED)
    alike = old.cluster.kind == new.cluster.kind  # other machines have times of their own
    added = tuple(_only(after[name], "new") for name in after if name not in before)
    gone = tuple(_only(before[name], "old") for name in before if name not in after)
    return Comparison(
        old=_name(old),
        new=_name(new),
        broke=broke,
        still_red=tuple(one for one in both if one.new in RED and one.old in RED),
        healed=tuple(one for one in both if one.old in RED and one.new == "passed"),
        unchecked=tuple(one for one in both if one.new == "skipped" and one.old != "skipped"),
        checked=tuple(one for one in both if one.new == "passed" and one.old == "skipped"),
        added=added,
        gone=gone,
        slower=tuple(one for one in both if alike and _slower(one)),
        facts=dict(_facts(old, new)),
        every=(*both, *added, *gone),
        same=sum(one.old == one.new for one in both),
    )


def _behaviours(run: RunRecord) -> dict[str, _Behaviour]:
    ran = (entry for entry in book_of(run).entries if entry.records)
    found = (_behaviour(entry) for entry in ran)
    return {one.name: one for one in found}


def _behaviour(entry: Entry) -> _Behaviour:
    title, status, records = entry.scenario.name, entry.status, entry.records
    bad = next((record for record in records if record.status == status), records[0])
    times = [record.converged for record in records if record.converged is not None]
    name = entry.scenario.behaviour or f"{bad.feature}: {title}"
    return _Behaviour(name, title, status, bad.reason, max(times, default=None))


def _change(old: _Behaviour, new: _Behaviour) -> Change:
    reason = new.reason or old.reason
    times = old.converged, new.converged
    return Change(new.name, new.title, old.status, new.status, reason, *times)


def _only(one: _Behaviour, side: str) -> Change:
    if side == "old":
        return Change(one.name, one.title, one.status, "", one.reason, one.converged)
    return Change(one.name, one.title, "", one.status, one.reason, None, one.converged)


def _slower(one: Change) -> bool:
    if one.old_seconds is None or one.new_seconds is None or one.new in RED:
        return False
    more = one.new_seconds - one.old_seconds
    return more >= SECONDS and one.new_seconds >= SLOWER * one.old_seconds


def _name(run: RunRecord) -> str:
    cluster = run.cluster
    parts = (cluster.kind or run.facts.get("cluster", ""), cluster.kubernetes, cluster.proxy_mode)
    return ", ".join(filter(None, (*parts, run.started[:16].replace("T", " "))))


def _facts(old: RunRecord, new: RunRecord) -> Iterator[tuple[str, tuple[str, str]]]:
    before, after = _flat(old), _flat(new)
    for name in dict.fromkeys([*before, *after]):
        pair = before.get(name, ""), after.get(name, "")
        if pair[0] != pair[1]:
            yield name, pair


def _flat(run: RunRecord) -> dict[str, str]:
    cluster = run.cluster
    return {
        "kubeproof": run.facts.get("kubeproof", ""),
        "features": run.digest,
        "cluster kind": cluster.kind,
        "Kubernetes": cluster.kubernetes or UNKNOWN,
        "distribution": cluster.distribution or UNKNOWN,
        "proxy mode": cluster.proxy_mode or UNKNOWN,
        "network plugin": cluster.cni or UNKNOWN,
        "IP families": ", ".join(cluster.ip_families) or UNKNOWN,
        "load balancer": balancer(cluster),
        "node port range": cluster.node_port_range or UNKNOWN,
        "nodes": str(len(cluster.nodes)),
        **{f"feature gate {one.name}": one.state for one in cluster.feature_gates},
        "kernels": ", ".join(sorted({node.kernel for node in cluster.nodes})),
        "systems": ", ".join(sorted({node.system for node in cluster.nodes})),
        "container runtimes": ", ".join(sorted({node.runtime for node in cluster.nodes})),
        "missing capabilities": ", ".join(sorted(cluster.missing)) or "none",
        **{f"image {name}": value for name, value in run.images.items()},
    }
