"""The clusters and the vantages that the contract is held against."""

import os
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

from kubeproof.capability import Finding, Findings
from kubeproof.cluster.base import Cluster
from kubeproof.cluster.choose import Wanted, bring_up
from kubeproof.cluster.clean import await_gone
from kubeproof.cluster.clients import Clients
from kubeproof.cluster.nodes import ORDINALS, all_nodes, placeable
from kubeproof.cluster.run import Run
from kubeproof.cluster.trials import Trials
from kubeproof.cluster.workload import Workload
from kubeproof.manifest import Manifest
from kubeproof.model import Node, Service
from kubeproof.probing import Vantage
from kubeproof.probing.verdict import Judge

KUBECONFIG = "KUBEPROOF_CONTRACT_KUBECONFIG"
HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "manifests" / "base" / "client.yaml"


def _sandbox() -> Wanted:
    return Wanted("sandbox")


def _kubeconfig() -> Wanted:
    if path := os.environ.get(KUBECONFIG):
        return Wanted("kubeconfig", path)
    pytest.skip(f"${KUBECONFIG} names no kubeconfig of a cluster to be tested against")


KINDS: dict[str, Callable[[], Wanted]] = {"sandbox": _sandbox, "kubeconfig": _kubeconfig}
"""What is to be brought up for each kind; it skips where there is none to be had."""


@pytest.fixture(scope="session", params=KINDS)
def cluster(request: pytest.FixtureRequest) -> Generator[Cluster]:
    """A cluster of each kind; every test leaves it as it was."""
    made = bring_up(KINDS[request.param]())
    yield made
    made.close()


@pytest.fixture(scope="session")
def findings(cluster: Cluster, client_pods: Clients) -> dict[str, Finding]:
    return dict(Findings(cluster.findings(), Trials(client_pods).each))


@pytest.fixture(scope="session")
def run(cluster: Cluster) -> Generator[Run]:
    """What the tests make, and that all of it is taken away again."""
    made = Run(cluster.api, cluster.budgets)
    yield made
    made.finish()
    left = [one for one in cluster.api.list("Namespace") if made.id in one["metadata"]["name"]]
    assert all("deletionTimestamp" in one["metadata"] for one in left)
    await_gone(cluster.api, [one["metadata"]["name"] for one in left], cluster.budgets)


@pytest.fixture(scope="session")
def cluster_nodes(cluster: Cluster) -> Sequence[Node]:
    return placeable(all_nodes(cluster.api))


@pytest.fixture(scope="session")
def client_pods(run: Run) -> Clients:
    return Clients(run, CLIENT)


@pytest.fixture(scope="session")
def backends(run: Run, cluster: Cluster, cluster_nodes: Sequence[Node]) -> Workload:
    """Two Services that one Pod, on the first node, stands behind."""
    namespace, manifest = run.make_namespace("backends"), Manifest.load(HERE / "backends.yaml")
    made = Workload(cluster.api, namespace, manifest, run.labels, cluster.budgets)
    for service in ("svc-open", "svc-local"):
        assert made.create_service(service).refusal is None
    made.start_pods("pod-1", node=cluster_nodes[0])
    return made


@pytest.fixture(scope="session")
def service(backends: Workload) -> Service:
    """A Service that is open to everybody."""
    return backends.present("svc-open")


@pytest.fixture(scope="session")
def judge(cluster: Cluster) -> Judge:
    return Judge(cluster.budgets)


def _pod_on(number: int, clients: Clients, nodes: Sequence[Node]) -> Vantage:
    if number >= len(nodes):
        pytest.skip(f"the cluster has {len(nodes)} node(s) for Pods")
    return clients.on(nodes[number])


@pytest.fixture(scope="session")
def outside(cluster: Cluster) -> Vantage:
    """The client outside the cluster."""
    if cluster.outside is None:
        pytest.skip("no client outside the cluster is to be had here")
    return cluster.outside


PODS = tuple(f"a Pod on the {one} node" for one in ORDINALS[:3])


@pytest.fixture(scope="session", params=PODS)
def inside(
    request: pytest.FixtureRequest, client_pods: Clients, cluster_nodes: Sequence[Node]
) -> Vantage:
    """A client Pod on each of three nodes."""
    return _pod_on(PODS.index(request.param), client_pods, cluster_nodes)


@pytest.fixture(scope="session")
def everybody(
    cluster: Cluster, client_pods: Clients, cluster_nodes: Sequence[Node]
) -> list[Vantage]:
    """Every vantage at once, for what takes long."""
    pods: list[Vantage] = [client_pods.on(node) for node in cluster_nodes[:3]]
    return [cluster.outside, *pods] if cluster.outside else pods


@pytest.fixture(scope="session")
def another_outside(cluster: Cluster) -> Vantage:
    """The second client outside the cluster."""
    if cluster.another_outside is None:
        pytest.skip("no second client outside the cluster is to be had here")
    return cluster.another_outside


@pytest.fixture(scope="session")
def process(client_pods: Clients, cluster_nodes: Sequence[Node]) -> Vantage:
    """A process of a node itself."""
    return client_pods.process_on(cluster_nodes[0])


ALONE = ("outside", "another_outside", "process")


@pytest.fixture(scope="session", params=(*ALONE, *PODS))
def vantage(
    request: pytest.FixtureRequest, client_pods: Clients, cluster_nodes: Sequence[Node]
) -> Vantage:
    """Every vantage that the cluster offers."""
    if request.param in ALONE:
        return request.getfixturevalue(request.param)
    return _pod_on(PODS.index(request.param), client_pods, cluster_nodes)
