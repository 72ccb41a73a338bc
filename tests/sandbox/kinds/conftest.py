"""Fixtures for tests of the kinds' rules."""

import pytest

from kubeproof.sandbox.api.schema import Schema
from tests.sandbox.kinds.cluster import Cluster


@pytest.fixture(scope="session")
def schema() -> Schema:
    return Schema.load()


@pytest.fixture
def cluster(schema: Schema) -> Cluster:
    return Cluster(schema)
