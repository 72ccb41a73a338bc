"""Fixtures of the controllers' tests."""

from collections.abc import Iterator

import pytest

from tests.sandbox.controllers.cluster import Cluster


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    made.close()
