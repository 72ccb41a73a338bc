"""The whole sandbox at work: real packets, for everybody who can start one."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.sandbox.objects import Object
from tests.sandbox.identities import Identity, identities
from tests.sandbox.programs.traffic import Cluster, asked, deployment, service
from tests.sandbox.rest import Rest

DNS_PODS = "/api/v1/namespaces/kube-system/pods"
KUBECTL = shutil.which("kubectl") or ""


@pytest.mark.parametrize("identity", identities(), ids=str)
def test_service_is_reached_from_everywhere_it_should_be(identity: Identity) -> None:
    process = identity.start("traffic.py")
    output, _ = process.communicate(timeout=120)
    found = json.loads(output)
    pods = found["pods"]
    assert len(pods) == 3
    reached = {place: found[place] for place in ("from a pod", "from a node", "load balancer")}
    assert reached == dict.fromkeys(reached, pods)
    assert [found[f"k8s-node{number}"] for number in (1, 2, 3)] == [pods] * 3
    assert found["from outside"] == ["OSError"], "there is no route to a ClusterIP"


@pytest.fixture(scope="module")
def cluster(fresh_sandbox: Sandbox) -> Cluster:
    made = Cluster(fresh_sandbox)
    made.create()
    return made


def is_ready(pods: Object) -> bool:
    conditions = [item for pod in pods["items"] for item in pod["status"].get("conditions", ())]
    return {"Ready": "True"} in [{item["type"]: item["status"]} for item in conditions]


def test_cluster_dns_comes_up_by_itself(cluster: Cluster) -> None:
    cluster.rest.wait(DNS_PODS, is_ready)
    pod = cluster.pods()[0]
    dial = "/dial?host=web.default&port=80&request=hostname&tries=1"
    answer = asked(cluster.sandbox.socket("outside"), node_of(cluster), node_port(cluster), dial)
    assert json.loads(answer)["responses"][0] in [it["metadata"]["name"] for it in cluster.pods()]
    assert pod["status"]["podIP"].startswith("10.244.")


def node_of(cluster: Cluster) -> str:
    return cluster.sandbox.nodes[0].address


def node_port(cluster: Cluster) -> int:
    return cluster.rest.get(cluster.service)["spec"]["ports"][0]["nodePort"]


def test_fault_is_seen_by_packets_and_goes_again(cluster: Cluster) -> None:
    port = node_port(cluster)
    cluster.sandbox.set_faults(["node-port-missing@k8s-node1"])
    broken = cluster.answers("outside", "172.30.0.11", port)
    whole = cluster.answers("outside", "172.30.0.12", port)
    cluster.sandbox.set_faults([])
    assert broken == ["ConnectionRefusedError"]
    assert len(whole) == len(cluster.answers("outside", "172.30.0.11", port)) == 3


def test_deleted_service_answers_no_more(cluster: Cluster) -> None:
    path = "/api/v1/namespaces/default/services"
    cluster.rest.post(path, service("web", "NodePort") | {"metadata": {"name": "brief"}})
    port = cluster.rest.get(f"{path}/brief")["spec"]["ports"][0]["nodePort"]
    cluster.sandbox.settled()
    assert len(cluster.answers("outside", "172.30.0.13", port)) == 3
    cluster.rest.delete(f"{path}/brief")
    cluster.sandbox.settled()
    assert cluster.answers("outside", "172.30.0.13", port) == ["ConnectionRefusedError"]


def test_cluster_without_a_load_balancer_leaves_the_address_pending() -> None:
    with Sandbox.start(Options(nodes=1, load_balancer=False)) as sandbox:
        rest = Rest(sandbox.api_url, sandbox.token)
        path = "/api/v1/namespaces/default/services"
        rest.post(path, service("web", "LoadBalancer"))
        sandbox.settled()
        assert rest.get(f"{path}/web")["status"] == {"loadBalancer": {}}


def test_node_runs_hundreds_of_pods() -> None:
    """Four files each; RLIMIT_NOFILE is raised, and no address is used twice."""
    with Sandbox.start(Options(nodes=3)) as sandbox:
        rest = Rest(sandbox.api_url, sandbox.token)
        path = "/apis/apps/v1/namespaces/default/deployments"
        rest.post(path, deployment("many", 240))
        rest.wait(f"{path}/many", lambda it: it["status"].get("readyReplicas") == 240, 60)
        pods = rest.get("/api/v1/namespaces/default/pods")["items"]
        assert len({pod["status"]["podIP"] for pod in pods}) == 240


@pytest.fixture
def kubeconfig(cluster: Cluster, tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text(cluster.sandbox.kubeconfig())
    return path


@pytest.mark.skipif(not KUBECTL, reason="kubectl is not installed")
def test_kubectl_reads_applies_and_deletes(kubeconfig: Path, tmp_path: Path) -> None:
    def kubectl(*words: str) -> str:
        command = [KUBECTL, f"--kubeconfig={kubeconfig}", f"--cache-dir={tmp_path}", *words]
        ran = subprocess.run(command, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    manifest = tmp_path / "manifest.json"
    objects = [deployment("extra", 2), service("extra", "ClusterIP")]
    manifest.write_text("\n".join(map(json.dumps, objects)))
    assert "k8s-node2   Ready" in kubectl("get", "nodes")
    assert "deployment.apps/extra created" in kubectl("apply", "-f", str(manifest))
    assert "successfully rolled out" in kubectl("rollout", "status", "deployment/extra")
    assert "service/extra unchanged" in kubectl("apply", "-f", str(manifest))
    assert "condition met" in kubectl(
        "wait", "--for=condition=Available", "deployment/extra", "--timeout=10s"
    )
    assert 'service "extra" deleted' in kubectl("delete", "-f", str(manifest))
    assert "extra" not in kubectl("get", "services,deployments")
