"""The nouns that steps ask for: each fixture is one."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from kubeproof.capability import Findings
from kubeproof.cluster.base import Cluster
from kubeproof.cluster.choose import bring_up
from kubeproof.cluster.clients import Clients
from kubeproof.cluster.companions import Companions
from kubeproof.cluster.deployments import Deployments
from kubeproof.cluster.feature_gates import gate_trials
from kubeproof.cluster.node_marks import NodeMarks
from kubeproof.cluster.node_ports import DEFAULT, NodePortRange, node_port_range
from kubeproof.cluster.nodes import all_nodes, placeable
from kubeproof.cluster.operator import Operator
from kubeproof.cluster.pool import Pool
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.run import Run
from kubeproof.cluster.trials import Trials
from kubeproof.cluster.workload import Workload
from kubeproof.errors import CheckBroken, ClusterUnavailable, KubeproofError
from kubeproof.manifest import Manifest
from kubeproof.model import Node
from kubeproof.plugin import ending
from kubeproof.plugin.asking import Asking
from kubeproof.plugin.facts import CLUSTER, FINDINGS
from kubeproof.plugin.naming import Naming
from kubeproof.plugin.options import wanted_of
from kubeproof.plugin.recording import RECORD, Record
from kubeproof.plugin.upcoming import (
    FEATURES,
    MANIFESTS,
    manifest_after,
    manifest_of,
    named_in_givens,
)
from kubeproof.probing import Question
from kubeproof.probing.lag import Lag
from kubeproof.probing.verdict import Judge


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The cluster under test; without one the run ends with the scenario that asked for it."""
    try:
        made = _brought_up(request.config)
    except KubeproofError as error:
        request.session.shouldstop = str(error)  # pytest.exit would crash a parallel run
        raise
    request.config.stash[CLUSTER] = made
    yield made
    made.close()


def _brought_up(config: pytest.Config) -> Cluster:
    try:
        return bring_up(wanted_of(config))
    except (CheckBroken, Rejected) as error:
        raise ClusterUnavailable(f"the cluster cannot be reached: {error}") from error


@pytest.fixture(scope="session")
def findings(cluster: Cluster, clients: Clients, pytestconfig: pytest.Config) -> Findings:
    """What the cluster is capable of; some of it is tried out when a scenario asks for it."""
    trials = {**Trials(clients).each, **gate_trials(cluster.api)}
    found = pytestconfig.stash[FINDINGS] = Findings(cluster.findings(), trials)
    return found


@pytest.fixture(scope="session")
def run_of_cluster(cluster: Cluster, pytestconfig: pytest.Config) -> Iterator[Run]:
    """This run, which takes away what it made when it ends."""
    run = pytestconfig.stash[ending.RUN] = Run(cluster.api, cluster.budgets)
    yield run
    if not cluster.disposable:
        run.finish()


@pytest.fixture(scope="session")
def clients(run_of_cluster: Run, pytestconfig: pytest.Config) -> Clients:
    """The client Pods inside the cluster."""
    manifest = _beside_features(pytestconfig.rootpath / FEATURES) / "base" / "client.yaml"
    return Clients(run_of_cluster, manifest, pytestconfig.option.image)


@pytest.fixture(scope="session")
def pool(cluster: Cluster, run_of_cluster: Run, pytestconfig: pytest.Config) -> Pool | None:
    """Pods that wait for scenarios; none in a cluster whose Pods start in no time."""
    return None if cluster.disposable else Pool(run_of_cluster, pytestconfig.option.image)


def _beside_features(folder: Path) -> Path:
    """The manifests that belong to a folder of features; kubeproof's own where it has none."""
    beside = folder.parent / MANIFESTS
    if (beside / "base").is_dir():
        return beside
    return Path(str(files(f"kubeproof.{MANIFESTS}")))


@pytest.fixture
def nodes(cluster: Cluster) -> Sequence[Node]:
    """The nodes on which Pods can be placed, by name: the first, the second, the third."""
    return placeable(all_nodes(cluster.api))


