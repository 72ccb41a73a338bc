"""A booted cluster for the tests of the sandbox, and a client of its API in twenty lines."""

from collections.abc import Generator

import pytest

from kubeproof.sandbox.client import Sandbox
from tests.sandbox.rest import Rest


@pytest.fixture(scope="session")
def sandbox() -> Generator[Sandbox]:
    """One cluster for the whole run: leave it as you found it, best in a namespace of your own."""
    with Sandbox.start() as started:
        yield started


@pytest.fixture(scope="module")
def fresh_sandbox() -> Generator[Sandbox]:
    """A cluster which only the tests of one module have touched."""
    with Sandbox.start() as started:
        yield started


@pytest.fixture(scope="session")
def rest(sandbox: Sandbox) -> Rest:
    """The API of the shared cluster."""
    return Rest(sandbox.api_url, sandbox.token)


@pytest.fixture(scope="module")
def fresh_rest(fresh_sandbox: Sandbox) -> Rest:
    """The API of the module's own cluster."""
    return Rest(fresh_sandbox.api_url, fresh_sandbox.token)
