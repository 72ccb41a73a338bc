"""Skipping what a cluster cannot show, before anything acts, and with the reason."""

import pytest

from kubeproof.capability import missing
from kubeproof.plugin.collection import FeatureFile
from kubeproof.plugin.tags import capabilities_in, tags_of


@pytest.fixture(autouse=True)
def capable(request: pytest.FixtureRequest) -> None:
    """Skip a scenario that needs a capability the cluster does not have."""
    item: pytest.Item = request.node
    if not isinstance(item.parent, FeatureFile):
        return
    needed, findings = capabilities_in(tags_of(item)), request.getfixturevalue("findings")
    if lacks := missing(needed, findings):
        pytest.skip("; ".join(lacks))