@pytest.fixture(scope="session")
def node_ports(cluster: Cluster) -> NodePortRange:
    """The cluster's node port range; the default one where it is not told."""
    return node_port_range(cluster.api) or DEFAULT


@pytest.fixture
def scenario_record(request: pytest.FixtureRequest) -> Record:
    """What is written down of this scenario."""
    return request.node.stash[RECORD]


@pytest.fixture
def manifest(request: pytest.FixtureRequest, node_ports: NodePortRange) -> Manifest:
    """The manifest of the scenario's feature; its node ports are of this cluster's range."""
    return manifest_of(request.node.path).with_node_ports(node_ports.standing_for)


@pytest.fixture
def workload(
    run_of_cluster: Run,
    cluster: Cluster,
    manifest: Manifest,
    request: pytest.FixtureRequest,
    scenario_record: Record,
    pool: Pool | None,
    clients: Clients,
    nodes: Sequence[Node],
) -> Iterator[Workload]:
    """The scenario's own Services and Pods: in a namespace of its own, or with pooled Pods."""
    namespace = (
        pool.namespace if pool else run_of_cluster.make_namespace(f"{run_of_cluster.count:02}")
    )
    made = Workload(
        cluster.api,
        namespace,
        manifest,
        run_of_cluster.labels,
        cluster.budgets,
        request.config.option.image,
        pool,
    )
    if pool:
        clients.warm(nodes)
        pool.make_ready(manifest, nodes, named_in_givens(request.node))
        if following := manifest_after(request.node):
            pool.warm(following, nodes)
    scenario_record.workload, scenario_record.cluster = made, cluster
    yield made
    if not request.session.shouldstop:  # else the run's end takes everything away
        pool.give_back() if pool else run_of_cluster.drop_namespace(namespace)


@pytest.fixture
def companions(workload: Workload) -> Iterator[Companions]:
    """What stands beside the scenario's Services and Pods; taken away before they are."""
    made = Companions(workload)
    yield made
    made.clear()


@pytest.fixture
def deployments(workload: Workload) -> Iterator[Deployments]:
    """The scenario's Deployments; deleted before its other Pods are."""
    made = Deployments(workload)
    yield made
    made.clear()


@pytest.fixture
def node_marks(cluster: Cluster, run_of_cluster: Run) -> Iterator[NodeMarks]:
    """What the scenario writes on nodes; taken off before anything else is taken away."""
    made = NodeMarks(cluster.api, run_of_cluster.id)
    yield made
    made.clear()


@pytest.fixture
def asking(
    cluster: Cluster,
    clients: Clients,
    nodes: Sequence[Node],
    workload: Workload,
    scenario_record: Record,
) -> Iterator[Asking]:
    """Turns the words of a step into a question."""
    outside, another = cluster.outside, cluster.another_outside
    made = Asking(clients, outside, another, nodes, workload, scenario_record.observed)
    yield made
    made.close()


@pytest.fixture(scope="session")
def lag() -> Lag:
    """How far behind the API this cluster's dataplane has been so far."""
    return Lag()


@pytest.fixture
def naming(workload: Workload, scenario_record: Record) -> Naming:
    """Turns the words of a step into a lookup."""
    return Naming(workload, scenario_record.observed)


@pytest.fixture
def attempt() -> None:
    """No Service is spoken of until a step makes one."""


@pytest.fixture
def judge(cluster: Cluster, scenario_record: Record, lag: Lag) -> Judge:
    """Holds questions against what is promised."""
    return Judge(cluster.budgets, scenario_record.converged, lag)


@pytest.fixture
def operator(cluster: Cluster, scenario_record: Record) -> Iterator[Operator]:
    """Somebody with a kubeconfig; the doors opened are closed after the scenario."""
    somebody = Operator(cluster.api, cluster.kubeconfig, cluster.budgets, scenario_record.observed)
    yield somebody
    somebody.close()


@pytest.fixture
def control() -> Question:
    """The positive control of a negative; a Given has to have brought it about."""
    raise CheckBroken(
        "nothing shows that this client can be answered at all: give the scenario a line such as "
        "'And a client outside the cluster is answered at the node port of the first node'"
    )
