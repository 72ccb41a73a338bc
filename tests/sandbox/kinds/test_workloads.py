"""Deployments, ReplicaSets and DaemonSets: defaults, refusals, what may change."""

import copy

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

LABELS = {"app": "x"}
SELECTOR = {"matchLabels": LABELS}
TEMPLATE: Object = {
    "metadata": {"labels": LABELS},
    "spec": {"containers": [{"name": "c", "image": "x:1"}]},
}
KINDS = ("deployments", "replicasets", "daemonsets")
NO_MATCH = "`selector` does not match template `labels`"


def workload(
    cluster: Cluster, resource: str, writer: Writer | None = None, **spec: object
) -> Object:
    whole = {"selector": SELECTOR, "template": TEMPLATE, **spec}
    whole = {key: value for key, value in whole.items() if value is not None}
    return cluster.create(resource, {"spec": whole}, writer=writer)


def test_deployment_defaults(cluster: Cluster) -> None:
    deployment = workload(cluster, "deployments")
    spec = {key: value for key, value in deployment["spec"].items() if key != "template"}
    assert spec == {
        "replicas": 1,
        "selector": SELECTOR,
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
        },
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }
    assert deployment["status"] == {}
    assert deployment["metadata"]["generation"] == 1


def test_template_defaults(cluster: Cluster) -> None:
    template = workload(cluster, "deployments")["spec"]["template"]
    assert template["spec"] == {
        "containers": [
            {
                "name": "c",
                "image": "x:1",
                "imagePullPolicy": "IfNotPresent",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }
        ],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
    }


def test_replicaset_defaults(cluster: Cluster) -> None:
    replicaset = workload(cluster, "replicasets")
    assert replicaset["spec"]["replicas"] == 1
    assert replicaset["status"] == {"replicas": 0}


def test_daemonset_defaults(cluster: Cluster) -> None:
    daemonset = workload(cluster, "daemonsets")
    assert daemonset["spec"]["updateStrategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0},
    }
    assert daemonset["metadata"]["annotations"] == {"deprecated.daemonset.template.generation": "1"}
    assert daemonset["status"]["desiredNumberScheduled"] == 0


def test_daemonsets_count_the_changes_of_their_template(cluster: Cluster) -> None:
    daemonset = copy.deepcopy(workload(cluster, "daemonsets"))
    daemonset["metadata"]["labels"] = {"a": "b"}
    daemonset = copy.deepcopy(cluster.change("daemonsets", daemonset))
    counted = "deprecated.daemonset.template.generation"
    assert daemonset["metadata"]["annotations"][counted] == "1"
    daemonset["spec"]["template"]["spec"]["containers"][0]["image"] = "x:2"
    daemonset = cluster.change("daemonsets", daemonset)
    assert daemonset["metadata"]["annotations"][counted] == "2"


