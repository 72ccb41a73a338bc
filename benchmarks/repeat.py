"""The suite again and again on one cluster: how long it takes, and whether it is ever falsely red.

    python benchmarks/repeat.py RUNS [arguments of kubeproof run]
    python benchmarks/repeat.py 20 --cluster kubeconfig --tags @seed

Each run is a line: seconds of wall clock from the command to its end, how many behaviours ended in
which way, and which of them did not pass. The cluster is taken to be well, so that whatever is
red, or could not be told, is a false red. The exit code is 1 if there was any.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kubeproof.errors import Misuse
from kubeproof.report.record import ScenarioRecord
from kubeproof.report.run import RunRecord

RUN = (sys.executable, "-m", "kubeproof", "run")
RED = ("failed", "broken")


@dataclass(frozen=True)
class Ended:
    """One run: how long it took, and how its scenarios ended."""

    code: int
    seconds: float
    scenarios: Sequence[ScenarioRecord]

    @property
    def red(self) -> list[str]:
        """What did not pass, with the reason's first line."""
        found = [one for one in self.scenarios if one.status in RED]
        return [
            f"{one.behaviour} {one.status}: {one.reason.partition(chr(10))[0]}" for one in found
        ]

    @property
    def is_red(self) -> bool:
        """Whether it told of anything wrong, or did not come to tell anything."""
        return bool(self.red) or self.code != 0 or not self.scenarios

    def __str__(self) -> str:
        counted = Counter(str(one.status) for one in self.scenarios)
        told = ", ".join(f"{count} {status}" for status, count in counted.most_common())
        load = f"load {os.getloadavg()[0]:.2f}"
        return "; ".join([f"{self.seconds:6.1f} s", told or "nothing ran", load, *self.red])


def ran(arguments: Sequence[str], report: Path) -> Ended:
    """Run the suite once."""
    began = time.perf_counter()
    done = subprocess.run(
        [*RUN, "--report", str(report), *arguments], check=False, capture_output=True, text=True
    )
    seconds = time.perf_counter() - began
    try:
        scenarios = RunRecord.load(report).scenarios
    except Misuse:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
        scenarios = []
    return Ended(done.returncode, seconds, scenarios)


def main(runs: int, arguments: Sequence[str]) -> int:
    """Run, print a line each, and what it comes to."""
    ended: list[Ended] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, runs + 1):
            ended.append(ran(arguments, Path(folder) / str(number)))
            print(f"{number:3} {ended[-1]}", flush=True)
    wall = [one.seconds for one in ended]
    red = sum(one.is_red for one in ended)
    shown = (min(wall), statistics.median(wall), max(wall))
    print(f"{runs} runs: wall min/median/max " + "/".join(f"{one:.1f}" for one in shown) + " s")
    print(f"{red} runs with false reds, {sum(len(one.red) for one in ended)} scenarios")
    return 1 if red else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1].isdecimal() or int(sys.argv[1]) < 1:
        sys.exit(__doc__)
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
