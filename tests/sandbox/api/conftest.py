from collections.abc import Generator

import httpx
import pytest

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
from tests.sandbox.api.running import TOKEN, RunningAPI, new_registry, running_api


@pytest.fixture
def registry() -> Registry:
    """An empty cluster but for the namespace default."""
    return new_registry()


@pytest.fixture(scope="session")
def schema() -> Schema:
    return Schema.load()


@pytest.fixture
def api() -> Generator[RunningAPI]:
    """An API server for one test."""
    with running_api() as running:
        yield running


@pytest.fixture
def http(api: RunningAPI) -> Generator[httpx.Client]:
    """A client which the server knows."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=api.url, headers=headers, trust_env=False, timeout=10) as client:
        yield client
