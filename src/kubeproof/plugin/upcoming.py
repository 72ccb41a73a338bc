"""What comes next: Pods are started, or left as they are, for scenarios that are about to run."""

import re
from pathlib import Path

import pytest

from kubeproof.errors import Misuse
from kubeproof.manifest import Manifest
from kubeproof.plugin.collection import FeatureFile
from kubeproof.plugin.recording import example_of

FEATURES, MANIFESTS = "features", "manifests"
NEXT = pytest.StashKey[pytest.Item | None]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Remember which test follows; a worker of a parallel run knows its own next one."""
    item.stash[NEXT] = nextitem


def manifest_of(feature: Path) -> Manifest:
    """The manifest of a feature: the same path and stem under ``manifests``.

    Raises:
        Misuse: there is none, or it cannot be read.
    """
    root = next((p for p in feature.parents if p.name == FEATURES), feature.parent)
    relative = feature.relative_to(root).with_suffix(".yaml")
    return Manifest.load(root.parent / MANIFESTS / relative)


def manifest_after(item: pytest.Item) -> Manifest | None:
    """The manifest of the scenario that follows; none where none does, or it has no manifest."""
    following = item.stash.get(NEXT, None)
    if following is None or not isinstance(following.parent, FeatureFile):
        return None
    try:
        return manifest_of(following.path)
    except Misuse:  # that scenario will say so
        return None


def named_in_givens(item: pytest.Item) -> frozenset[str]:
    """Every name that the Givens of a scenario quote, such as ``pod-1``."""
    assert isinstance(item.parent, FeatureFile)
    steps = item.parent.template_of(item).render(example_of(item)).steps
    return frozenset(
        name
        for step in steps
        if step.type == "given"
        for name in re.findall('"([^"]+)"', step.name)
    )
