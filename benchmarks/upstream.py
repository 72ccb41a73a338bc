"""How long Kubernetes' own e2e tests take for the promises that kubeproof's scenarios show.

    python benchmarks/upstream.py --e2e e2e.test --kubeconfig FILE [--workers N] [--all]

Both run on the same cluster, one after the other. Upstream's tests are those that the table of
behaviours names and marks as Conformance, with --all every one it names; kubeproof runs the
behaviours beside them in the table, and then its whole suite. Upstream's binary runs its tests one
after the other. Areas are the letters of the behaviours' ids; a test that stands for several
areas is counted with the first.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubeproof.inventory import Behaviour, behaviours

KUBEPROOF = [sys.executable, "-m", "kubeproof"]
PASSED = "passed"


@dataclass
class Side:
    """What one of the two did, by area."""

    wall: float = 0.0
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    tests: Counter[str] = field(default_factory=Counter[str])
    not_passed: list[str] = field(default_factory=list[str])

    def add(self, area: str, name: str, seconds: float, state: str) -> None:
        """Count one test; what was skipped counts for nothing."""
        if state == "skipped":
            return
        self.tests[area] += 1
        self.seconds[area] += seconds
        if state != PASSED:
            self.not_passed.append(name)


def area_of(behaviour: str) -> str:
    """``np`` of ``np-03``."""
    return behaviour.partition("-")[0]


def wanted(everything: bool) -> list[Behaviour]:
    """The behaviours that upstream tests, by Conformance tests or by any."""
    return [
        one for one in behaviours().values() if one.upstream and (everything or one.conformance)
    ]


def areas_of_titles(chosen: Iterable[Behaviour]) -> dict[str, str]:
    """The area that each of upstream's titles is counted with."""
    found: dict[str, str] = {}
    for one in chosen:
        for title in one.upstream:
            found.setdefault(title, area_of(one.id))
    return found


def upstream(e2e: str, kubeconfig: str, titles: Mapping[str, str], mark: str) -> Side:
    """Run Kubernetes' own tests of these titles which carry the mark."""
    side = Side()
    either = (rf"\[sig-(?:network|node)\].* {re.escape(title)}.*{mark}" for title in titles)
    focus = "|".join(either)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [e2e, f"--kubeconfig={kubeconfig}", "--provider=skeleton"]
        command += [f"--ginkgo.focus={focus}", f"--ginkgo.json-report={report}"]
        began = time.perf_counter()
        subprocess.run(command, check=False, capture_output=True)
        side.wall = time.perf_counter() - began
        specs = json.loads(report.read_text(encoding="utf-8"))[0]["SpecReports"]
    for spec in specs:
        _count(side, spec, titles)
    return side


def _count(side: Side, spec: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    text = spec.get("LeafNodeText", "")
    title = next((one for one in titles if text.startswith(one)), "")
    if title and spec["State"] != "pending":
        side.add(titles[title], text, spec["RunTime"] / 1e9, spec["State"])


def kubeproof(kubeconfig: str, workers: int, ids: Collection[str] = ()) -> Side:
    """Run the scenarios of these behaviours, or of all."""
    side = Side()
    with tempfile.TemporaryDirectory() as folder:
        command = [*KUBEPROOF, "run", "--cluster", "kubeconfig", "--kubeconfig", kubeconfig]
        command += ["--report", folder]
        command += ["--tags", " or ".join(f"@{one}" for one in ids)] if ids else []
        command += ["--", "-n", str(workers)] if workers > 1 else []
        began = time.perf_counter()
        subprocess.run(command, check=False, capture_output=True)
        side.wall = time.perf_counter() - began
        for case in ET.parse(Path(folder) / "junit.xml").iter("testcase"):
            _count_case(side, case)
    return side


def _count_case(side: Side, case: ET.Element) -> None:
    ids = [p.get("value", "") for p in case.iter("property") if p.get("name") == "behaviour"]
    bad = case.find("failure") is not None or case.find("error") is not None
    state = "skipped" if case.find("skipped") is not None else "failed" if bad else PASSED
    side.add(area_of(ids[0]), ids[0], float(case.get("time", "0")), state)


def table(theirs: Side, ours: Side) -> str:
    """Seconds by area, side by side."""
    lines = [
        "area    upstream           kubeproof",
        "        tests  seconds     scenarios  seconds",
    ]
    for area in sorted(theirs.tests | ours.tests):
        lines.append(
            f"{area:<8}{theirs.tests[area]:>5}{theirs.seconds[area]:>9.1f}"
            f"{ours.tests[area]:>14}{ours.seconds[area]:>9.1f}"
        )
    lines.append(
        f"{'all':<8}{theirs.tests.total():>5}{sum(theirs.seconds.values()):>9.1f}"
        f"{ours.tests.total():>14}{sum(ours.seconds.values()):>9.1f}"
    )
    lines.append(f"{'wall':<8}{theirs.wall:>14.1f}{ours.wall:>23.1f}")
    return "\n".join(lines)


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--e2e", required=True, help="Kubernetes' e2e.test of the cluster's version"
    )
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--workers", type=int, default=1, help="workers of kubeproof (default: 1)")
    parser.add_argument("--all", action="store_true", help="not Conformance tests only")
    asked = parser.parse_args()
    chosen, mark = wanted(asked.all), "" if asked.all else r"\[Conformance\]"
    theirs = upstream(asked.e2e, asked.kubeconfig, areas_of_titles(chosen), mark)
    ours = kubeproof(asked.kubeconfig, asked.workers, [one.id for one in chosen])
    print(table(theirs, ours))
    whole = kubeproof(asked.kubeconfig, asked.workers)
    print(f"kubeproof's whole suite: {whole.tests.total()} scenarios in {whole.wall:.1f} s")
    for name, side in (("upstream", theirs), ("kubeproof", ours), ("whole suite", whole)):
        print(f"not passed, {name}: {', '.join(side.not_passed) or 'none'}")


if __name__ == "__main__":
    main()
