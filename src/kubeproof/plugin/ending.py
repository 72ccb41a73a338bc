"""When a run ends before its last scenario: where every other would only end in the same way."""

import pytest

from kubeproof.cluster.rejected import ApiUnanswered, Rejected
from kubeproof.cluster.run import Run
from kubeproof.errors import ClusterUnavailable
from kubeproof.plugin.facts import CLUSTER

RUN = pytest.StashKey[Run]()
PATIENCE = 5.0
"""Seconds within which an API server that hung up has to answer again."""


def why(error: BaseException, config: pytest.Config) -> str:
    """Why nothing more can be asked after this error; empty where the next scenario may try."""
    unknown = isinstance(error, Rejected) and error.unknown_user
    if unknown or isinstance(error, ClusterUnavailable):
        return str(error)
    cluster = config.stash.get(CLUSTER, None)
    if isinstance(error, ApiUnanswered) and cluster and not cluster.api.answers(PATIENCE):
        return str(error)
    return ""


def will_be_told(config: pytest.Config) -> bool:
    """Whether the run's end will find that it cannot take away what it made, and say why."""
    cluster, run = config.stash.get(CLUSTER, None), config.stash.get(RUN, None)
    return bool(cluster and run and run.count and not cluster.disposable)
