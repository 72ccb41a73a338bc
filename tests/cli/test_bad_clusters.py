"""Clusters that will not do, at the command line: one line, an exit code, and nothing left there.

The cluster is the sandbox's API server, reached as anybody's cluster is: by a kubeconfig.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubeproof.capability import MEANING
from kubeproof.cluster.api import Api, configuration_of
from kubeproof.model import Object
from kubeproof.sandbox.client import Options, Sandbox
from tests.cli import console
from tests.cli.console import Ended, complaint
from tests.cluster.disturbed import Disturbed, Refusal, disturbed

FEATURES = str(Path(__file__).parents[2] / "features")
EXEMPT = "exempt namespaces labelled app.kubernetes.io/managed-by=kubeproof"
NODE_PORTS = "services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox.start(Options(nodes=1))
    yield made
    made.close()


@pytest.fixture(scope="module")
def api(sandbox: Sandbox) -> Api:
    return Api(configuration_of(text=sandbox.kubeconfig()))


def run(kubeconfig: str, tags: str, home: Path, *options: str) -> Ended:
    path = home / "config"
    path.write_text(kubeconfig)
    chosen = ("--cluster=kubeconfig", f"--kubeconfig={path}", f"--tags={tags}")
    return console.kubeproof("run", FEATURES, *chosen, *options, home=home)


def against(how: Disturbed, sandbox: Sandbox, home: Path, tags: str = "@cip-01") -> Ended:
    with disturbed(sandbox.kubeconfig(), how) as kubeconfig:
        return run(kubeconfig, tags, home)


def ends(home: Path) -> dict[str, tuple[str, str]]:
    """Status and reason of each behaviour."""
    told: Any = json.loads((home / "report" / "run.json").read_text(encoding="utf-8"))
    return {one["behaviour"]: (one["status"], one["reason"]) for one in told["scenarios"]}


def left(api: Api) -> list[str]:
    """What runs have left in the cluster, and that is not going already."""
    objects = [obj["metadata"] for obj in api.list("Namespace")]
    there = [one["name"] for one in objects if "deletionTimestamp" not in one]
    return [name for name in there if name.startswith("kubeproof-")]


def forbidden(message: str) -> Refusal:
    return Refusal(403, "Forbidden", message)


def denied(code: int, message: str) -> Disturbed:
    return Disturbed({"(POST|PATCH) .*/pods": Refusal(code, "Forbidden", message)})


WEBHOOK = 'admission webhook "images.example.com" denied the request: not from our registry'
POLICY = "pods is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"
SECURITY = 'pods "p" is forbidden: violates PodSecurity "restricted:latest": seLinuxOptions'
QUOTA = 'pods "p" is forbidden: exceeded quota: few, requested: pods=1, limited: pods=0'
SERVICE = r"POST .*/namespaces/kubeproof-[^/]+/services\?"  # the creation of one
SPACES = Refusal(403, "Forbidden", 'namespaces is forbidden: User "u" cannot create resource')

UNUSABLE: dict[str, tuple[Disturbed, str]] = {
    "credentials that have expired": (
        Disturbed({".": Refusal(401, "Unauthorized", "Unauthorized")}),
        "kubeproof: the cluster cannot be reached: Unauthorized (HTTP 401 Unauthorized); renew the "
        "kubeconfig's credentials, and try them with: kubectl get nodes",
    ),
    "credentials that nobody knows": (
        Disturbed({".": forbidden('forbidden: User "system:anonymous" cannot get path "/apis"')}),
        'kubeproof: the cluster cannot be reached: forbidden: User "system:anonymous" cannot get '
        'path "/apis" (HTTP 403 Forbidden); renew the kubeconfig\'s credentials, and try them '
        "with: kubectl get nodes",
    ),
    "a quota of no Pods": (
        denied(403, QUOTA),
        f"kubeproof: no Pod can be made there: {QUOTA} (HTTP 403 Forbidden); raise that quota, or "
        f"{EXEMPT} from it",
    ),
    "a webhook": (
        denied(400, WEBHOOK),
        f"kubeproof: no Pod can be made there: {WEBHOOK} (HTTP 400 Forbidden); {EXEMPT} from that "
        "rule, or name an image that it admits with --image",
    ),
    "an admission policy": (
        denied(422, POLICY),
        f"kubeproof: no Pod can be made there: {POLICY} (HTTP 422 Forbidden); {EXEMPT} from that "
        "rule, or name an image that it admits with --image",
    ),
    "Pod security": (
        denied(403, SECURITY),
        f"kubeproof: no Pod can be made there: {SECURITY} (HTTP 403 Forbidden); {EXEMPT} from "
        "that level",
    ),
    "no right to namespaces that the review knew nothing of": (
        Disturbed({"POST .*/namespaces": SPACES}),
        f"kubeproof: no namespace can be made there: {SPACES.message} (HTTP 403 Forbidden); grant "
        "that right with manifests/base/rbac.yaml (docs/any-cluster.md)",
    ),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_cluster_in_which_no_scenario_can_run_is_told_once(
    what: str, sandbox: Sandbox, api: Api, tmp_path: Path
) -> None:
    how, told = UNUSABLE[what]
    ended = against(how, sandbox, tmp_path, "@cip-01 or @cip-02 or @cip-03")
    assert ended.code == 3
    assert complaint(ended) == told
    assert len(ends(tmp_path)) == 1, "the run went on after its first scenario"
    assert left(api) == []


def test_missing_rights_are_listed_before_anything_is_made(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    def refused(line: str, asked: Object, answered: Object) -> Object:
        wanted = asked.get("spec", {}).get("resourceAttributes", {})
        if wanted.get("verb") == "create" and wanted.get("resource") in ("pods", "namespaces"):
            answered["status"] = {"allowed": False}
        return answered

    how = Disturbed(rewrite=refused)
    ended = against(how, sandbox, tmp_path)
    assert ended.code == 2
    told = complaint(ended)
    assert "rights: create namespaces, create pods, create pods/portforward; an admin" in told
    assert told.endswith("can grant them with manifests/base/rbac.yaml (docs/any-cluster.md)")
    made = [line for line in how.asked if line.startswith("POST") and "accessreviews" not in line]
    assert made == []


def test_a_quota_of_node_ports_breaks_the_checks_that_need_one_and_no_promise(
    sandbox: Sandbox, api: Api, tmp_path: Path
) -> None:
    quota = f'services "svc-2" is forbidden: exceeded quota: few, requested: {NODE_PORTS}'
    how = Disturbed({SERVICE: forbidden(quota)})
    ended = against(how, sandbox, tmp_path, "@np-07 or @cip-10")
    assert ended.code == 4
    assert ends(tmp_path)["np-07"] == (
        "broken",
        f"{quota} (HTTP 403 Forbidden); raise that quota, or {EXEMPT} from it",
    )
    assert left(api) == []


def test_a_node_port_that_somebody_else_has_breaks_the_check_and_is_named(
    sandbox: Sandbox, api: Api, tmp_path: Path
) -> None:
    spec = {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30000}]}
    mine = {"name": "mine", "namespace": "default"}
    api.create({"apiVersion": "v1", "kind": "Service", "metadata": mine, "spec": spec})
    ended = run(sandbox.kubeconfig(), "@np-07 or @np-09 or @cip-01", tmp_path)
    api.delete("Service", "mine", "default")
    assert ended.code == 4
    seen = ends(tmp_path)
    assert seen["cip-01"][0] == "passed"
    for behaviour in ("np-07", "np-09"):
        status, reason = seen[behaviour]
        assert status == "broken"
        assert reason.endswith(
            "provided port is already allocated (HTTP 422 Invalid); Service default/mine has that "
            "node port: free it while the run lasts"
        )
    assert left(api) == []


def test_an_image_that_cannot_be_had_ends_the_run_with_its_name(
    sandbox: Sandbox, api: Api, tmp_path: Path
) -> None:
    image = "registry.example.com/nobody:1"
    ended = run(sandbox.kubeconfig(), "@cip-01 or @cip-03", tmp_path, f"--image={image}")
    assert ended.code == 3
    told = complaint(ended)
    assert told.startswith(f"kubeproof: image {image} cannot be had on node k8s-node1 (Back-off ")
    assert told.endswith(
        "; name another with --image, or bring it to the nodes with kubeproof images"
    )
    assert left(api) == []


def test_an_api_server_that_goes_away_ends_the_run_and_what_is_left_is_named(
    sandbox: Sandbox, api: Api, tmp_path: Path
) -> None:
    how = Disturbed(goes_at=SERVICE)
    ended = against(how, sandbox, tmp_path, "@cip-01 or @cip-02 or @cip-03")
    assert ended.code == 4
    assert len(ends(tmp_path)) == 1
    names = left(api)
    assert len(names) == 2
    told = complaint(ended)
    assert told.startswith("kubeproof: the API server does not answer: ")
    assert all(name in told for name in names)
    assert told.endswith("remove it with: kubeproof clean --older-than 0s")
    cleaned = console.kubeproof(
        "clean", "--older-than=0s", f"--kubeconfig={backdoor(sandbox, tmp_path)}", home=tmp_path
    )
    assert cleaned.code == 0
    assert left(api) == []


def test_an_api_server_that_goes_before_anything_is_made_is_told_too(
    sandbox: Sandbox, api: Api, tmp_path: Path
) -> None:
    ended = against(Disturbed(goes_at="GET .*/configmaps/kube-proxy"), sandbox, tmp_path)
    assert ended.code == 4
    assert complaint(ended).startswith("kubeproof: the API server does not answer: ")
    assert left(api) == []


def backdoor(sandbox: Sandbox, home: Path) -> Path:
    """A kubeconfig that leads around the proxy."""
    path = home / "direct"
    path.write_text(sandbox.kubeconfig())
    return path


def test_a_cluster_of_one_node_skips_what_needs_more_with_the_reason(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    ended = run(sandbox.kubeconfig(), "@cip-01 or @cip-04 or @np-01", tmp_path)
    assert ended.code == 0
    why = "the cluster has 1 schedulable node(s) (capability:two-nodes: "
    seen = ends(tmp_path)
    assert seen["cip-01"][0] == "passed"
    for behaviour in ("cip-04", "np-01"):
        assert seen[behaviour][0] == "skipped"
        assert why in seen[behaviour][1]


def test_a_cluster_without_a_node_for_pods_is_none(
    sandbox: Sandbox, api: Api, tmp_path: Path
) -> None:
    api.patch("Node", "k8s-node1", "", {"spec": {"unschedulable": True}})
    ended = run(sandbox.kubeconfig(), "@cip-01 or @cip-03", tmp_path)
    api.patch("Node", "k8s-node1", "", {"spec": {"unschedulable": None}})
    assert ended.code == 3
    assert complaint(ended) == (
        "kubeproof: none of the cluster's 1 nodes is Ready and schedulable; look at: "
        "kubectl get nodes"
    )
    assert left(api) == []


def test_the_doctor_says_what_a_cluster_is_capable_of_and_makes_nothing(
    sandbox: Sandbox, api: Api, tmp_path: Path
) -> None:
    how = Disturbed()
    with disturbed(sandbox.kubeconfig(), how) as kubeconfig:
        (tmp_path / "config").write_text(kubeconfig)
        chosen = ("--cluster=kubeconfig", f"--kubeconfig={tmp_path / 'config'}")
        ended = console.kubeproof("doctor", *chosen, home=tmp_path)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert "IP families: IPv4" in lines
    named = {
        line.split()[1].rstrip(":") for line in lines if line.startswith(("ok ", "absent ", "?"))
    }
    assert named == MEANING.keys()
    assert "absent  two-nodes: the cluster has 1 schedulable node(s)" in lines
    assert "?       sctp: a run tries it out when a scenario needs it" in lines
    made = [one for one in how.asked if one.startswith(("POST", "PATCH", "PUT", "DELETE"))]
    tried = [one for one in made if "accessreviews" not in one and "dryRun=All" not in one]
    assert tried == ["POST /api/v1/namespaces/default/services?fieldManager=kubeproof"]
    there = [one["metadata"]["name"] for one in api.list("Service", "default")]
    assert there == ["kubernetes"]  # what the range is read from was refused
