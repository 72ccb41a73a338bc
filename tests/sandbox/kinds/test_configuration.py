"""ConfigMaps and Secrets, Namespaces, Nodes and Events."""

import base64
import copy

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

LOCKED = "field is immutable when `immutable` is set"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_secrets_take_plain_text_and_show_none(cluster: Cluster) -> None:
    secret = cluster.create(
        "secrets", {"data": {"a": encoded("1"), "b": encoded("2")}, "stringData": {"b": "3"}}
    )
    assert secret["data"] == {"a": encoded("1"), "b": encoded("3")}
    assert secret["type"] == "Opaque"
    assert "stringData" not in secret


REFUSED: list[tuple[str, str, Object, list[str]]] = [
    (
        "key of a config map",
        "configmaps",
        {"data": {"a b": ""}},
        [
            'data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric '
            "characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex "
            "used for validation is '[-._a-zA-Z0-9]+')"
        ],
    ),
    (
        "one key twice",
        "configmaps",
        {"data": {"a": ""}, "binaryData": {"a": ""}},
        ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ),
    (
        "large config map",
        "configmaps",
        {"data": {"a": "x" * (1024 * 1024 + 1)}},
        [": Too long: may not be more than 1048576 bytes"],
    ),
    (
        "certificate without key",
        "secrets",
        {"type": "kubernetes.io/tls", "data": {"tls.crt": ""}},
        ["data[tls.key]: Required value"],
    ),
    (
        "password without anything",
        "secrets",
        {"type": "kubernetes.io/basic-auth"},
        ["data[username]: Required value", "data[password]: Required value"],
    ),
    (
        "token of nobody",
        "secrets",
        {"type": "kubernetes.io/service-account-token"},
        ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
    ),
    (
        "registry password",
        "secrets",
        {"type": "kubernetes.io/dockerconfigjson"},
        ["data[.dockerconfigjson]: Required value"],
    ),
    (
        "taints",
        "nodes",
        {
            "spec": {
                "taints": [
                    {"key": "a", "effect": "NoSchedule"},
                    {"key": "a", "effect": "NoSchedule"},
                    {"key": "b", "effect": "Never"},
                ]
            }
        },
        [
            'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule",'
            '"TimeAdded":null}: taints must be unique by key and effect pair',
            'metadata.taints[2].effect: Unsupported value: "Never": '
            'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        ],
    ),
    (
        "two ranges of one family",
        "nodes",
        {"spec": {"podCIDRs": ["10.0.0.0/24", "10.0.1.0/24"]}},
        [
            'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: '
            "may specify no more than one CIDR for each IP family"
        ],
    ),
    (
        "finalizer of a namespace",
        "namespaces",
        {"spec": {"finalizers": ["mine"]}},
        [
            'spec.finalizers: Invalid value: "mine": '
            "name is neither a standard finalizer name nor is it fully qualified"
        ],
    ),
    (
        "event elsewhere",
        "events",
        {"involvedObject": {"namespace": "other"}},
        ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ),
    (
        "newer event",
        "events",
        {
            "involvedObject": {"namespace": "test"},
            "eventTime": "2026-01-01T00:00:00.000000Z",
            "reportingComponent": "example.com/x",
        },
        [
            "reportingInstance: Required value",
            "action: Required value",
            "reason: Required value",
        ],
    ),
]


@pytest.mark.parametrize(
    ("resource", "parts", "expected"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused(cluster: Cluster, resource: str, parts: Object, expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.create(resource, parts)
    assert causes(refusal.value) == expected


@pytest.mark.parametrize(
    ("resource", "field"),
    [("configmaps", "data"), ("configmaps", "binaryData"), ("secrets", "data")],
)
def test_locked(cluster: Cluster, resource: str, field: str) -> None:
    parts = {field: {"a": encoded("1")}, "immutable": True}
    obj = copy.deepcopy(cluster.create(resource, parts))
    obj[field] = {"a": encoded("2")}
    del obj["immutable"]
    with pytest.raises(ApiError) as refusal:
        cluster.change(resource, obj)
    assert causes(refusal.value) == [
        f"immutable: Forbidden: {LOCKED}",
        f"{field}: Forbidden: {LOCKED}",
    ]


def test_the_type_of_a_secret_stays(cluster: Cluster) -> None:
    secret = copy.deepcopy(cluster.create("secrets", {}))
    secret["type"] = "example.com/other"
    with pytest.raises(ApiError) as refusal:
        cluster.change("secrets", secret)
    assert causes(refusal.value) == ['type: Invalid value: "example.com/other": field is immutable']


def test_mistakes_in_metadata_are_reported_by_each_layer(cluster: Cluster) -> None:
    """Twice by the registry in general, once for the change of the kind, once for the whole."""
    config = copy.deepcopy(cluster.create("configmaps", {}))
    config["metadata"]["labels"] = {"a": "b c"}
    with pytest.raises(ApiError) as refusal:
        cluster.change("configmaps", config)
    found = causes(refusal.value)
    assert len(found) == 4
    assert len(set(found)) == 1
    assert refusal.value.message == f'ConfigMap "it" is invalid: {found[0]}'


def test_a_namespace_carries_its_name(cluster: Cluster) -> None:
    namespace = copy.deepcopy(cluster.create("namespaces", {}, name="n"))
    assert namespace["metadata"]["labels"] == {"kubernetes.io/metadata.name": "n"}
    assert namespace["spec"] == {"finalizers": ["kubernetes"]}
    assert namespace["status"] == {"phase": "Active"}
    namespace["metadata"]["labels"] = {"a": "b"}
    assert cluster.change("namespaces", namespace)["metadata"]["labels"] == {
        "a": "b",
        "kubernetes.io/metadata.name": "n",
    }


def test_the_phase_of_a_namespace_goes_with_its_deletion(cluster: Cluster) -> None:
    namespace = copy.deepcopy(cluster.create("namespaces", {}, name="n"))
    namespace["status"]["phase"] = "Terminating"
    with pytest.raises(ApiError) as refusal:
        cluster.change("namespaces", namespace, subresource="status")
    assert causes(refusal.value) == [
        'status.Phase: Invalid value: "Terminating": '
        "may only be 'Active' if `deletionTimestamp` is empty"
    ]


def test_namespaces_can_be_selected_by_phase(cluster: Cluster) -> None:
    assert len(cluster.registry.list("namespaces", fields="status.phase=Active")) == 1


def test_nodes(cluster: Cluster) -> None:
    parts = {"spec": {"podCIDR": "10.244.1.0/24"}, "status": {"capacity": {"cpu": "2"}}}
    node = copy.deepcopy(cluster.create("nodes", parts))
    assert node["spec"]["podCIDRs"] == ["10.244.1.0/24"]
    assert node["status"]["allocatable"] == {"cpu": "2"}
    assert cluster.registry.list("nodes", fields="spec.unschedulable=false")
    node["spec"]["unschedulable"] = True
    node = copy.deepcopy(cluster.change("nodes", node))
    assert not cluster.registry.list("nodes", fields="spec.unschedulable=false")
    node["spec"] = {"podCIDRs": ["10.244.2.0/24"]}
    with pytest.raises(ApiError) as refusal:
        cluster.change("nodes", node)
    assert causes(refusal.value) == [
        'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'
    ]


def test_events_can_be_selected_by_what_they_are_about(cluster: Cluster) -> None:
    about = {"kind": "Pod", "namespace": "test", "name": "p"}
    cluster.create("events", {"involvedObject": about, "reason": "Started", "type": "Normal"})
    found = cluster.registry.list("events", fields="involvedObject.name=p,reason=Started")
    assert len(found) == 1
    assert cluster.registry.list("events", fields="type=Warning") == []
