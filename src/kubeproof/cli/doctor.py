"""``kubeproof doctor``: can this host run a sandbox, and what mends it if not."""

import argparse
import shutil

from kubeproof.cli.commands import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "doctor",
        help="say what this host lacks",
        description="Try what a sandbox needs, and say what is missing and what mends it.",
    )
    parser.set_defaults(command=doctor)


def doctor(_: argparse.Namespace) -> int:
    """Print a line for each check; 3 if a sandbox cannot run here."""
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
