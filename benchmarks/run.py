"""What a user waits for: from the command to the first scenario, and for the whole suite.

    python benchmarks/run.py [RUNS]

Printed are medians, with the least and the most beside them.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from kubeproof.cluster.embedded import SandboxCluster
from kubeproof.cluster.nodes import all_nodes
from kubeproof.cluster.workload import Workload
from kubeproof.manifest import Manifest
from kubeproof.probing import Outcome, Target
from kubeproof.sandbox.client import Options

RUNS = 5
CONNECTIONS = 300
KUBEPROOF = [sys.executable, "-m", "kubeproof"]


def until_first_step() -> float:
    """Seconds from the command to the end of the first step, with the cluster up by then."""
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "moment"
        here = {"KUBEPROOF_FIRST_STEP": str(note), "PYTHONPATH": str(Path.cwd())}
        arguments = ["run", "--tags", "@cip-01", "--report", folder, "--", "-p"]
        began = time.time()
        subprocess.run(
            [*KUBEPROOF, *arguments, "benchmarks.first_step"],
            check=True,
            env=os.environ | here,
            capture_output=True,
        )
        return float(note.read_text(encoding="utf-8")) - began


def whole_suite() -> float:
    """Seconds for every scenario, one worker."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run([*KUBEPROOF, "run", "--report", folder], check=True, capture_output=True)
        return time.perf_counter() - began


def connections() -> list[float]:
    """Seconds for a new connection from outside through a node port, asked and answered."""
    cluster = SandboxCluster(Options())
    try:
        manifest = Manifest.load(Path("manifests/nodeport/node_port.yaml"))
        workload = Workload(cluster.api, "default", manifest, {}, cluster.budgets)
        service = workload.create_service("svc-2").service
        nodes = all_nodes(cluster.api)
        workload.start_pods("pod-1", node=nodes[0])
        target = Target("the node port", nodes[1].address, service.port.node_port)
        cluster.outside.ask(target, 20)
        sample = cluster.outside.ask(target, CONNECTIONS)
        assert all(one.outcome is Outcome.ANSWERED for one in sample)
        return [one.seconds for one in sample]
    finally:
        cluster.close()


def line(name: str, seconds: Sequence[float], unit: float = 1.0, word: str = "s") -> str:
    """One row of the report."""
    shown = (statistics.median(seconds), min(seconds), max(seconds))
    return f"{name:44}" + "".join(f"{number / unit:9.2f}" for number in shown) + f" {word}"


def main(runs: int) -> None:
    """Run and print."""
    print(f"{'':44}{'median':>9}{'least':>9}{'most':>9}")
    first = [until_first_step() for _ in range(runs)]
    print(line("kubeproof run until the first step passed", first))
    print(line("the whole suite, one worker", [whole_suite() for _ in range(max(1, runs // 2))]))
    print(line("new connection through a node port", connections(), 0.001, "ms"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
