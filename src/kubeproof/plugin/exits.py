"""How a run ends, for CI: one number for each sort of end."""

from collections.abc import Mapping

import pytest

from kubeproof.cluster.run import LeftBehind
from kubeproof.errors import ClusterUnavailable, Misuse

GREEN = 0
BROKEN_PROMISE = 1  # at least one scenario failed
MISUSE = 2  # options, paths, features or manifests that cannot be worked with
NO_CLUSTER = 3  # no cluster could be had
BROKEN_CHECK = 4  # no scenario failed, and at least one check could not be carried out
NOTHING_RAN = 5  # no scenario was selected
INTERRUPTED = 130  # Ctrl-C, as shells have it

_OF_PYTEST: Mapping[pytest.ExitCode, int] = {
    pytest.ExitCode.INTERRUPTED: INTERRUPTED,
    pytest.ExitCode.INTERNAL_ERROR: BROKEN_CHECK,
    pytest.ExitCode.USAGE_ERROR: MISUSE,
    pytest.ExitCode.NO_TESTS_COLLECTED: NOTHING_RAN,
}

_OF_ERROR: Mapping[type[BaseException], int] = {
    Misuse: MISUSE,
    ClusterUnavailable: NO_CLUSTER,
    LeftBehind: BROKEN_CHECK,
}


def of_pytest(status: int) -> int:
    """The number for an end that pytest chose; one that was chosen here already stays.

    pytest's own numbers mean something else: its 2 is Ctrl-C, its 4 misuse.
    """
    if isinstance(status, pytest.ExitCode):
        return _OF_PYTEST.get(status, int(status))
    return status


def of_error(error: BaseException | None) -> int | None:
    """The number for an error that says nothing of a scenario, but that the run cannot be."""
    return next((code for kind, code in _OF_ERROR.items() if isinstance(error, kind)), None)
