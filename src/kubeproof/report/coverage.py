"""Which behaviour is shown by which scenario, where that has run, and which fault reddens it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from kubeproof.inventory import Behaviour, behaviours, left_out
from kubeproof.report.book import Entry, book_of
from kubeproof.report.run import RunRecord
from kubeproof.report.sources import Source
from kubeproof.report.verdicts import Verdicts

NOT_YET = "not yet"

# What the first half of an id stands for.
SUBJECTS: Mapping[str, str] = {
    "cip": "ClusterIP and the virtual IP",
    "np": "NodePort",
    "etp": "External traffic policy and health-check node port",
    "lb": "LoadBalancer",
    "op": "Operators' access",
    "aff": "Session affinity",
    "itp": "Internal traffic policy",
    "rdy": "Readiness and no endpoints",
    "term": "Graceful termination",
    "hl": "Headless Services",
    "dns": "DNS",
    "ext": "ExternalName",
    "type": "Changing a Service's type",
    "env": "Environment variables",
    "port": "Ports and protocols",
    "ct": "Connection tracking",
    "sel": "Services without a selector",
    "eps": "EndpointSlices",
    "prox": "Other proxies",
    "src": "Source addresses",
    "hair": "A Pod that reaches itself",
    "hn": "Pods in the node's network",
    "xip": "External IPs",
    "ds": "Dual-stack",
    "td": "Traffic distribution and topology",
    "cidr": "Service ranges",
    "npol": "NetworkPolicy",
}


@dataclass(frozen=True)
class Row:
    """A behaviour of the inventory, and what is there for it."""

    behaviour: Behaviour
    entry: Entry | None  # the scenario that shows it
    uri: str  # its feature
    faults: Sequence[str]
    ran: Sequence[str]  # how it ended on each cluster; empty where it did not run
    left_out: str  # why there is no scenario; empty where there is one, or not yet

    @property
    def missing(self) -> bool:
        """Whether it is neither shown nor left out for a reason."""
        return self.entry is None and not self.left_out


@dataclass(frozen=True)
class Coverage:
    """Every behaviour of the inventory, in its order."""

    rows: Sequence[Row]
    runs: Sequence[Verdicts]

    @property
    def subjects(self) -> list[tuple[str, list[Row]]]:
        """The rows under what they are about."""
        grouped = groupby(self.rows, key=lambda row: row.behaviour.id.rpartition("-")[0])
        return [(SUBJECTS.get(prefix, prefix), list(rows)) for prefix, rows in grouped]

    @property
    def sentence(self) -> str:
        """How much is there, in a sentence."""
        shown = [row for row in self.rows if row.entry]
        left = sum(bool(row.left_out) and not row.entry for row in self.rows)
        caught = sum(bool(row.faults) for row in shown)
        untested = sum(not row.behaviour.upstream for row in shown)
        return (
            f"Of {len(self.rows)} documented behaviours {len(shown)} are shown by a scenario, "
            f"{left} are left out for a reason and {sum(row.missing for row in self.rows)} are "
            f"{NOT_YET} shown. Of those that are shown {caught} are reddened by a fault of the "
            f"sandbox, and {untested} are checked by no test of Kubernetes' own."
        )


def coverage(
    sources: Iterable[Source], faults: Mapping[str, Sequence[str]], runs: Sequence[Verdicts]
) -> Coverage:
    """Bring features, faults (by behaviour) and runs together.

    Raises:
        Misuse: a feature cannot be read.
    """
    shown = {
        entry.scenario.behaviour: (entry, chapter.document.source.uri)
        for chapter in book_of(RunRecord(sources=list(sources))).chapters
        for entry in chapter.entries
    }

    def row(one: Behaviour) -> Row:
        entry, uri = shown.get(one.id, (None, ""))
        ran = [run.statuses.get(one.id, "") for run in runs]
        return Row(one, entry, uri, faults.get(one.id, ()), ran, left_out().get(one.id, ""))

    return Coverage([row(one) for one in behaviours().values()], runs)
