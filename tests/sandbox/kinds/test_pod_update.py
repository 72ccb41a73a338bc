"""What of a Pod may change once it exists."""

import copy
from collections.abc import Callable

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

Change = Callable[[Object], object]
HEAD = (
    "spec: Forbidden: pod updates may not change fields other than "
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


@pytest.fixture
def pod(cluster: Cluster) -> Object:
    spec = {
        "containers": [{"name": "c", "image": "x:1", "ports": [{"containerPort": 80}]}],
        "activeDeadlineSeconds": 100,
        "nodeSelector": {"a": "b"},
    }
    return copy.deepcopy(cluster.create("pods", {"spec": spec}))


def container(pod: Object) -> Object:
    return pod["spec"]["containers"][0]


ALLOWED: list[tuple[str, Change]] = [
    ("labels", lambda pod: pod["metadata"].update(labels={"app": "x"})),
    ("annotations", lambda pod: pod["metadata"].update(annotations={"a": "x"})),
    ("image", lambda pod: container(pod).update(image="x:2")),
    ("deadline", lambda pod: pod["spec"].update(activeDeadlineSeconds=50)),
    (
        "toleration",
        lambda pod: pod["spec"]["tolerations"].append({"key": "k", "operator": "Exists"}),
    ),
    (
        "toleration for longer",
        lambda pod: pod["spec"]["tolerations"][0].update(tolerationSeconds=9),
    ),
    ("priority left out", lambda pod: pod["spec"].pop("priority")),
]


@pytest.mark.parametrize("change", [pytest.param(row[1], id=row[0]) for row in ALLOWED])
def test_allowed(cluster: Cluster, pod: Object, change: Change) -> None:
    change(pod)
    assert cluster.change("pods", pod)["spec"]["priority"] == 0


REFUSED: list[tuple[str, Change]] = [
    ("port", lambda pod: container(pod)["ports"][0].update(containerPort=81)),
    ("name", lambda pod: container(pod).update(name="d")),
    ("node", lambda pod: pod["spec"].update(nodeName="n")),
    ("node selector", lambda pod: pod["spec"].update(nodeSelector={"a": "c"})),
    ("probe", lambda pod: container(pod).update(readinessProbe={"tcpSocket": {"port": 80}})),
    ("grace", lambda pod: pod["spec"].update(terminationGracePeriodSeconds=1)),
]


@pytest.mark.parametrize("change", [pytest.param(row[1], id=row[0]) for row in REFUSED])
def test_refused(cluster: Cluster, pod: Object, change: Change) -> None:
    change(pod)
    with pytest.raises(ApiError) as refusal:
        cluster.change("pods", pod)
    (cause,) = causes(refusal.value)
    head, _, difference = cause.partition("\n")
    assert head == HEAD
    assert difference.startswith("@@ ")


def test_the_difference_is_shown_as_the_api_servers_struct(cluster: Cluster, pod: Object) -> None:
    container(pod)["ports"][0]["containerPort"] = 81
    with pytest.raises(ApiError) as refusal:
        cluster.change("pods", pod)
    assert (
        causes(refusal.value)[0].partition("\n")[2]
        == """@@ -100,7 +100,7 @@
     {
      "Name": "",
      "HostPort": 0,
-     "ContainerPort": 80,
+     "ContainerPort": 81,
      "Protocol": "TCP",
      "HostIP": ""
     }
"""
    )


OTHERWISE: list[tuple[str, Change, list[str]]] = [
    (
        "another container",
        lambda pod: pod["spec"]["containers"].append({"name": "d", "image": "x"}),
        ["spec.containers: Forbidden: pod updates may not add or remove containers"],
    ),
    (
        "more time",
        lambda pod: pod["spec"].update(activeDeadlineSeconds=101),
        [
            "spec.activeDeadlineSeconds: Invalid value: 101: "
            "must be less than or equal to previous value"
        ],
    ),
    (
        "no deadline",
        lambda pod: pod["spec"].pop("activeDeadlineSeconds"),
        [
            "spec.activeDeadlineSeconds: Invalid value: null: "
            "must not update from a positive integer to nil value"
        ],
    ),
    (
        "a toleration less",
        lambda pod: pod["spec"].update(tolerations=[{"operator": "Exists"}]),
        [
            "spec.tolerations: Forbidden: "
            "existing toleration can not be modified except its tolerationSeconds"
        ],
    ),
    (
        "a gate",
        lambda pod: pod["spec"].update(schedulingGates=[{"name": "g"}]),
        [
            "spec.schedulingGates[0].name: Forbidden: "
            "only deletion is allowed, but found new scheduling gate 'g'"
        ],
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [pytest.param(*row[1:], id=row[0]) for row in OTHERWISE]
)
def test_refused_otherwise(
    cluster: Cluster, pod: Object, change: Change, expected: list[str]
) -> None:
    change(pod)
    with pytest.raises(ApiError) as refusal:
        cluster.change("pods", pod)
    assert causes(refusal.value) == expected


def test_a_gated_pod_may_narrow_down_where_it_runs(cluster: Cluster) -> None:
    spec = {
        "containers": [{"name": "c", "image": "x:1"}],
        "schedulingGates": [{"name": "g"}],
        "nodeSelector": {"a": "b"},
    }
    pod = copy.deepcopy(cluster.create("pods", {"spec": spec}))
    pod["spec"]["nodeSelector"]["c"] = "d"
    pod = copy.deepcopy(cluster.change("pods", pod))
    del pod["spec"]["schedulingGates"]
    assert cluster.change("pods", pod)["spec"]["nodeSelector"] == {"a": "b", "c": "d"}


def test_the_status_keeps_what_is_not_the_kubelets(cluster: Cluster, pod: Object) -> None:
    pod["status"] = {"phase": "Running"}
    pod = copy.deepcopy(cluster.change("pods", pod, subresource="status"))
    assert pod["status"] == {"phase": "Running", "qosClass": "BestEffort"}
    pod["status"]["qosClass"] = "Guaranteed"
    with pytest.raises(ApiError) as refusal:
        cluster.change("pods", pod, subresource="status")
    assert causes(refusal.value) == [
        'status.qosClass: Invalid value: "Guaranteed": field is immutable'
    ]


def test_what_is_not_restarted_stays_ended(cluster: Cluster) -> None:
    spec = {"containers": [{"name": "c", "image": "x:1"}], "restartPolicy": "Never"}
    pod = copy.deepcopy(cluster.create("pods", {"spec": spec}))
    ended = {"name": "c", "state": {"terminated": {"exitCode": 0}}}
    pod["status"]["containerStatuses"] = [ended]
    pod = copy.deepcopy(cluster.change("pods", pod, subresource="status"))
    pod["status"]["containerStatuses"][0]["state"] = {"running": {}}
    with pytest.raises(ApiError) as refusal:
        cluster.change("pods", pod, subresource="status")
    assert causes(refusal.value) == [
        "status.containerStatuses[0].state: Forbidden: "
        "may not be transitioned to non-terminated state"
    ]


def test_zone_labels_cannot_be_changed_away(cluster: Cluster) -> None:
    labels = {"topology.kubernetes.io/zone": "zone-1"}
    cluster.create("nodes", {"metadata": {"labels": labels}}, name="n")
    spec = {"containers": [{"name": "c", "image": "x:1"}], "nodeName": "n"}
    pod = copy.deepcopy(cluster.create("pods", {"spec": spec}))
    pod["metadata"]["labels"] = {"app": "x", "topology.kubernetes.io/zone": "zone-2"}
    assert cluster.change("pods", pod)["metadata"]["labels"] == {"app": "x", **labels}
