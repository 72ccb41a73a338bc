"""Manifests: what is read, what is refused, and what is changed of an object."""

import copy
from pathlib import Path

import pytest

from kubeproof.errors import Misuse
from kubeproof.manifest import Manifest, pinned, placed, restricted
from kubeproof.model import Object

TWO = """\
# a comment before the first document
apiVersion: v1
kind: Service
metadata: {name: svc-1}
---
---
apiVersion: v1
kind: Pod
metadata: {name: pod-1}
spec: {containers: [{name: c, image: agnhost}]}
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "one.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def pod() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod-1", "labels": {"app": "pod"}},
        "spec": {"containers": [{"name": "a", "image": "one"}, {"name": "b", "image": "two"}]},
    }


def test_every_document_is_an_object_and_empty_ones_are_none(tmp_path: Path) -> None:
    loaded = Manifest.load(written(tmp_path, TWO))
    assert [(obj["kind"], obj["metadata"]["name"]) for obj in loaded.objects] == [
        ("Service", "svc-1"),
        ("Pod", "pod-1"),
    ]


def test_a_file_without_objects_is_an_empty_manifest(tmp_path: Path) -> None:
    assert Manifest.load(written(tmp_path, "# nothing yet\n")).objects == ()


def test_what_was_found_is_a_copy(tmp_path: Path) -> None:
    loaded = Manifest.load(written(tmp_path, TWO))
    loaded.find("Pod", "pod-1")["spec"]["containers"].clear()
    assert loaded.find("Pod", "pod-1")["spec"]["containers"] == [{"name": "c", "image": "agnhost"}]


@pytest.mark.parametrize(
    ("kind", "name", "there"),
    [("Pod", "pod-2", "pod-1"), ("Pod", "svc-1", "pod-1"), ("Deployment", "pod-1", "none")],
)
def test_an_object_that_is_not_there(tmp_path: Path, kind: str, name: str, there: str) -> None:
    path = written(tmp_path, TWO)
    with pytest.raises(Misuse) as caught:
        Manifest.load(path).find(kind, name)
    assert str(caught.value) == f"manifest {path} has no {kind} {name!r}; it has {there}"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind: [", "is not YAML: while parsing"),
        ("a: b: c", "is not YAML: mapping values are not allowed here"),
        (b"\xff\xfe\x00", "is not YAML"),
        (b"kind: Caf\xe9", "is not YAML: 'utf-8' codec can't decode"),
        ("!!python/object:os.system {}", "is not YAML: could not determine a constructor"),
        ("just words", "document 1 is no Kubernetes object: no apiVersion"),
        ("- a\n- list", "document 1 is no Kubernetes object: no apiVersion"),
        (TWO + "---\nkind: Pod\n", "document 3 is no Kubernetes object: no apiVersion"),
        ("apiVersion: v1", "document 1 is no Kubernetes object: no kind"),
        ("apiVersion: v1\nkind: Pod", "document 1 is no Kubernetes object: no metadata"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {}", "document 1 has no metadata.name"),
        ("apiVersion: v1\nkind: Pod\nmetadata:", "document 1 has no metadata.name"),
        ("apiVersion: v1\nkind: Pod\nmetadata: name", "document 1 has no metadata.name"),
        ("apiVersion: v1\nkind: Pod\nmetadata: 7", "document 1 has no metadata.name"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: 7}", "document 1 has no metadata.name"),
    ],
)
def test_what_is_no_manifest_is_told_in_one_line(
    tmp_path: Path, text: str | bytes, complaint: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(Misuse) as caught:
        Manifest.load(path)
    told = str(caught.value)
    assert complaint in told
    assert str(path) in told
    assert "\n" not in told


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"cannot read manifest .*/none.yaml: No such file"):
        Manifest.load(tmp_path / "none.yaml")


def test_a_folder_is_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"cannot read manifest .*: Is a directory"):
        Manifest.load(tmp_path)


def test_an_object_is_placed_with_the_run_as_annotations() -> None:
    given = pod()
    made = placed(given, "kubeproof-1", {"kubeproof.dev/run": "abc"})
    assert made["metadata"]["namespace"] == "kubeproof-1"
    assert made["metadata"]["annotations"] == {"kubeproof.dev/run": "abc"}
    assert made["metadata"]["labels"] == {"app": "pod"}, "a selector might find others"
    assert given == pod()


def test_annotations_that_are_there_stay() -> None:
    given = pod()
    given["metadata"]["annotations"] = {"note": "kept"}
    made = placed(given, "ns", {"kubeproof.dev/run": "abc"})
    assert made["metadata"]["annotations"] == {"note": "kept", "kubeproof.dev/run": "abc"}


def test_a_pod_is_pinned_by_the_hostname_label_in_place_of_the_manifests() -> None:
    given = pod()
    given["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "k8s-node1", "disk": "fast"}
    made = pinned(given, "worker-7")
    assert made["spec"]["nodeSelector"] == {"kubernetes.io/hostname": "worker-7", "disk": "fast"}
    assert given["spec"]["nodeSelector"]["kubernetes.io/hostname"] == "k8s-node1"
    assert pinned(pod(), "n")["spec"]["nodeSelector"] == {"kubernetes.io/hostname": "n"}


def test_a_pod_is_made_fit_for_the_restricted_standard() -> None:
    spec = restricted(pod())["spec"]
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsUser": 65532,
        }


def test_what_the_manifest_says_of_security_stays() -> None:
    given = pod()
    given["spec"]["securityContext"] = {"runAsNonRoot": False}
    given["spec"]["containers"][0]["securityContext"] = {"runAsUser": 7}
    spec = restricted(given)["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is False
    assert [c["securityContext"]["runAsUser"] for c in spec["containers"]] == [7, 65532]


def test_another_image_is_used_for_every_container_if_one_is_given() -> None:
    def images(made: Object) -> list[str]:
        return [container["image"] for container in made["spec"]["containers"]]

    assert images(restricted(pod())) == ["one", "two"]
    assert images(restricted(pod(), "mirror/agnhost")) == ["mirror/agnhost"] * 2


def test_pods_do_not_share_what_was_filled_in() -> None:
    given = pod()
    before = copy.deepcopy(given)
    first, second = (restricted(given)["spec"]["containers"] for _ in range(2))
    first[0]["securityContext"]["capabilities"]["drop"].clear()
    for container in (first[1], second[0]):
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert given == before
