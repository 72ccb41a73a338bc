"""Runs on the embedded cluster: what comes of them, and what is left when they are broken off."""

import json
import os
import re
import shutil
import signal
import socket
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli import console
from tests.cli.console import KUBEPROOF, Ended, complaint
from tests.plugin.project import INI, indented, scenario
from tests.sandbox.identities import PROGRAMS
from tests.sandbox.processes import children, runs, wait_until

REPOSITORY = Path(__file__).parents[2]
FEATURES = str(REPOSITORY / "features")
KUBECTL = shutil.which("kubectl")


def run(*arguments: str, home: Path) -> Ended:
    return console.kubeproof("run", FEATURES, *arguments, home=home)


def test_a_promise_that_is_kept(tmp_path: Path) -> None:
    ended = run("--tags=@np-03", home=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[0].endswith(" on cluster kind sandbox")
    assert "NodePort on every node reaches Pods on other nodes ✓ np-03" in ended.out
    assert "1 behaviour: 1 passed, 0 failed, 0 skipped" in ended.out
    root = ET.parse(tmp_path / "report" / "junit.xml").getroot()
    [behaviour] = root.findall(".//testcase/properties/property[@name='behaviour']")
    assert behaviour.get("value") == "np-03"


def test_pytest_alone_does_the_same(tmp_path: Path) -> None:
    report = f"--report={tmp_path}"
    command = [sys.executable, "-m", "pytest", "features", "--tags=@cip-01", report]
    ended = console.ended(command, folder=REPOSITORY, home=tmp_path)
    assert ended.code == 0, ended.text
    assert (tmp_path / "junit.xml").exists()


def test_a_promise_that_a_fault_breaks(tmp_path: Path) -> None:
    fault, budget = "--fault=nodeport-only-with-pods", "--budget=dataplane=0.5"
    ended = run("--tags=@np-03", fault, budget, home=tmp_path)
    assert ended.code == 1
    assert "NodePort on every node reaches Pods on other nodes ✗ np-03" in ended.out
    assert "the promise was not kept: a client outside the cluster (172.30.0.254) → " in ended.out
    assert "the node port of k8s-node2 (172.30.0.12:30000)" in ended.out
    assert "answers by Pod: " in ended.out
    assert "Traceback" not in ended.text


def test_what_a_cluster_lacks_is_skipped_with_the_reason(tmp_path: Path) -> None:
    ended = run("--tags=@lb-03", "--no-load-balancer", home=tmp_path)
    assert ended.code == 0
    assert "skipped: the sandbox was started without a load-balancer controller" in ended.out
    assert "1 behaviour: 0 passed, 0 failed, 1 skipped" in ended.out


def test_a_parallel_run_has_a_sandbox_for_each_worker(tmp_path: Path) -> None:
    ended = run("--tags=@np-07 or @np-09", "--", "-n", "2", home=tmp_path)
    assert ended.code == 0, ended.text
    assert "2 behaviours: 2 passed, 0 failed, 0 skipped" in ended.out


def test_a_port_of_the_api_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--tags=@np-03", f"--api-port={port}", home=tmp_path)
    assert ended.code == 2
    assert complaint(ended) == (
        f"kubeproof: the sandbox's API cannot listen on port {port} of 127.0.0.1 (Address already "
        "in use); choose another with --api-port, or --api-port 0 for any that is free"
    )


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("no-hairpim", r"\bfault\b.* 'no-hairpim'; did you mean no-hairpin\?$"),
        ("no-hairpin@n1", r"no-hairpin@n1: the cluster has no node called n1$"),
    ],
)
def test_a_fault_that_does_not_exist(tmp_path: Path, fault: str, told: str) -> None:
    ended = run("--tags=@np-03", f"--fault={fault}", home=tmp_path)
    assert ended.code == 2
    assert re.search(told, complaint(ended))


CONFINED = (sys.executable, str(PROGRAMS / "confine.py"), "no-user-namespaces")
REMEDY = "to mend it: sudo sysctl -w user.max_user_namespaces=16384"


def test_a_host_that_forbids_user_namespaces(tmp_path: Path) -> None:
    command = [*CONFINED, *KUBEPROOF, "run", FEATURES, "--tags=@np-03"]
    ended = console.ended(command, folder=tmp_path, home=tmp_path)
    assert ended.code == 3
    told = complaint(ended)
    assert told.startswith("kubeproof: this host cannot run a sandbox: namespaces: ")
    assert told.endswith(REMEDY)


def test_the_doctor_says_what_such_a_host_lacks(tmp_path: Path) -> None:
    command = [*CONFINED, *KUBEPROOF, "doctor"]
    ended = console.ended(command, folder=tmp_path, home=tmp_path)
    assert ended.code == 3
    missing, remedy, *_ = ended.out.splitlines()
    assert missing.startswith("MISSING namespaces: ")
    assert remedy.strip() == REMEDY


def test_the_doctor_finds_nothing_missing_here(tmp_path: Path) -> None:
    ended = console.kubeproof("doctor", home=tmp_path)
    assert ended.code == 0
    assert "MISSING" not in ended.out
    assert ended.out.startswith("ok      namespaces: ")


MANIFEST = """\
apiVersion: v1
kind: Service
metadata: {{name: svc-1}}
spec: {{selector: {{app: pod}}, ports: [{{port: {port}, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: pod-1, labels: {{app: pod}}}}
spec:
  containers:
    - name: container
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: [netexec, --http-port=8080]
      ports: [{{containerPort: {container_port}}}]
      readinessProbe: {{httpGet: {{path: /healthz, port: 8080}}, periodSeconds: 1}}
"""

