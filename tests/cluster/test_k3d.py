"""Making a cluster with k3d: what k3d is told, and what happens where it goes wrong."""

import json
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.docker_cluster import kept_cluster
from kubeproof.cluster.docker_made import labels_for
from kubeproof.cluster.in_docker import drop, keep
from kubeproof.cluster.k3d import K3dMaker, configuration
from kubeproof.cluster.k3d_command import K3d
from kubeproof.cluster.k3s_topology import K3S_IMAGE, Topology
from kubeproof.errors import ClusterUnavailable, Misuse
from kubeproof.waiting import CLUSTER
from tests.cli import console
from tests.cluster.fake_docker import FakeDocker, served
from tests.cluster.fake_k3d import FakeK3d, fake_k3d

NAME = "kubeproof-1"
FAILS = "if 'create' in sys.argv: print('FATA[0001] no luck', file=sys.stderr); sys.exit(1)"


@pytest.fixture
def fake() -> FakeDocker:
    return FakeDocker(images={K3S_IMAGE})


@pytest.fixture
def docker(fake: FakeDocker, tmp_path: Path) -> Iterator[Docker]:
    with served(fake, tmp_path / "docker.sock") as host:
        yield Docker(host)


def maker(docker: Docker, k3d: FakeK3d, logs: Path, shown: list[str] | None = None) -> K3dMaker:
    said: list[str] = [] if shown is None else shown
    command = K3d(str(k3d.folder / "k3d"), said.append)
    budgets = replace(CLUSTER, cluster_up=5.0)
    return K3dMaker(docker, command, budgets, logs, said.append)


def told(topology: Topology) -> dict[str, Any]:
    subnet = IPv4Network("172.29.7.0/24")
    return configuration(NAME, topology, subnet, "t0ken", {"a": "b"}, "127.0.0.1", 61.9)


def test_the_usual_cluster_is_one_server_and_two_agents_on_a_network_of_its_own() -> None:
    usual = told(Topology())
    assert (usual["servers"], usual["agents"], usual["image"]) == (1, 2, K3S_IMAGE)
    assert usual["subnet"] == "172.29.7.0/24"
    assert usual["kubeAPI"] == {"hostIP": "127.0.0.1"}


def test_every_node_is_told_the_proxy_mode_and_servers_alone_what_to_leave_out() -> None:
    arguments = told(Topology(proxy_mode="nftables", load_balancer="none"))["options"]["k3s"]
    at = {one["arg"]: one["nodeFilters"] for one in arguments["extraArgs"]}
    assert at["--kube-proxy-arg=proxy-mode=nftables"] == ["server:*", "agent:*"]
    assert at["--disable=servicelb"] == ["server:*"]


def test_without_agents_none_is_named() -> None:
    assert "agent" not in json.dumps(told(Topology(nodes=1))["options"])


def test_zones_are_given_node_by_node() -> None:
    labels = told(Topology(nodes=3, servers=2, zones=2))["options"]["k3s"]["nodeLabels"]
    assert [(one["label"].partition("=")[2], one["nodeFilters"]) for one in labels] == [
        ("zone-1", ["server:0"]),
        ("zone-2", ["server:1"]),
        ("zone-1", ["agent:0"]),
    ]


def test_nobodys_kubeconfig_is_changed_and_nodes_stay_for_their_logs() -> None:
    options = told(Topology())["options"]
    assert options["kubeconfig"] == {
        "updateDefaultKubeconfig": False,
        "switchCurrentContext": False,
    }
    assert options["k3d"]["disableRollback"] is True
    assert options["k3d"]["timeout"] == "61s"


