"""The script that people and CI run: what it calls, what it leaves, how it ends."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import console

SCRIPT = Path(__file__).parents[2] / "ci" / "run.sh"
SUMMARY = "## kubeproof: 4 behaviours\n"


@dataclass(frozen=True)
class Ran:
    """How the script ended, and what it called."""

    code: int
    called: list[str]
    summary: str
    err: str


def run(
    folder: Path, *arguments: str, code: int = 0, summary: str = SUMMARY, **settings: str
) -> Ran:
    """The script with a kubeproof that writes down how it was called."""
    fake, told, report = folder / "kubeproof", folder / "called", folder / "report"
    write = f"mkdir -p report\nprintf '%s' '{summary}' > report/summary.md" if summary else ":"
    fake.write_text(
        f'#!/bin/sh\nfor one in "$@"; do echo "$one"; done > {told}\n{write}\nexit {code}\n'
    )
    fake.chmod(0o755)
    usual = {"PATH": os.environ["PATH"], "KUBEPROOF": str(fake)}
    done = subprocess.run(
        [SCRIPT, *arguments], cwd=folder, env=usual | settings, capture_output=True, text=True
    )
    return Ran(
        done.returncode,
        told.read_text().splitlines(),
        (report / "summary.md").read_text(),
        done.stderr,
    )


def test_by_itself_it_runs_on_k3d(tmp_path: Path) -> None:
    assert run(tmp_path).called == [
        "run", "--cluster", "k3d", "--report", "report",
        "--proxy-mode", "iptables", "--load-balancer", "klipper",
    ]  # fmt: skip


def test_settings_and_arguments_are_handed_on(tmp_path: Path) -> None:
    settings = {"K3S_IMAGE": "rancher/k3s:v1.35.5-k3s1", "PROXY_MODE": "nftables"}
    called = run(
        tmp_path, "--tags", "@core and not @slow", code=0, summary=SUMMARY, **settings
    ).called
    assert called[5:7] == ["--tags", "@core and not @slow"]
    assert called[7:] == [
        "--proxy-mode", "nftables", "--load-balancer", "klipper",
        "--k3s-image", "rancher/k3s:v1.35.5-k3s1",
    ]  # fmt: skip


def test_another_kind_of_cluster_is_not_told_of_k3s(tmp_path: Path) -> None:
    called = run(tmp_path, CLUSTER="kubeconfig").called
    assert called == ["run", "--cluster", "kubeconfig", "--report", "report"]


@pytest.mark.parametrize("code", [0, 1, 3, 4])
def test_it_ends_as_the_run_did(tmp_path: Path, code: int) -> None:
    assert run(tmp_path, code=code).code == code


def test_the_summary_of_the_run_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "job.md"
    ran = run(tmp_path, code=1, GITHUB_STEP_SUMMARY=str(page))
    assert ran.summary == SUMMARY
    assert not page.exists()  # the run itself shows it there


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (2, "misuse: see the log of the job"),
        (3, "no cluster could be had: see the log of the job"),
        (5, "no scenario was selected"),
        (130, "ended with 130: see the log of the job"),
    ],
)
def test_a_run_that_could_not_begin_is_summed_up_too(tmp_path: Path, code: int, why: str) -> None:
    page = tmp_path / "job.md"
    page.write_text("before\n")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "summary.md").write_text("of an earlier run")
    settings = {"PROXY_MODE": "nftables", "GITHUB_STEP_SUMMARY": str(page)}
    ran = run(tmp_path, code=code, summary="", **settings)
    assert (ran.code, ran.err) == (code, "")
    assert ran.summary == f"## kubeproof: k3d  nftables\n\n{why}\n"
    assert page.read_text() == "before\n" + ran.summary


def test_with_the_real_command_the_sandbox_or_its_absence_is_told(tmp_path: Path) -> None:
    """The script against kubeproof itself, without Docker: no cluster, exit code 3, a summary."""
    settings = {"KUBEPROOF": console.KUBEPROOF[0], "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    if len(console.KUBEPROOF) != 1:
        pytest.skip("kubeproof's console script is not installed")
    done = console.ended([str(SCRIPT)], folder=tmp_path, home=tmp_path, **settings)
    assert done.code == 3, done.text
    assert "no Docker here: /nowhere/docker.sock does not exist" in done.err
    assert "on cluster kind k3d: 0 passed" in (tmp_path / "report" / "summary.md").read_text()
