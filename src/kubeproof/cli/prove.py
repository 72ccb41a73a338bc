"""``kubeproof prove``: show of every scenario that it can fail, and for the right reason."""

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kubeproof.cli.commands import Commands
from kubeproof.errors import Misuse

if TYPE_CHECKING:
    from kubeproof.faults.proof import Progress, Proof

WORKERS_PER_CORE = 3
"""Trials mostly wait for connections that nobody answers."""
QUIET_SECONDS = 5.0


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "prove",
        help="show that every scenario can fail",
        description="Run each behaviour under every fault that it must notice, on sandboxes.",
        usage="kubeproof prove [PATHS] [options]",
    )
    parser.add_argument("paths", nargs="*", metavar="PATHS", help="features or folders of them")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="only this fault, and the behaviours that must notice it; may be given again",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="every fault against every behaviour, also where nothing needs to be noticed",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=0,
        metavar="N",
        help=f"sandboxes at a time (default: {WORKERS_PER_CORE} for each core)",
    )
    parser.add_argument("--report", default="report", metavar="DIR", help="where reports go")
    parser.set_defaults(command=prove)


def prove(arguments: argparse.Namespace) -> int:
    """Carry out the proof; 0 if it holds, 1 if not.

    Raises:
        Misuse: an option, a path, a fault or a feature that cannot be worked with.
        ClusterUnavailable: no sandbox could be had.
    """
    from kubeproof.cli.run import default_features, existing
    from kubeproof.faults import FAULTS, named
    from kubeproof.faults.plan import plan
    from kubeproof.faults.proof import Proving, behaviours_of

    if arguments.workers < 0:
        raise Misuse(f"--workers takes a number above zero, not {arguments.workers}")
    paths = [existing(path) for path in arguments.paths] or [default_features()]
    chosen = [named(name) for name in arguments.fault] or list(FAULTS.values())
    command = [sys.executable, "-m", "kubeproof.plugin.trials", *paths]
    behaviours = asyncio.run(behaviours_of(command))
    wanted = plan(behaviours, chosen, every=arguments.all, one=bool(arguments.fault))
    if not wanted.trials:
        raise Misuse("no behaviour of these features has to notice that fault")
    workers = arguments.workers or WORKERS_PER_CORE * (os.cpu_count() or 1)
    print(
        f"{len(wanted.behaviours)} behaviours, {len(wanted.faults)} faults, "
        f"{len(wanted.trials)} trials, {workers} sandboxes at a time"
    )
    proving = Proving(wanted, command, workers, Ticker().tell)
    proof = asyncio.run(proving.prove())
    _tell(proof, Path(arguments.report))
    return 0 if proof.holds else 1


class Ticker:
    """Progress: one line that changes in a terminal, now and then a line elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._told = time.monotonic()

    def tell(self, progress: "Progress") -> None:
        """A trial has ended."""
        text = (
            f"{progress.done} of {progress.total}, about {progress.left:.0f} s left: "
            f"{progress.last} {progress.verdict}"
        )
        last = progress.done == progress.total
        if self._live:
            print(f"\r\x1b[K{text}", end="\n" if last else "", flush=True)
        elif last or time.monotonic() - self._told >= QUIET_SECONDS:
            self._told = time.monotonic()
            print(text, flush=True)


def _tell(proof: "Proof", folder: Path) -> None:
    from kubeproof.faults import matrix
    from kubeproof.faults.page import page
    from kubeproof.faults.written import record

    print("\n" + "\n\n".join(matrix.blocks(proof)))
    print(f"\n{matrix.LEGEND}")
    if proof.plan.not_yet:
        names = ", ".join(fault.name for fault in proof.plan.not_yet)
        print(f"\nnot yet: no feature here has to notice {names}")
    for complaint in matrix.complaints(proof):
        print(f"\n✗ {complaint}")
    print(f"\n{matrix.summary(proof)}")
    written = record(proof)
    _write(folder / "prove.json", json.dumps(written, ensure_ascii=False, indent=1) + "\n")
    _write(folder / "prove.html", page(written))
    print(f"reports: {folder}/prove.json and prove.html")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"cannot write {path}: {error.strerror}") from error
