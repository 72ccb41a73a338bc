"""``kubeproof doctor``: what this host or a cluster lacks, and what mends it."""

import argparse
import shutil
from collections.abc import Mapping

from kubeproof.capability import MEANING, Finding
from kubeproof.cli.commands import Commands
from kubeproof.options import add_options


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "doctor",
        help="say what this host, or a cluster, lacks",
        description="Try what a sandbox needs, and say what is missing and what mends it. With "
        "--cluster say what that cluster is capable of; nothing is made in it.",
    )
    add_options(parser.add_argument)
    parser.set_defaults(command=doctor, cluster="")


def doctor(arguments: argparse.Namespace) -> int:
    """Print a line for each check; 3 if a sandbox cannot run here.

    Raises:
        Misuse: the kubeconfig or an option cannot be worked with.
        ClusterUnavailable: the cluster is none that scenarios can run in.
        CheckBroken: the API server does not answer.
    """
    if arguments.cluster:
        return _of_cluster(arguments)
    from kubeproof.sandbox.hostcheck import check_host

    checks = check_host()
    for check in checks:
        print(f"{'ok     ' if check.ok else 'MISSING'} {check.name}: {check.detail}")
        if not check.ok and check.remedy:
            print(f"        to mend it: {check.remedy}")
    print(_kubectl())
    return 0 if all(check.ok for check in checks) else 3


def _kubectl() -> str:
    """kubectl is the operator's tool: without it some scenarios are skipped."""
    if path := shutil.which("kubectl"):
        return f"ok      kubectl: {path}"
    return "absent  kubectl: not on the PATH; scenarios with @capability:kubectl are skipped"


def _of_cluster(arguments: argparse.Namespace) -> int:
    from kubeproof.cluster.choose import bring_up, wanted_of_options
    from kubeproof.cluster.facts import facts_of
    from kubeproof.report.run import ClusterFacts
    from kubeproof.report.wording import facts_told

    cluster = bring_up(wanted_of_options(arguments))
    try:
        findings = cluster.findings()
        facts = ClusterFacts.of(facts_of(cluster, findings))
        for name, told in facts_told(facts):
            print(f"{name}: {told}")
        print("\n".join(_capabilities(findings)))
        for quirk in facts.quirks:
            print(f"expect  {quirk.says} ({quirk.reference})")
    finally:
        cluster.close()
    return 0


def _capabilities(findings: Mapping[str, Finding]) -> list[str]:
    """A line for each; what has to be tried out is tried by a run, and only then."""
    unknown = Finding(False, "a run tries it out when a scenario needs it")
    lines: list[str] = []
    for name, meaning in MEANING.items():
        finding = findings.get(name, unknown)
        mark = "ok     " if finding.present else "absent "
        lines.append(f"{'?      ' if finding is unknown else mark} {name}: {finding.reason}")
        if not finding.present:
            lines.append(f"        without it, what needs this is skipped: {meaning}")
    return lines
