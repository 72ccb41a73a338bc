"""The options of a run on pytest's command line."""

import argparse
import shlex
from pathlib import Path

import pytest

from kubeproof import faults
from kubeproof.cluster.choose import Wanted, kind_of, wanted_of_options
from kubeproof.errors import Misuse
from kubeproof.options import add_options, arguments_of
from kubeproof.plugin.results import Results
from kubeproof.plugin.tags import MARKERS, expression_of
from kubeproof.waiting import CLUSTER, overridden


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add kubeproof's options to pytest's."""
    add_options(parser.getgroup("kubeproof", "Kubernetes Services (kubeproof)").addoption)


def wanted_of(config: pytest.Config) -> Wanted:
    """The cluster that the options ask for."""
    return wanted_of_options(config.option)


def check(option: argparse.Namespace) -> str:
    """The kind of cluster that will be brought up, if the options make sense so far.

    Raises:
        Misuse: the cluster kind, a budget, a fault or the tag expression is none.
    """
    wanted = wanted_of_options(option)
    overridden(CLUSTER, list(wanted.budgets))
    faults.check(wanted.faults)
    expression_of(option.tags)
    return kind_of(wanted)


def pytest_configure(config: pytest.Config) -> None:
    """Check what can be checked at once, register the tags, and start to listen to results.

    Raises:
        pytest.UsageError: an option makes no sense.
    """
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    try:
        kind = check(config.option)
    except Misuse as error:
        raise pytest.UsageError(str(error)) from error
    if not hasattr(config, "workerinput"):  # the controller of a parallel run writes the reports
        results = Results(Path(config.option.report), kind, config.rootpath)
        results.command = _command(config.option)
        results.workers = int(getattr(config.option, "numprocesses", None) or 1)
        config.pluginmanager.register(results, "kubeproof-results")


def _command(option: argparse.Namespace) -> str:
    """The command that makes such a run again; what only this machine knows is left out."""
    own = ("--kubeconfig=", "--context=", "--report=", "--api-port=")
    given = [one for one in arguments_of(option) if not one.startswith(own)]
    return shlex.join(["kubeproof", "run", *given])
