"""The k3d command: found or not, shown while it runs, ended when its time is up."""

import json
import time
from pathlib import Path

import pytest

from kubeproof.cluster.k3d_command import K3d, K3dFailed, find_k3d
from kubeproof.errors import ClusterUnavailable
from kubeproof.waiting import settle
from tests.cluster.fake_k3d import FakeK3d, fake_k3d


def command(fake: FakeK3d, shown: list[str] | None = None) -> K3d:
    said: list[str] = [] if shown is None else shown
    return K3d(str(fake.folder / "k3d"), said.append)


def test_without_k3d_the_way_to_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterUnavailable) as caught:
        find_k3d(print)
    assert str(caught.value) == (
        "there is no k3d on the PATH; install k3d 5.8 or newer (https://k3d.io), "
        "or use --cluster k3s, which does without"
    )


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("k3d version v5.7.5\nk3s version v1.30.4-k3s1 (default)", "k3d 5.7.5 is too old"),
        ("k3d version v4.4.8", "k3d 4.4.8 is too old"),
        ("something else", "does not tell its version as k3d does: 'something else'"),
    ],
)
def test_a_k3d_that_will_not_do_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, said: str
) -> None:
    monkeypatch.setenv("PATH", fake_k3d(tmp_path / "bin", version=version).path)
    with pytest.raises(ClusterUnavailable, match=said):
        find_k3d(print)


def test_a_k3d_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_k3d(tmp_path / "bin", version="k3d version v5.10.0")
    monkeypatch.setenv("PATH", fake.path)
    assert find_k3d(print).path == str(fake.folder / "k3d")


def test_its_words_are_shown_without_colours_and_secrets(tmp_path: Path) -> None:
    body = (
        "print('\\x1b[36mINFO\\x1b[0m[0001] Starting with token t0p-s3cret')\n"
        "print('\\x1b[33mWARN\\x1b[0m[0002] K3S_TOKEN=abcdefgh', file=sys.stderr)"
    )
    shown: list[str] = []
    command(fake_k3d(tmp_path, body), shown).create({}, 10, ["t0p-s3cret"])
    assert sorted(shown) == ["k3d: K3S_TOKEN=********", "k3d: Starting with token ********"]


def test_a_failure_has_its_last_complaints(tmp_path: Path) -> None:
    body = (
        "print('INFO[0000] Prep: Network')\n"
        "print('ERRO[0001] Failed to start server', file=sys.stderr)\n"
        "print('FATA[0001] Cluster creation FAILED', file=sys.stderr)\n"
        "sys.exit(1)"
    )
    with pytest.raises(K3dFailed) as caught:
        command(fake_k3d(tmp_path, body)).create({}, 10)
    assert str(caught.value) == (
        "k3d cluster create failed: Failed to start server; Cluster creation FAILED"
    )


def test_at_the_deadline_it_ends_with_what_it_has_started(tmp_path: Path) -> None:
    body = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child.pid))\n"
        "print('INFO[0000] Starting servers...', flush=True)\n"
        "time.sleep(60)"
    )
    began = time.monotonic()
    with pytest.raises(K3dFailed) as caught:
        command(fake_k3d(tmp_path, body)).create({}, 1.5)
    assert time.monotonic() - began < 10
    assert "k3d was not done within 1.5 s, and last: INFO[0000] Starting" in str(caught.value)
    child = int((tmp_path / "child").read_text())
    settle(lambda: _ended(child), bool, what="what it has started is gone", within=5, every=0.02)


def _ended(pid: int) -> bool:
    """Whether a process is gone, or dead and not yet buried by whoever inherited it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_the_users_kubeconfig_is_out_of_its_sight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    monkeypatch.setenv("KUBECONFIG", str(mine))
    fake = fake_k3d(tmp_path / "bin", "open(os.environ['KUBECONFIG'], 'w').write('changed')")
    k3d = command(fake)
    k3d.create({}, 10)
    k3d.delete("one")
    assert mine.read_text() == "mine"


def test_what_it_reads_is_not_taken_for_variables(tmp_path: Path) -> None:
    fake = fake_k3d(tmp_path)
    command(fake).create({"token": "a$HOME"}, 10)
    given = fake.calls()[0]["stdin"]
    assert "$" not in given
    assert json.loads(given) == {"token": "a$HOME"}


def test_what_it_leaves_in_its_folder_goes_with_it(tmp_path: Path) -> None:
    body = "open(os.environ['TMPDIR'] + '/k3d-config-tmp--1', 'w').write(os.environ['TMPDIR'])\n"
    fake = fake_k3d(
        tmp_path, body + f"open({str(tmp_path / 'where')!r}, 'w').write(os.environ['TMPDIR'])"
    )
    command(fake).create({}, 10)
    assert not Path((tmp_path / "where").read_text()).exists()
