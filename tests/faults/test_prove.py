"""``kubeproof prove`` on sandboxes: what it shows, and what it does not let pass."""

import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KUBEPROOF = str(Path(sys.executable).with_name("kubeproof"))
FEATURE = ROOT / "features" / "nodeport" / "node_port.feature"


def prove(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [KUBEPROOF, "prove", "--workers=2", f"--report={folder}/report", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def copied(folder: Path, was: str, becomes: str) -> Path:
    """The suite's own feature with one thing changed, and its manifest beside it."""
    for part in ("features/nodeport", "manifests/nodeport", "manifests/base"):
        (folder / part).mkdir(parents=True)
    for name in ("nodeport/node_port", "base/client"):
        shutil.copy(ROOT / "manifests" / f"{name}.yaml", folder / "manifests" / f"{name}.yaml")
    text = FEATURE.read_text(encoding="utf-8")
    assert was in text
    path = folder / "features" / "nodeport" / "node_port.feature"
    path.write_text(text.replace(was, becomes), encoding="utf-8")
    return path


def test_a_fault_is_noticed_by_those_that_must(tmp_path: Path) -> None:
    done = prove(tmp_path, str(FEATURE), "--fault=nodeport-only-with-pods")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of 3 behaviours catch a fault, 1 of 1 faults are caught" in done.stdout
    written = json.loads((tmp_path / "report" / "prove.json").read_text(encoding="utf-8"))
    assert {one["behaviour"]: one["verdict"] for one in written["trials"]} == {
        "np-02": "caught",
        "np-03": "caught",
        "np-04": "caught",
    }
    for trial in written["trials"]:
        assert " → the node port of k8s-node" in trial["reason"]
        assert "✗ Then Pod " in trial["told"]
    assert "It holds" in (tmp_path / "report" / "prove.html").read_text(encoding="utf-8")


def test_a_scenario_that_cannot_fail_is_found_out(tmp_path: Path) -> None:
    path = copied(
        tmp_path, "the node port of every node but the first", "the node port of the first node"
    )
    done = prove(tmp_path, str(path), "--fault=nodeport-only-with-pods")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "np-03 under nodeport-only-with-pods: missed" in done.stdout
    assert "np-03: no fault reddens it" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--fault=no-masquerad"], 2, "unknown fault 'no-masquerad'; did you mean no-masquerade"),
        (["nowhere.feature"], 2, "no such path: nowhere.feature"),
        (["--workers=-1"], 2, "--workers takes a number above zero, not -1"),
        ([str(FEATURE), "--fault=dns-stale"], 2, "no behaviour of these features has to notice"),
        (["--cluster=kubeconfig"], 2, "disturbs whoever else uses it; if that may be, say --allow"),
        (["--cluster=k3d"], 2, "two faults at once on one cluster show nothing"),
        (["--cluster=k3d", "--workers=1", "--fault=no-reject"], 2, "unknown fault 'no-reject'"),
        (["--cluster=elsewhere"], 2, "unknown cluster kind 'elsewhere'"),
    ],
)
def test_misuse_ends_in_one_line(
    tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    done = prove(tmp_path, *arguments)
    assert done.returncode == code
    [line] = done.stderr.splitlines()
    assert line.startswith("kubeproof: ")
    assert told in line


def test_a_feature_that_cannot_be_collected_is_misuse(tmp_path: Path) -> None:
    path = copied(tmp_path, "@np-03", "@np-03 @cor")
    done = prove(tmp_path, str(path))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "unknown tag @cor" in done.stderr


def children_of(pid: int) -> set[int]:
    """Every process below this one."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found: set[int] = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def left_of(pids: set[int], within: float) -> set[int]:
    deadline = time.monotonic() + within
    while left := {pid for pid in pids if Path(f"/proc/{pid}").exists()}:
        if time.monotonic() > deadline:
            return left
        time.sleep(0.01)
    return set()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_whatever_ends_it_nothing_is_left(tmp_path: Path, number: int, code: int) -> None:
    command = [KUBEPROOF, "prove", str(FEATURE), "--workers=2", f"--report={tmp_path}/report"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if " s left: " in line:
                break
        below = children_of(process.pid)
        assert len(below) >= 4  # two workers, each with a sandbox
        process.send_signal(number)
        assert process.wait(10) == code
    assert left_of(below, within=10.0) == set()


def test_a_host_that_forbids_user_namespaces(tmp_path: Path) -> None:
    confine = ROOT / "tests" / "sandbox" / "programs" / "confine.py"
    command = [sys.executable, str(confine), "no-user-namespaces", KUBEPROOF, "prove", str(FEATURE)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "kubeproof: this host cannot run a sandbox: namespaces: " in done.stderr
    assert "Traceback" not in done.stderr
