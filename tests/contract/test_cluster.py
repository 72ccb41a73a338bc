"""What every cluster kind says of itself."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import cast

import pytest
import yaml

from kubeproof.capability import MEANING, Finding
from kubeproof.cluster.base import Cluster, NoNodeAccess
from kubeproof.cluster.choose import Wanted, bring_up
from kubeproof.cluster.embedded import SandboxCluster
from kubeproof.cluster.feature_gates import feature_gates
from kubeproof.cluster.node_ports import NodePortRange, node_port_range
from kubeproof.cluster.trace import Trace
from kubeproof.cluster.workload import Workload
from kubeproof.errors import CheckBroken
from kubeproof.gates import GATES
from kubeproof.manifest import Manifest, placed
from kubeproof.model import Node
from kubeproof.probing import Target, Vantage
from kubeproof.sandbox.client import Options
from kubeproof.waiting import Budgets
from tests.contract.conftest import CLIENT, KINDS

DISPOSABLE = {"sandbox": True, "kubeconfig": False}


def test_the_kind_is_the_one_that_was_asked_for(cluster: Cluster) -> None:
    assert cluster.kind in KINDS
    assert cluster.disposable is DISPOSABLE[cluster.kind]
    assert isinstance(cluster.budgets, Budgets)


def test_every_capability_is_found_or_not_and_says_how(findings: Mapping[str, Finding]) -> None:
    assert findings.keys() == MEANING.keys()
    assert all(finding.reason for finding in findings.values())
    assert {type(finding.present) for finding in findings.values()} == {bool}


def test_findings_agree_with_what_is_offered(
    cluster: Cluster, findings: Mapping[str, Finding], cluster_nodes: Sequence[Node]
) -> None:
    assert findings["outside"].present is (cluster.outside is not None)
    assert findings["two-nodes"].present is (len(cluster_nodes) >= 2)
    assert findings["three-nodes"].present is (len(cluster_nodes) >= 3)
    assert findings["kubectl"].present is (shutil.which("kubectl") is not None)


def test_the_node_port_range_is_told_and_nothing_is_left_of_asking(cluster: Cluster) -> None:
    told = node_port_range(cluster.api)
    assert told is not None
    assert 1 <= told.low <= told.high <= 65535
    names = [obj["metadata"]["name"] for obj in cluster.api.list("Service", "default")]
    assert not [name for name in names if name.startswith("kubeproof-")]


def test_every_feature_gate_is_told_and_by_the_metrics(cluster: Cluster) -> None:
    told = {gate.name: gate for gate in feature_gates(cluster.api)}
    assert told.keys() == GATES.keys()
    same = told["PreferSameTrafficDistribution"]
    assert (same.state, same.source) == ("on", "metrics")


def test_scenarios_take_their_node_ports_from_the_range_that_there_is() -> None:
    made = SandboxCluster(Options(nodes=1, node_port_range=(31000, 31999)))
    try:
        ports = node_port_range(made.api)
        assert str(ports) == "31000-31999"
        shipped = Manifest.load(CLIENT.parents[1] / "nodeport" / "port_allocation.yaml")
        moved = shipped.with_node_ports(cast(NodePortRange, ports).standing_for)
        created = made.api.create(placed(moved.find("Service", "svc-2"), "default", {}))
        assert created["spec"]["ports"][0]["nodePort"] == 31000
    finally:
        made.close()


def test_nodes_are_known_by_name_and_address(cluster_nodes: Sequence[Node]) -> None:
    names = [node.name for node in cluster_nodes]
    assert names == sorted(names)
    assert all(node.ready and node.schedulable and node.address for node in cluster_nodes)


def test_the_kubeconfig_leads_to_the_same_cluster(cluster: Cluster) -> None:
    config = yaml.safe_load(cluster.kubeconfig)
    chosen = next(c for c in config["contexts"] if c["name"] == config["current-context"])
    named = chosen["context"]["cluster"]
    [server] = [c["cluster"]["server"] for c in config["clusters"] if c["name"] == named]
    assert server.rstrip("/") == cluster.api.url.rstrip("/")


@pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl on the PATH")
def test_kubectl_works_with_the_kubeconfig(cluster: Cluster, cluster_nodes: Sequence[Node]) -> None:
    memory = os.memfd_create("kubeconfig")
    os.write(memory, cluster.kubeconfig.encode())
    done = subprocess.run(
        ["kubectl", "--cache-dir=/dev/null/none", f"--kubeconfig=/dev/fd/{memory}",
         "get", "nodes", "--output=json"],
        pass_fds=[memory],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    os.close(memory)
    assert done.returncode == 0, done.stderr
    names = [one["metadata"]["name"] for one in json.loads(done.stdout)["items"]]
    assert {node.name for node in cluster_nodes} <= set(names)


def test_the_version_is_kubernetes_own(cluster: Cluster) -> None:
    major, minor, *_ = cluster.api.version().removeprefix("v").split(".")
    assert (int(major), int(minor)) >= (1, 29)


def test_a_node_is_looked_into_or_it_is_said_why_not(
    cluster: Cluster, cluster_nodes: Sequence[Node], backends: Workload
) -> None:
    node = cluster_nodes[0].name
    if cluster.kind == "kubeconfig":
        with pytest.raises(NoNodeAccess, match="a kubeconfig gives no access to the nodes"):
            cluster.rules(node)
        with pytest.raises(NoNodeAccess, match="a kubeconfig gives no access to the nodes"):
            cluster.connections(node)
        return
    service = backends.present("svc-open")
    assert service.cluster_ip in Trace.of([service], []).rules(cluster.rules(node))
    assert all(" src=" in line for line in cluster.connections(node))


def test_a_cluster_that_is_closed_breaks_the_check_and_is_closed_once_more() -> None:
    made = bring_up(Wanted("sandbox", nodes=1))
    made.close()
    made.close()
    assert made.outside is not None
    with pytest.raises(CheckBroken, match="the API server does not answer"):
        made.api.list("Node")
    with pytest.raises(CheckBroken, match="no socket outside the cluster"):
        made.outside.ask(Target("a node", "172.30.0.11", 80))


def test_vantages_say_where_they_are(vantage: Vantage) -> None:
    assert vantage.addresses
    assert any(address in vantage.name for address in vantage.addresses)
