"""What a new Pod looks like: defaults, and what admission adds."""

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import NAMESPACE, Cluster


def pod(cluster: Cluster, container: Object | None = None, **spec: object) -> Object:
    whole = {"containers": [{"name": "c", "image": "agnhost:2", **(container or {})}], **spec}
    return cluster.create("pods", {"spec": whole})


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("agnhost", "Always"),
        ("agnhost:latest", "Always"),
        ("agnhost:2.63.0", "IfNotPresent"),
        ("registry:5000/agnhost", "Always"),
        ("registry:5000/agnhost:1", "IfNotPresent"),
        ("agnhost@sha256:" + "0" * 64, "IfNotPresent"),
        ("agnhost:latest@sha256:" + "0" * 64, "Always"),
    ],
)
def test_pull_policy_follows_the_tag(cluster: Cluster, image: str, policy: str) -> None:
    assert pod(cluster, {"image": image})["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_probes(cluster: Cluster) -> None:
    probe = {"httpGet": {"port": 8080}, "initialDelaySeconds": 0}
    container = pod(cluster, {"readinessProbe": probe})["spec"]["containers"][0]
    assert container["readinessProbe"] == {
        "httpGet": {"path": "/", "port": 8080, "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def test_handlers(cluster: Cluster) -> None:
    lifecycle = {"preStop": {"httpGet": {"port": "web"}}}
    container = pod(cluster, {"lifecycle": lifecycle})["spec"]["containers"][0]
    assert container["lifecycle"]["preStop"]["httpGet"] == {
        "path": "/",
        "port": "web",
        "scheme": "HTTP",
    }


def test_requests_follow_limits(cluster: Cluster) -> None:
    resources = {"limits": {"cpu": "0.5", "memory": "1024Mi"}, "requests": {"cpu": "100m"}}
    created = pod(cluster, {"resources": resources})
    assert created["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "500m", "memory": "1Gi"},
        "requests": {"cpu": "100m", "memory": "1Gi"},
    }


@pytest.mark.parametrize(
    ("resources", "quality"),
    [
        ({}, "BestEffort"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
        ({"requests": {"cpu": "1", "memory": "1Gi"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
    ],
)
def test_quality_of_service(cluster: Cluster, resources: Object, quality: str) -> None:
    assert pod(cluster, {"resources": resources})["status"] == {
        "phase": "Pending",
        "qosClass": quality,
    }


def test_host_network_makes_ports_host_ports(cluster: Cluster) -> None:
    ports = [{"containerPort": 8080}]
    container = pod(cluster, {"ports": ports}, hostNetwork=True)["spec"]["containers"][0]
    assert container["ports"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "TCP"}]


def test_volumes(cluster: Cluster) -> None:
    volumes = [
        {"name": "bare"},
        {"name": "config", "configMap": {"name": "c"}},
        {"name": "secret", "secret": {"secretName": "s"}},
        {"name": "host", "hostPath": {"path": "/"}},
    ]
    created = pod(cluster, volumes=volumes, automountServiceAccountToken=False)
    assert created["spec"]["volumes"] == [
        {"name": "bare", "emptyDir": {}},
        {"name": "config", "configMap": {"name": "c", "defaultMode": 420}},
        {"name": "secret", "secret": {"secretName": "s", "defaultMode": 420}},
        {"name": "host", "hostPath": {"path": "/", "type": ""}},
    ]


def test_every_container_gets_the_token(cluster: Cluster) -> None:
    spec = pod(cluster, initContainers=[{"name": "i", "image": "x:1"}])["spec"]
    (volume,) = spec["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    for container in [*spec["initContainers"], *spec["containers"]]:
        assert container["volumeMounts"] == [
            {
                "name": volume["name"],
                "readOnly": True,
                "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
            }
        ]


def test_a_container_that_mounts_there_itself_gets_no_token(cluster: Cluster) -> None:
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    mounts = [{"name": "own", "mountPath": path}]
    spec = pod(cluster, {"volumeMounts": mounts}, volumes=[{"name": "own"}])["spec"]
    assert [volume["name"] for volume in spec["volumes"]] == ["own"]


def test_the_account_may_decline_the_token_and_bring_pull_secrets(cluster: Cluster) -> None:
    account = {"automountServiceAccountToken": False, "imagePullSecrets": [{"name": "pull"}]}
    cluster.create("serviceaccounts", account, name="shy")
    spec = pod(cluster, serviceAccountName="shy")["spec"]
    assert "volumes" not in spec
    assert spec["imagePullSecrets"] == [{"name": "pull"}]
    assert spec["serviceAccount"] == "shy"


def test_an_account_that_does_not_exist(cluster: Cluster) -> None:
    with pytest.raises(ApiError) as refusal:
        pod(cluster, serviceAccountName="nobody")
    assert refusal.value.code == 403
    assert refusal.value.message == (
        'pods "it" is forbidden: error looking up service account test/nobody: '
        'serviceaccount "nobody" not found'
    )


def test_the_older_name_of_the_account(cluster: Cluster) -> None:
    cluster.create("serviceaccounts", {}, name="robot")
    assert pod(cluster, serviceAccount="robot")["spec"]["serviceAccountName"] == "robot"


@pytest.mark.parametrize(("name", "priority"), [("", 0), ("system-cluster-critical", 2000000000)])
def test_priority(cluster: Cluster, name: str, priority: int) -> None:
    spec = pod(cluster, priorityClassName=name)["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (priority, "PreemptLowerPriority")


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"priorityClassName": "vip"}, "no PriorityClass with name vip was found"),
        ({"runtimeClassName": "vm"}, 'pod rejected: RuntimeClass "vm" not found'),
        (
            {"priority": 7},
            "the integer value of priority (7) must not be provided in pod spec; priority "
            "admission controller computed 0 from the given PriorityClass name",
        ),
    ],
)
def test_classes_that_do_not_exist(cluster: Cluster, spec: Object, why: str) -> None:
    with pytest.raises(ApiError) as refusal:
        pod(cluster, **spec)
    assert (refusal.value.code, refusal.value.message) == (403, f'pods "it" is forbidden: {why}')


@pytest.mark.parametrize(
    ("tolerations", "keys"),
    [
        ([], ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]),
        ([{"operator": "Exists"}], [None]),
        (
            [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}],
            ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"],
        ),
    ],
)
def test_tolerations(cluster: Cluster, tolerations: list[Object], keys: list[str | None]) -> None:
    spec = pod(cluster, tolerations=tolerations)["spec"]
    assert [toleration.get("key") for toleration in spec["tolerations"]] == keys


def test_a_pod_made_for_a_node_gets_the_topology_of_the_node(cluster: Cluster) -> None:
    labels = {"topology.kubernetes.io/zone": "zone-1", "kubernetes.io/hostname": "n"}
    cluster.create("nodes", {"metadata": {"labels": labels}}, name="n")
    created = pod(cluster, nodeName="n")
    assert created["metadata"]["labels"] == {"topology.kubernetes.io/zone": "zone-1"}
    assert "labels" not in pod_named(cluster, "other", nodeName="nowhere")["metadata"]


def pod_named(cluster: Cluster, name: str, **spec: object) -> Object:
    whole = {"containers": [{"name": "c", "image": "x:1"}], **spec}
    return cluster.create("pods", {"spec": whole}, name=name)


def test_gated_pods_say_that_they_are(cluster: Cluster) -> None:
    created = pod(cluster, schedulingGates=[{"name": "example.com/wait"}])
    (condition,) = created["status"]["conditions"]
    assert (condition["status"], condition["reason"]) == ("False", "SchedulingGated")


def test_pods_can_be_selected_by_node_and_phase(cluster: Cluster) -> None:
    pod(cluster)
    pod_named(cluster, "bound", nodeName="n")
    found = cluster.registry.list("pods", NAMESPACE, fields="spec.nodeName=n")
    assert [each["metadata"]["name"] for each in found] == ["bound"]
    found = cluster.registry.list("pods", NAMESPACE, fields="status.phase!=Pending")
    assert found == []
