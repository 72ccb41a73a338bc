"""Metadata of new and changed objects."""

import copy

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import NAMESPACE, Cluster, causes

REFUSED: list[tuple[str, Object, list[str]]] = [
    (
        "finalizer",
        {"finalizers": ["mine"]},
        [
            'metadata.finalizers[0]: Invalid value: "mine": '
            "name is neither a standard finalizer name nor is it fully qualified"
        ],
    ),
    (
        "both ways of deletion",
        {"finalizers": ["orphan", "foregroundDeletion"]},
        [
            'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: '
            "finalizer orphan and foregroundDeletion cannot be both set"
        ],
    ),
    (
        "owner",
        {"ownerReferences": [{"apiVersion": "", "kind": "", "name": "", "uid": ""}]},
        [
            'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
            'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
            'metadata.ownerReferences.name: Invalid value: "": must not be empty',
            'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
        ],
    ),
    (
        "large annotations",
        {"annotations": {"a": "x" * 262144}},
        ["metadata.annotations: Too long: may not be more than 262144 bytes"],
    ),
]


@pytest.mark.parametrize(
    ("metadata", "expected"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused(cluster: Cluster, metadata: Object, expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.create("configmaps", {"metadata": metadata})
    assert causes(refusal.value) == expected


def test_two_controllers(cluster: Cluster) -> None:
    owners = [
        {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": name, "controller": True}
        for name in ("a", "b")
    ]
    with pytest.raises(ApiError) as refusal:
        cluster.create("configmaps", {"metadata": {"ownerReferences": owners}})
    (cause,) = causes(refusal.value)
    assert cause.endswith(
        "Only one reference can have Controller set to true. "
        'Found "true" in references for Pod/a and Pod/b'
    )


def test_generated_names(cluster: Cluster) -> None:
    body = cluster.body("services", {"spec": {"ports": [{"port": 80}]}}, "")
    body["metadata"] = {"generateName": "Web-"}
    with pytest.raises(ApiError) as refusal:
        cluster.registry.create("services", NAMESPACE, body)
    fields = [cause.split(":")[0] for cause in causes(refusal.value)]
    assert fields == ["metadata.generateName", "metadata.name"]


def test_no_finalizers_come_to_what_is_going(cluster: Cluster) -> None:
    finalizers = ["example.com/wait"]
    cluster.create("configmaps", {"metadata": {"finalizers": finalizers}})
    cluster.registry.delete("configmaps", NAMESPACE, "it")
    config = copy.deepcopy(cluster.registry.get("configmaps", NAMESPACE, "it"))
    config["metadata"]["finalizers"].append("example.com/more")
    with pytest.raises(ApiError) as refusal:
        cluster.change("configmaps", config)
    assert set(causes(refusal.value)) == {
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
        'deleted, found new finalizers []string{"example.com/more"}'
    }
