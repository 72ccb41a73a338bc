"""Detached sandboxes: they outlive who started them, and are found, reached and ended by name."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from kubeproof.sandbox.client import Lease, Options, Sandbox
from kubeproof.sandbox.errors import NameTaken, NotRunning, PortTaken, SandboxFailed
from tests.sandbox.identities import module_path
from tests.sandbox.processes import children, wait_until

START = "from kubeproof.sandbox.client import Sandbox; Sandbox.up('blue')"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """Where this test's detached sandboxes are; those that it leaves are ended."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    yield tmp_path / "kubeproof"
    for left in Sandbox.listed():
        Sandbox.down(left.name)


@pytest.fixture
def blue(home: Path) -> Lease:
    """A detached sandbox, started by a process that has ended since."""
    environment = {**os.environ, "PYTHONPATH": module_path()}
    subprocess.run([sys.executable, "-c", START], check=True, env=environment, timeout=60)
    [found] = Sandbox.listed()
    return found


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_outlives_the_process_that_started_it(blue: Lease) -> None:
    with Sandbox.attach("blue") as sandbox:
        assert sandbox.pid == blue.pid
        assert [node.name for node in sandbox.nodes] == ["k8s-node1", "k8s-node2", "k8s-node3"]
        sandbox.socket("outside").close()
        sandbox.settled()
    with Sandbox.attach("blue") as again, Sandbox.attach("blue") as other:
        again.close()
        other.settled()


def test_is_gone_when_down_returns(blue: Lease, home: Path) -> None:
    Sandbox.down("blue")
    assert not blue.runs()
    assert Sandbox.listed() == []
    assert list(home.iterdir()) == []
    with pytest.raises(NotRunning, match="no sandbox called blue runs"):
        Sandbox.down("blue")
    with pytest.raises(NotRunning, match="no sandbox called blue runs"):
        Sandbox.attach("blue")


def test_files_are_the_owners_alone(blue: Lease) -> None:
    assert permissions(blue.directory) == 0o700
    assert permissions(blue.kubeconfig) == 0o600
    with Sandbox.attach("blue") as sandbox:
        assert blue.kubeconfig.read_text() == sandbox.kubeconfig()
        assert sandbox.api_url in sandbox.kubeconfig()
        assert sandbox.token in sandbox.kubeconfig()


def test_name_is_taken_while_it_runs(blue: Lease) -> None:
    with pytest.raises(NameTaken, match=rf"blue runs already \(process {blue.pid}\)"):
        Sandbox.up("blue")
    assert blue.runs()


def test_one_of_two_that_start_at_once_gets_the_name() -> None:
    outcomes: list[object] = []

    def start() -> None:
        try:
            outcomes.append(Sandbox.up("green"))
        except NameTaken as taken:
            outcomes.append(taken)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(outcome) for outcome in outcomes} == {Sandbox, NameTaken}
    assert len(Sandbox.listed()) == 1


def test_several_run_side_by_side(blue: Lease) -> None:
    with Sandbox.up("green", Options(nodes=1)) as green:
        assert len(green.nodes) == 1
        assert [found.name for found in Sandbox.listed()] == ["blue", "green"]
    Sandbox.down("green")
    assert Sandbox.listed() == [blue]


def test_stale_lease_is_recognised_and_removed(blue: Lease, home: Path) -> None:
    os.kill(blue.pid, signal.SIGKILL)
    wait_until(lambda: not blue.runs())
    with pytest.raises(NotRunning, match="does not run any more; what it left was removed"):
        Sandbox.attach("blue")
    assert list(home.iterdir()) == []


def test_process_id_that_was_used_again_is_not_the_sandbox(home: Path) -> None:
    """The lease names this very process's id, but another start time: as after a wrap."""
    ours = Lease.of_process("blue", os.getpid(), "http://127.0.0.1:1")
    assert ours.runs()
    (home / "blue").mkdir(parents=True)
    stale = replace(ours, started=ours.started - 1)
    stale.write()
    assert not stale.runs()
    assert not replace(ours, boot="another boot of the host").runs()
    with pytest.raises(NotRunning, match="does not run any more"):
        Sandbox.down("blue")
    assert not stale.directory.exists()


def test_sandbox_that_hangs_is_ended_all_the_same(blue: Lease) -> None:
    os.kill(children(blue.pid)[0], signal.SIGSTOP)
    Sandbox.down("blue")
    assert not blue.runs()
    assert Sandbox.listed() == []


def test_failed_start_leaves_nothing(home: Path) -> None:
    with Sandbox.start() as other:
        port = int(other.api_url.rpartition(":")[2])
        with pytest.raises(PortTaken):
            Sandbox.up("blue", Options(api_port=port))
    assert list(home.iterdir()) == []


def test_directory_without_a_socket_says_how_to_end_it(blue: Lease) -> None:
    (blue.directory / "control").unlink()
    with pytest.raises(SandboxFailed, match="end it with: kubeproof down blue"):
        Sandbox.attach("blue")


@pytest.mark.parametrize("name", ["", "..", "a/b", "Blue", "-a", "a" * 64])
def test_name_has_to_be_a_label(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a sandbox"):
        Sandbox.up(name)


def test_state_directory_without_a_runtime_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / ("a" * 90)))
    Sandbox.up("blue").close()
    [found] = Sandbox.listed()
    assert found.directory.is_relative_to(tmp_path)
    Sandbox.down("blue")
