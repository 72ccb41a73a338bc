"""Runs on somebody's cluster that are broken off: what they made goes, or is found by the next."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeproof.cluster.api import Api, configuration_of
from kubeproof.sandbox.client import Options, Sandbox
from tests.cli import console
from tests.cli.console import KUBEPROOF
from tests.cli.test_sandbox_runs import project
from tests.plugin.project import scenario


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox.start(Options(nodes=1))
    yield made
    made.close()


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> str:
    path = tmp_path / "config"
    path.write_text(sandbox.kubeconfig())
    return str(path)


def left(sandbox: Sandbox) -> list[str]:
    """Namespaces of runs that are there and not going."""
    api = Api(configuration_of(text=sandbox.kubeconfig()))
    objects = [obj["metadata"] for obj in api.list("Namespace")]
    api.close()
    there = [one["name"] for one in objects if "deletionTimestamp" not in one]
    return [name for name in there if name.startswith("kubeproof-")]


def broken_off(number: signal.Signals, config: str, home: Path) -> int:
    """The exit code of a run that waits in a step and then is sent a signal."""
    steps = ['Given Service "svc-1"', 'And Pod "pod-1" on the first node', "Then it waits"]
    project(home, scenario("One that waits", *steps))
    command = (*KUBEPROOF, "run", "--cluster=kubeconfig", f"--kubeconfig={config}")
    with console.started(*command, home=home) as process:
        if number is signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        process.communicate(timeout=console.SECONDS)
    return process.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_takes_its_namespaces_with_it(
    number: signal.Signals, sandbox: Sandbox, config: str, tmp_path: Path
) -> None:
    assert broken_off(number, config, tmp_path) == 130
    assert left(sandbox) == []


def test_what_a_killed_run_leaves_is_told_by_clean_and_removed(
    sandbox: Sandbox, config: str, tmp_path: Path
) -> None:
    assert broken_off(signal.SIGKILL, config, tmp_path) == -signal.SIGKILL
    names = left(sandbox)
    assert len(names) == 2
    none = {"DOCKER_HOST": f"unix://{tmp_path}/none"}
    spared = console.kubeproof("clean", f"--kubeconfig={config}", home=tmp_path, **none)
    assert "nothing is left that is older than 1h" in spared.out
    assert left(sandbox) == names
    cleaned = console.kubeproof(
        "clean", f"--kubeconfig={config}", "--older-than=0s", home=tmp_path, **none
    )
    assert cleaned.code == 0, cleaned.err
    assert all(f"removing namespace {name} of run " in cleaned.out for name in names)
    assert left(sandbox) == []