def test_a_network_that_is_left_over_is_refused_with_the_remedy(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    fake.networks.append({"Name": f"k3d-{NAME}", "Containers": {}})
    k3d = fake_k3d(tmp_path / "bin")
    with pytest.raises(ClusterUnavailable) as caught:
        maker(docker, k3d, tmp_path).make(NAME, Topology())
    assert str(caught.value) == (
        f"network k3d-{NAME} is left over from an earlier cluster; remove it with: "
        f"docker network rm k3d-{NAME}"
    )
    assert k3d.calls() == []


def test_who_still_uses_a_network_that_is_left_over_is_named(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    fake.networks.append({"Name": f"k3d-{NAME}", "Containers": {"1": {"Name": "somebody"}}})
    with pytest.raises(ClusterUnavailable, match="earlier cluster, in use by somebody; remove"):
        maker(docker, fake_k3d(tmp_path / "bin"), tmp_path).make(NAME, Topology())


def test_a_cluster_of_that_name_is_not_touched(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    fake.add("node", labels_for("k3d", NAME, "", kept=True))
    k3d = fake_k3d(tmp_path / "bin")
    with pytest.raises(ClusterUnavailable, match=f"a cluster named {NAME} exists already"):
        maker(docker, k3d, tmp_path).make(NAME, Topology())
    assert fake.names() == ["node"]
    assert k3d.calls() == []


def test_an_image_that_is_not_to_be_had_is_named_before_anything_is_made(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    fake.images.clear()
    k3d = fake_k3d(tmp_path / "bin")
    with pytest.raises(ClusterUnavailable, match=f"image {K3S_IMAGE} is not there and cannot be"):
        maker(docker, k3d, tmp_path).make(NAME, Topology())
    assert k3d.calls() == []


def test_where_creation_fails_logs_are_kept_without_secrets_and_nothing_else(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    node = f"k3d-{NAME}-server-0"
    fake.add(node, {"k3d.cluster": NAME})
    fake.logs[node] = "2026 level=info msg=up\n2026 level=fatal msg=broken K3S_TOKEN=abcdef\n"
    k3d = fake_k3d(tmp_path / "bin", FAILS)
    with pytest.raises(ClusterUnavailable) as caught:
        maker(docker, k3d, tmp_path / "logs").make(NAME, Topology())
    folder = tmp_path / "logs" / NAME
    assert str(caught.value) == (
        f"k3d cluster create failed: no luck; {node} running, which said last: "
        f"level=fatal msg=broken K3S_TOKEN=********; logs: {folder}"
    )
    assert "msg=up" in (folder / f"{node}.log").read_text()
    given = json.loads(k3d.calls()[0]["stdin"])["token"]
    kept = "".join(file.read_text() for file in folder.iterdir())
    assert "abcdef" not in kept
    assert given not in kept
    assert fake.names() == []
    assert k3d.commands() == ["cluster create --config -", f"cluster delete {NAME}"]


def test_a_port_taken_by_somebody_else_is_tried_once_more(docker: Docker, tmp_path: Path) -> None:
    body = FAILS.replace("no luck", "Bind for 127.0.0.1:4 failed: port is already allocated")
    shown: list[str] = []
    k3d = fake_k3d(tmp_path / "bin", body)
    with pytest.raises(ClusterUnavailable, match="port is already allocated"):
        maker(docker, k3d, tmp_path / "logs", shown).make(NAME, Topology())
    assert k3d.commands().count("cluster create --config -") == 2
    assert any(line.startswith("once more: k3d cluster create failed") for line in shown)


def test_a_cluster_that_never_comes_up_ends_at_the_deadline(
    fake: FakeDocker, docker: Docker, tmp_path: Path
) -> None:
    body = "import time\nif 'create' in sys.argv: time.sleep(60)"
    slow = maker(docker, fake_k3d(tmp_path / "bin", body), tmp_path / "logs")
    impatient = replace(slow, budgets=replace(CLUSTER, cluster_up=0.5))
    with pytest.raises(ClusterUnavailable, match=r"not done within 0\.\d s, .* no node was"):
        impatient.make(NAME, Topology())


def test_a_cluster_that_stays_is_used_where_it_is_as_wanted(
    fake: FakeDocker, docker: Docker
) -> None:
    wanted, other = Topology(), Topology(proxy_mode="nftables")
    fake.add("node", labels_for("k3d", NAME, str(wanted), kept=True))
    shown: list[str] = []
    assert kept_cluster(docker, "k3d", wanted, shown.append) == NAME
    assert kept_cluster(docker, "k3d", other, shown.append) == ""
    assert kept_cluster(docker, "k3s", wanted, shown.append) == ""
    assert shown == [
        f"using k3d cluster {NAME}, which is up",
        f"not using k3d cluster {NAME}: it is made otherwise ({wanted})",
    ]


def test_a_cluster_that_was_stopped_is_not_used(fake: FakeDocker, docker: Docker) -> None:
    fake.add("node", labels_for("k3d", NAME, str(Topology()), kept=True))
    fake.containers[0]["State"] = "exited"
    shown: list[str] = []
    assert kept_cluster(docker, "k3d", Topology(), shown.append) == ""
    assert shown == [f"not using k3d cluster {NAME}: it does not run"]


def test_the_cluster_of_another_run_is_never_used(fake: FakeDocker, docker: Docker) -> None:
    fake.add("node", labels_for("k3d", NAME, str(Topology()), kept=False))
    assert kept_cluster(docker, "k3d", Topology(), print) == ""


@pytest.mark.parametrize("name", ["No", "a/b", "a" * 23, "-a", ""])
def test_a_name_that_will_not_do_is_refused(docker: Docker, tmp_path: Path, name: str) -> None:
    k3d = fake_k3d(tmp_path / "bin")
    with pytest.raises(Misuse, match="cannot name a cluster"):
        keep(maker(docker, k3d, tmp_path), "k3d", name, Topology())
    assert k3d.calls() == []


def test_only_what_stays_can_be_ended_and_what_does_is_named(
    fake: FakeDocker, docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker.host)
    fake.add("node", labels_for("k3d", "kubeproof-mine", "", kept=True))
    made = maker(docker, fake_k3d(tmp_path / "bin"), tmp_path)
    with pytest.raises(Misuse, match="no k3d cluster 'other' stays here; those that do: mine"):
        drop(made, "k3d", "other")
    drop(made, "k3d", "mine")
    assert fake.names() == []


FEATURE = """\
Feature: One
  Scenario: A
    Given Services whose type is "NodePort"
"""


@pytest.mark.parametrize(
    ("options", "environment", "code", "said"),
    [
        ([], {"DOCKER_HOST": "unix:///nowhere/docker.sock"}, 3, "no Docker here: /nowhere/docker"),
        ([], {"PATH": "/nowhere"}, 3, "there is no k3d on the PATH"),
        (["--proxy-mode=ebpf"], {}, 2, "--proxy-mode must be one of iptables, nftables, ipvs"),
        (["--nodes=0"], {}, 2, "--nodes must be from 1 to 9, not 0"),
        (["--fault=no-hairpin"], {}, 2, "faults act on the sandbox only"),
    ],
)
def test_up_and_run_end_in_one_line_and_a_number(
    tmp_path: Path, options: list[str], environment: dict[str, str], code: int, said: str
) -> None:
    with served(FakeDocker(), tmp_path / "docker.sock") as host:
        settings = {"DOCKER_HOST": host} | environment
        given = [one for one in options if "fault" not in one]
        run = console.kubeproof(
            "run", "--cluster=k3d", "--tags=@cip-01", *options, home=tmp_path, **settings
        )
        assert said in run.err
        assert (run.code, run.err.count("Traceback")) == (code, 0)
        if given == options:
            up = console.kubeproof("up", "--cluster=k3d", *given, home=tmp_path, **settings)
            assert (up.code, up.err.count("\n")) == (code, 1)
            assert said in up.err
