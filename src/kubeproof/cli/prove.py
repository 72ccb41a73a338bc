"""``kubeproof prove``: show of every scenario that it can fail, and for the right reason.

On sandboxes that is so for the whole suite. On other clusters, whose nodes are broken and mended
again, it is shown of the scenarios that must notice what can be done to a node.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kubeproof.cli.commands import Commands
from kubeproof.cluster.choose import Wanted
from kubeproof.errors import Misuse
from kubeproof.options import add_options, arguments_of

if TYPE_CHECKING:
    from kubeproof.faults.proof import Progress, Proof

WORKERS_PER_CORE = 3
"""Trials mostly wait for connections that nobody answers."""
QUIET_SECONDS = 5.0
SANDBOX = "sandbox"
# A run leaves slow scenarios out unless they are named; a sandbox is fast, and they need proof too.
EVERY_SCENARIO = "@slow or @disruptive or not @slow"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "prove",
        help="show that every scenario can fail",
        description="Run each behaviour under every fault that it must notice, on sandboxes, or "
        "with --cluster by breaking the nodes of that cluster and mending them again.",
        usage="kubeproof prove [PATHS] [options]",
        conflict_handler="resolve",  # what is said of --fault here is not what run says of it
    )
    parser.add_argument("paths", nargs="*", metavar="PATHS", help="features or folders of them")
    add_options(parser.add_argument)
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
    parser.add_argument(
        "--allow-disruption",
        action="store_true",
        help="break nodes of the kubeconfig's cluster: its other users are disturbed too",
    )
    parser.set_defaults(command=prove)


def prove(arguments: argparse.Namespace) -> int:
    """Carry out the proof; 0 if it holds, 1 if not.

    Raises:
        Misuse: an option, a path, a fault or a feature that cannot be worked with.
        ClusterUnavailable: no sandbox could be had.
    """
    from kubeproof.cli.run import default_features, existing
    from kubeproof.cluster.choose import kind_of
    from kubeproof.faults import faults_of, named
    from kubeproof.faults.plan import plan
    from kubeproof.faults.proof import Proving, behaviours_of
    from kubeproof.faults.workers import ON_NODES, ON_SANDBOX

    kind = kind_of(Wanted(kind=arguments.cluster))
    _refuse(arguments, kind)
    paths = [existing(path) for path in arguments.paths] or [default_features()]
    chosen = [named(name, kind) for name in arguments.fault] or list(faults_of(kind).values())
    command = [sys.executable, "-m", "kubeproof.plugin.trials", *_options(arguments, kind), *paths]
    behaviours = asyncio.run(behaviours_of(command))
    some = bool(arguments.fault) or kind != SANDBOX
    whole = not (arguments.paths or arguments.tags or arguments.fault)
    wanted = plan(behaviours, chosen, every=arguments.all, some=some, whole=whole)
    if not wanted.trials:
        raise Misuse("no behaviour of these features has to notice such a fault")
    workers = _workers(arguments.workers, kind)
    print(
        f"{len(wanted.behaviours)} behaviours, {len(wanted.faults)} faults, "
        f"{len(wanted.trials)} trials, " + _where(kind, workers)
    )
    terms = ON_SANDBOX if kind == SANDBOX else ON_NODES
    proving = Proving(wanted, command, workers, Ticker().tell, cluster=kind, terms=terms)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: all is given back
    proof = asyncio.run(proving.prove())
    _tell(proof, Path(arguments.report))
    return 0 if proof.holds else 1


def _refuse(arguments: argparse.Namespace, kind: str) -> None:
    if arguments.workers < 0:
        raise Misuse(f"--workers takes a number above zero, not {arguments.workers}")
    if kind == "kubeconfig" and not arguments.allow_disruption:
        raise Misuse(
            "prove breaks nodes of the cluster, and disturbs whoever else uses it; if that may be, "
            "say --allow-disruption"
        )
    if kind != SANDBOX and arguments.workers > 1:
        raise Misuse("--workers is for sandboxes: two faults at once on one cluster show nothing")


def _options(arguments: argparse.Namespace, kind: str) -> list[str]:
    """What a worker is told of the cluster; faults are switched on by request."""
    tags = arguments.tags or (EVERY_SCENARIO if kind == SANDBOX else "")
    changed: dict[str, object] = {"cluster": kind, "fault": [], "tags": tags}
    given = argparse.Namespace(**{**vars(arguments), **changed})
    return arguments_of(given)


def _workers(wanted: int, kind: str) -> int:
    if kind != SANDBOX:
        return 1
    return wanted or WORKERS_PER_CORE * (os.cpu_count() or 1)


def _where(kind: str, workers: int) -> str:
    return f"{workers} sandboxes at a time" if kind == SANDBOX else f"nodes of {kind}"


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
    for fault, why in proof.not_done.items():
        print(f"\nnot done: {fault}: {why}")
    if proof.plan.not_yet and not proof.plan.whole:
        print(f"\n{len(proof.plan.not_yet)} other faults are nothing to these features")
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
