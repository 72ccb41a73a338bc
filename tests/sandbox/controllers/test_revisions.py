"""Templates, hashes and revision annotations."""

from typing import Any

import pytest

from kubeproof.sandbox.controllers.revisions import (
    HISTORY_ANNOTATION,
    REVISION_ANNOTATION,
    annotations_for,
    by_revision,
    current_replica_set,
    fnv32a,
    new_replica_set,
    safe_text,
    template_hash,
)
from kubeproof.sandbox.objects import Object


def deployment(template: Object, **annotations: str) -> Object:
    return {
        "metadata": {"name": "d", "namespace": "test", "annotations": annotations},
        "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": template},
    }


def template(**spec: Any) -> Object:
    return {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": []} | spec}


def test_fnv_is_the_published_function() -> None:
    # test vectors of the FNV authors (draft-eastlake-fnv)
    assert fnv32a(b"") == 0x811C9DC5
    assert fnv32a(b"a") == 0xE40C292C
    assert fnv32a(b"foobar") == 0xBF9CF968


def test_hash_is_made_of_safe_letters() -> None:
    assert set(safe_text("0123456789")) <= set("bcdfghjklmnpqrstvwxz2456789")
    assert len(set(safe_text("0123456789"))) == 10


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (template(), template(volumes=[]), True),
        (template(), template(nodeSelector={}), True),
        (template(), template(hostNetwork=None), True),
        (template(), template(hostNetwork=True), False),
        (template(volumes=[{"emptyDir": {}}]), template(volumes=[{}]), False),
    ],
)
def test_what_makes_a_new_revision(one: Object, other: Object, same: bool) -> None:
    assert (template_hash(deployment(one)) == template_hash(deployment(other))) is same


def test_replica_set_of_the_template_is_found_again() -> None:
    owner = deployment(template())
    made = new_replica_set(owner, "abc")
    assert made["metadata"]["name"] == "d-abc"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "a", "pod-template-hash": "abc"}
    assert made["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] == "abc"
    assert current_replica_set(owner, [made]) is made
    assert current_replica_set(deployment(template(hostNetwork=True)), [made]) is None


def test_collision_changes_the_hash() -> None:
    owner = deployment(template())
    assert template_hash(owner) != template_hash(owner | {"status": {"collisionCount": 1}})


def test_annotations_of_the_deployment_are_copied_but_not_its_own() -> None:
    owner = deployment(template(), **{"note": "x", REVISION_ANNOTATION: "9"})
    assert annotations_for(owner, {}, 3) == {"note": "x", REVISION_ANNOTATION: "3"}


def test_rollback_raises_the_revision_and_keeps_the_former() -> None:
    before = {"metadata": {"annotations": {REVISION_ANNOTATION: "1"}}}
    after = annotations_for(deployment(template()), before, 3)
    assert after == {REVISION_ANNOTATION: "3", HISTORY_ANNOTATION: "1"}
    again = annotations_for(deployment(template()), {"metadata": {"annotations": after}}, 5)
    assert again == {REVISION_ANNOTATION: "5", HISTORY_ANNOTATION: "1,3"}


def test_revision_never_falls() -> None:
    before = {"metadata": {"annotations": {REVISION_ANNOTATION: "7"}}}
    assert annotations_for(deployment(template()), before, 2)[REVISION_ANNOTATION] == "7"


def test_revisions_sort_by_number() -> None:
    sets = [{"metadata": {"name": n, "annotations": {REVISION_ANNOTATION: n}}} for n in ("10", "9")]
    assert [item["metadata"]["name"] for item in by_revision(sets)] == ["9", "10"]
