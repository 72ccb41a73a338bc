"""How long a sandbox takes to boot and to end, and where the time goes.

    python benchmarks/boot.py [RUNS]

Each run boots one cluster as a test run does, asks its API whether it is ready, and closes it.
Printed are medians, with the least and the most beside them, and the load of the machine.
"""

import os
import statistics
import sys
import time
import urllib.request
from collections.abc import Sequence

from kubeproof.sandbox.client import Sandbox

RUNS = 15


def measured() -> dict[str, float]:
    """Seconds by what they were spent on, for one sandbox."""
    began = time.perf_counter()
    sandbox = Sandbox.start()
    booted = time.perf_counter()
    with urllib.request.urlopen(f"{sandbox.api_url}/readyz") as answer:
        assert answer.status == 200
    ready = time.perf_counter()
    taken = {f"  {phase}": seconds for phase, seconds in sandbox.boot_phases.items()}
    sandbox.settled()
    settled = time.perf_counter()
    for _ in range(100):
        sandbox.socket("outside").close()
    handed = time.perf_counter()
    sandbox.close()
    closed = time.perf_counter()
    return {
        "boot": booted - began,
        **taken,
        "first answer of /readyz": ready - booted,
        "everything settled after that": settled - ready,
        "socket in a namespace": (handed - settled) / 100,
        "close": closed - handed,
    }


def line(name: str, seconds: Sequence[float]) -> str:
    """One row of the report, in milliseconds."""
    shown = (statistics.median(seconds), min(seconds), max(seconds))
    return f"{name:32}" + "".join(f"{1000 * number:9.2f}" for number in shown)


def main(runs: int) -> None:
    """Run and print."""
    print(f"load before: {os.getloadavg()[0]:.2f}, {os.cpu_count()} processors, {runs} runs")
    taken = [measured() for _ in range(runs)]
    print(f"{'milliseconds':32}{'median':>9}{'least':>9}{'most':>9}")
    for name in taken[0]:
        print(line(name, [run[name] for run in taken]))
    print(f"load after: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