WAIT = '''
import pathlib, time

from pytest_bdd import then


@then("it waits")
def it_waits():
    """It waits to be broken off."""
    pathlib.Path("waiting").touch()
    time.sleep(60)
'''


def project(folder: Path, *scenarios: str, port: int = 9000, container_port: int = 8080) -> None:
    """Features of one's own, whose steps are kubeproof's."""
    (folder / "pytest.ini").write_text(INI)
    (folder / "conftest.py").write_text(WAIT)
    for name in ("features", "manifests"):
        (folder / name).mkdir()
    text = "Feature: One\n\n" + indented(*scenarios)
    (folder / "features" / "one.feature").write_text(text)
    manifest = MANIFEST.format(port=port, container_port=container_port)
    (folder / "manifests" / "one.yaml").write_text(manifest)


def test_a_manifest_that_the_api_server_rejects(tmp_path: Path) -> None:
    created = ('When Service "svc-1" is created', 'Then its type is "ClusterIP"')
    started = ('Given Pod "pod-1" on the first node', *created)
    asked = 'Then its type is "ClusterIP"'
    project(
        tmp_path,
        scenario("A Service", *created),
        scenario("A Pod", *started, tags="@np-04"),
        scenario("A Service that has to be there", 'Given Service "svc-1"', asked, tags="@np-01"),
        port=70000,
        container_port=0,
    )
    ended = console.kubeproof("run", home=tmp_path)
    assert ended.code == 1
    assert "Traceback" not in ended.text
    run = json.loads((tmp_path / "report" / "run.json").read_text(encoding="utf-8"))
    reasons = {one["behaviour"]: (one["status"], one["reason"]) for one in run["scenarios"]}
    status, reason = reasons["np-03"]
    assert status == "failed"
    assert reason == (
        'Service svc-1 was refused: Service "svc-1" is invalid: spec.ports[0].port: Invalid value: '
        "70000: must be between 1 and 65535, inclusive (HTTP 422 Invalid)"
    )
    status, given_reason = reasons["np-01"]
    assert status == "broken", "that a Given is taken is not what is asked"
    assert given_reason == reason
    status, reason = reasons["np-04"]
    assert status == "broken", "a Pod that never was says nothing about Services"
    assert reason.startswith('Pod "pod-1" is invalid: spec.containers[0].ports[0].containerPort: ')
    assert reason.endswith("(HTTP 422 Invalid)")


def descendants(pid: int) -> list[int]:
    """Every process that a process has started, directly or not."""
    return [one for child in children(pid) for one in (child, *descendants(child))]


def names(pids: list[int]) -> set[str]:
    return {Path(f"/proc/{pid}/comm").read_text().strip() for pid in pids}


def links() -> list[str]:
    return sorted(path.name for path in Path("/sys/class/net").iterdir())


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_nothing_is_left_of_a_run_that_is_broken_off(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    steps = ['Given Service "svc-1"', 'And Pod "pod-1" on the first node']
    if KUBECTL:
        steps.append('When an operator connects through kubectl port-forward to Pod "pod-1"')
    steps += ["Then it waits", 'And Pod "pod-1" answers']
    project(tmp_path, scenario("One that waits", *steps))
    before, links_before = files(tmp_path), links()
    with console.started(*KUBEPROOF, "run", home=tmp_path) as process:
        family = descendants(process.pid)
        assert len(family) >= 2, "a sandbox is two processes, and kubectl one more"
        assert not KUBECTL or "kubectl" in names(family)
        if number is signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, err = process.communicate(timeout=console.SECONDS)
        wait_until(lambda: not any(runs(pid) for pid in family))
    assert process.returncode == code
    assert err == ("kubeproof: interrupted\n" if number is signal.SIGINT else "")
    assert links() == links_before
    assert files(tmp_path) - before == {"waiting"}


@pytest.fixture
def name() -> str:
    return f"test-{os.getpid()}"


def test_a_sandbox_that_stays_until_it_is_ended(tmp_path: Path, name: str) -> None:
    up = console.kubeproof("up", name, "--nodes=1", home=tmp_path)
    assert up.code == 0, up.err
    try:
        assert up.out.splitlines()[0].startswith(f"# sandbox '{name}' is up in ")
        assert "k8s-node1 (172.30.0.11)" in up.out
        again = console.kubeproof("up", name, home=tmp_path)
        assert again.code == 2
        assert f"a sandbox called {name} runs already" in complaint(again)
        path = Path(up.out.splitlines()[-1].removeprefix("export KUBECONFIG="))
        assert path.is_relative_to(tmp_path)
        assert path.stat().st_mode & 0o077 == 0, "it has a token in it"
        if KUBECTL:
            kubectl = [KUBECTL, "get", "nodes", "--output=name"]
            got = console.ended(kubectl, folder=tmp_path, home=tmp_path, KUBECONFIG=str(path))
            assert got.out == "node/k8s-node1\n", got.err
        on_it = run("--tags=@np-07", "--cluster=kubeconfig", f"--kubeconfig={path}", home=tmp_path)
        assert on_it.code == 0, on_it.text
        assert "on cluster kind kubeconfig" in on_it.out
    finally:
        down = console.kubeproof("down", name, home=tmp_path)
    assert (down.code, down.out) == (0, f"sandbox '{name}' is gone\n")
    assert not path.exists()
    assert console.kubeproof("down", name, home=tmp_path).code == 2


def test_a_sandbox_that_stays_on_a_port_that_is_taken(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = console.kubeproof("up", name, f"--api-port={port}", home=tmp_path)
    assert ended.code == 2
    assert f"port {port} of 127.0.0.1 (Address already in use)" in complaint(ended)
    assert console.kubeproof("down", name, home=tmp_path).code == 2, "nothing was started"