REFUSED: list[tuple[str, str, Object, list[str]]] = [
    (
        "no selector",
        "deployments",
        {"selector": None},
        [
            "spec.selector: Required value",
            f'spec.template.metadata.labels: Invalid value: {{"app":"x"}}: {NO_MATCH}',
        ],
    ),
    (
        "empty selector",
        "deployments",
        {"selector": {}},
        ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
    ),
    (
        "other labels",
        "deployments",
        {"selector": {"matchLabels": {"app": "y"}}},
        [f'spec.template.metadata.labels: Invalid value: {{"app":"x"}}: {NO_MATCH}'],
    ),
    (
        "no labels",
        "replicasets",
        {"template": {"spec": TEMPLATE["spec"]}},
        [f"spec.template.metadata.labels: Invalid value: null: {NO_MATCH}"],
    ),
    (
        "selector operator",
        "deployments",
        {"selector": {"matchExpressions": [{"key": "app", "operator": "Near"}]}},
        [
            'spec.selector.matchExpressions[0].operator: Invalid value: "Near": '
            "not a valid selector operator",
            'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Near"}]}: '
            "invalid label selector",
        ],
    ),
    (
        "negative",
        "deployments",
        {"replicas": -1, "minReadySeconds": -1, "revisionHistoryLimit": -1},
        [
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
            "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
            "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
        ],
    ),
    (
        "restart policy",
        "deployments",
        {"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}},
        [
            'spec.template.spec.restartPolicy: Unsupported value: "Never": '
            'supported values: "Always"'
        ],
    ),
    (
        "no image",
        "daemonsets",
        {"template": {**TEMPLATE, "spec": {"containers": [{"name": "c"}]}}},
        ["spec.template.spec.containers[0].image: Required value"],
    ),
    (
        "strategy",
        "deployments",
        {"strategy": {"type": "Bang"}},
        [
            'spec.strategy: Unsupported value: {"Type":"Bang","RollingUpdate":null}: '
            'supported values: "Recreate", "RollingUpdate"'
        ],
    ),
    (
        "recreate by and by",
        "deployments",
        {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
        [
            "spec.strategy.rollingUpdate: Forbidden: "
            "may not be specified when strategy `type` is 'Recreate'"
        ],
    ),
    (
        "no progress",
        "deployments",
        {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}},
        [
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: "
            "may not be 0 when `maxSurge` is 0"
        ],
    ),
    (
        "too much",
        "deployments",
        {"strategy": {"rollingUpdate": {"maxSurge": "x", "maxUnavailable": "101%"}}},
        [
            'spec.strategy.rollingUpdate.maxSurge: Invalid value: "x": a valid percent string '
            "must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex "
            "used for validation is '[0-9]+%')",
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": '
            "must not be greater than 100%",
        ],
    ),
    (
        "deadline",
        "deployments",
        {"minReadySeconds": 600},
        ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"],
    ),
    (
        "daemons both ways",
        "daemonsets",
        {"updateStrategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}},
        [
            "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: "
            "may not be set when maxUnavailable is non-zero"
        ],
    ),
    (
        "daemons no way",
        "daemonsets",
        {"updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}},
        [
            "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: "
            "cannot be 0 when maxSurge is 0"
        ],
    ),
    (
        "daemons with an empty selector",
        "daemonsets",
        {"selector": {}},
        ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"],
    ),
]


@pytest.mark.parametrize(
    ("resource", "spec", "expected"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused(cluster: Cluster, resource: str, spec: Object, expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        workload(cluster, resource, **spec)
    assert causes(refusal.value) == expected


@pytest.mark.parametrize("resource", KINDS)
def test_the_selector_stays(cluster: Cluster, resource: str) -> None:
    obj = copy.deepcopy(workload(cluster, resource))
    obj["spec"]["selector"]["matchLabels"]["tier"] = "y"
    obj["spec"]["template"]["metadata"]["labels"]["tier"] = "y"
    with pytest.raises(ApiError) as refusal:
        cluster.change(resource, obj)
    assert causes(refusal.value) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"x","tier":"y"}}: field is immutable'
    ]


@pytest.mark.parametrize("resource", KINDS)
def test_the_message_names_the_group(cluster: Cluster, resource: str) -> None:
    with pytest.raises(ApiError) as refusal:
        workload(cluster, resource, template={**TEMPLATE, "spec": {"containers": []}})
    assert '.apps "it" is invalid: spec.template.spec.containers: Required value' in (
        refusal.value.message
    )


@pytest.mark.parametrize("resource", KINDS)
def test_templates_may_leave_host_ports_to_the_pods(cluster: Cluster, resource: str) -> None:
    container = {"name": "c", "image": "x:1", "ports": [{"containerPort": 80}]}
    template = {**TEMPLATE, "spec": {"hostNetwork": True, "containers": [container]}}
    created = workload(cluster, resource, template=template)
    assert "hostPort" not in created["spec"]["template"]["spec"]["containers"][0]["ports"][0]


def test_warnings_about_names_and_templates(cluster: Cluster) -> None:
    writer = Writer()
    ports = [{"containerPort": 80}, {"containerPort": 80}]
    container = {"name": "c", "image": "x:1", "ports": ports}
    spec = {"selector": SELECTOR, "template": {**TEMPLATE, "spec": {"containers": [container]}}}
    made = cluster.create("deployments", {"spec": spec}, name="a.b", writer=writer)
    about_ports = (
        "spec.template.spec.containers[0].ports[1]: duplicate port definition with "
        "spec.template.spec.containers[0].ports[0]"
    )
    assert writer.warnings == [
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising "
        "behavior; a DNS label is recommended: [must not contain dots]",
        about_ports,
    ]
    scaled = copy.deepcopy(made)
    scaled["spec"]["replicas"] = 2
    writer = Writer()
    cluster.change("deployments", scaled, writer=writer)
    assert writer.warnings == []
