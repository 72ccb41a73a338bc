"""How long the reports of a large run take, and how big its page is.

    python benchmarks/report.py [SCENARIOS]

The record is made up: each scenario has eight steps, three Pods, a Service, and 120 connections
of six sorts, as a large real one has; of those that failed there is evidence. Printed are the size
of the page, and medians of the times that the page and the whole folder of reports take.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kubeproof.inventory import behaviours
from kubeproof.report.book import book_of
from kubeproof.report.page import page
from kubeproof.report.record import (
    Evidence,
    PodRecord,
    ScenarioRecord,
    Seen,
    ServiceRecord,
    StepRecord,
)
from kubeproof.report.run import ClusterFacts, NodeFacts, RunRecord
from kubeproof.report.sources import Source
from kubeproof.report.written import write

SCENARIOS, IN_A_FEATURE, RUNS = 250, 6, 5
STEPS = (
    'Given Service "svc-2"',
    'And Pods "pod-1" and "pod-2" on the first node',
    'And Pod "pod-3" on the second node',
    "And a client outside the cluster is answered at the node port of the first node",
    "When a client outside the cluster connects to the node port of every node",
    "Then every Pod of the Service answers some of the connections",
    "And a Pod on the second node that connects to the ClusterIP is answered by the Pods",
    "And no connection is refused",
)
EVIDENCE = Evidence("evidence/np-02-27.txt", "-- node-1\n" + "a rule of a node\n" * 1800)  # 30 kB
MANIFEST = "\n".join(f"# line {number} of a manifest, as long as most" for number in range(90))


def made_up(scenarios: int) -> RunRecord:
    """The record of a run that never was."""
    nodes = [NodeFacts(f"node-{n}", [f"172.30.0.1{n}"], f"zone-{n}") for n in (1, 2, 3)]
    run = RunRecord({"kubeproof": "0"}, ClusterFacts("sandbox", "v1.36.2", nodes=nodes))
    ids = list(behaviours())
    for first in range(0, scenarios, IN_A_FEATURE):
        uri = f"features/area_{first % 7}/feature_{first}.feature"
        lines = [f"Feature: Feature {first}", "  " + "Prose of some length. " * 20, ""]
        for number in range(first, min(first + IN_A_FEATURE, scenarios)):
            lines += ["", f"  @{ids[number % len(ids)]}", f"  Scenario: What number {number} shows"]
            run.scenarios.append(_record(number, uri, len(lines), ids[number % len(ids)]))
            lines += [f"    {step}" for step in STEPS]
        text = "\n".join(lines) + "\n"
        run.sources.append(Source(uri, text, uri.replace("feature", "manifest"), MANIFEST))
    return run


def _record(number: int, uri: str, line: int, behaviour: str) -> ScenarioRecord:
    steps = [
        StepRecord(keyword, text, line + 1 + place, "passed", 0.1 * place, 0.1)
        for place, (keyword, _, text) in enumerate(step.partition(" ") for step in STEPS)
    ]
    status = ("passed", "failed", "skipped")[number % 3 if number % 10 == 0 else 0]
    steps[5].seen, steps[5].converged = list(_seen()), 0.02
    return ScenarioRecord(
        behaviour,
        "Feature",
        uri,
        "",
        f"What number {number} shows",
        line,
        [behaviour, "core"],
        status,
        seconds=0.5,
        steps=steps,
        pods=[PodRecord(f"pod-{n}", f"node-{n}", f"10.244.{n}.7") for n in (1, 2, 3)],
        services=[ServiceRecord("svc-2", "NodePort", "10.96.1.1", ["9000 → 8080"], "Local")],
        started="2026-01-01T00:00:00.000Z",
        evidence=EVIDENCE if status == "failed" else None,
    )


def _seen() -> list[Seen]:
    outside = "a client outside the cluster (172.30.0.254)"
    doors = [(f"the node port of node-{n}", f"172.30.0.1{n}:30000") for n in (1, 2, 3)]
    answered = [
        Seen(outside, door, at, "answered", f"pod-{n}", "172.30.0.254", f"node-{n}", "", 20, 0.01)
        for door, at in doors[:2]
        for n in (1, 2)
    ]
    door, at = doors[2]
    lost = Seen(outside, door, at, "timed out", detail="timed out", times=20, slowest=1.0)
    return [*answered, lost, Seen(outside, door, at, "refused", times=20)]


def _timed(what: Callable[[], object]) -> float:
    taken: list[float] = []
    for _ in range(RUNS):
        started = time.perf_counter()
        what()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> int:
    """Print the figures."""
    scenarios = int(sys.argv[1]) if len(sys.argv) > 1 else SCENARIOS
    run = made_up(scenarios)
    size = len(page(book_of(run)).encode())
    print(f"page of {scenarios} scenarios: {size / 2**20:.2f} MiB")
    print(f"  made in {_timed(lambda: page(book_of(run))):.3f} s, reading the features included")
    with tempfile.TemporaryDirectory() as folder:
        print(f"every report written in {_timed(lambda: write(Path(folder), run)):.3f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
