"""Revisions of a Deployment: which ReplicaSet has which Pod template, and its annotations.

Source: "Deployments" (Rolling Back a Deployment, Pod-template-hash label) in the Kubernetes
documentation; `kubectl rollout undo` reads these annotations.
"""

import json
from collections.abc import Sequence
from typing import Any, cast

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.controllers.fields import annotations_of, created_at, object_at, spec_of
from kubeproof.sandbox.objects import Object, meta, name_of

HASH_LABEL = "pod-template-hash"
REVISION_ANNOTATION = "deployment.kubernetes.io/revision"
HISTORY_ANNOTATION = "deployment.kubernetes.io/revision-history"
DESIRED_ANNOTATION = "deployment.kubernetes.io/desired-replicas"
MOST_ANNOTATION = "deployment.kubernetes.io/max-replicas"
_OWN_ANNOTATIONS = frozenset(
    (
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION_ANNOTATION,
        HISTORY_ANNOTATION,
        DESIRED_ANNOTATION,
        MOST_ANNOTATION,
        "deprecated.deployment.rollback.to",
    )
)
_HISTORY_LENGTH = 2000
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_MAPS = frozenset(("labels", "annotations", "nodeSelector", "limits", "requests"))


def revision_of(obj: Object) -> int:
    """The revision an object is annotated with, 0 where it has none that is a number."""
    try:
        return int(annotations_of(obj).get(REVISION_ANNOTATION, "0"))
    except ValueError:
        return 0


def by_creation(replica_sets: Sequence[Object]) -> list[Object]:
    """Oldest first; those of the same second by name."""
    return sorted(replica_sets, key=lambda item: (created_at(item), name_of(item)))


def by_revision(replica_sets: Sequence[Object]) -> list[Object]:
    """Lowest revision first; those of the same revision oldest first."""
    return sorted(by_creation(replica_sets), key=revision_of)


def current_replica_set(deployment: Object, replica_sets: Sequence[Object]) -> Object | None:
    """The ReplicaSet that has the Deployment's Pod template, the oldest if there are several."""
    wanted = comparable_template(deployment)
    fitting = (rs for rs in by_creation(replica_sets) if comparable_template(rs) == wanted)
    return next(fitting, None)


def comparable_template(workload: Object) -> Any:
    """The Pod template without its hash label, and without what only looks different.

    Null, an empty list and an empty map of labels and the like mean the same as their absence.
    """
    template = cast(Object, _pruned(object_at(workload, "spec", "template")))
    labels = dict(object_at(template, "metadata", "labels"))
    labels.pop(HASH_LABEL, None)
    template["metadata"] = object_at(template, "metadata") | {"labels": labels}
    return template


def _pruned(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        items = cast(Object, value).items()
        pairs = ((key, _pruned(item, key)) for key, item in items)
        return {key: item for key, item in pairs if not _means_nothing(key, item)}
    if isinstance(value, list):
        return [_pruned(item) for item in cast("list[Any]", value)]
    return value


def _means_nothing(name: str, value: Any) -> bool:
    return value is None or value == [] or (value == {} and name in _MAPS)


def template_hash(deployment: Object) -> str:
    """The value of the pod-template-hash label: the template and the collision count, hashed."""
    text = json.dumps(comparable_template(deployment), sort_keys=True)
    text += str(object_at(deployment, "status").get("collisionCount") or "")
    return safe_text(str(fnv32a(text.encode())))


def fnv32a(data: bytes) -> int:
    """The 32 bit FNV-1a hash."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def safe_text(text: str) -> str:
    """The text in letters and digits that spell no words, as Kubernetes puts hashes in names."""
    return "".join(_LETTERS[ord(letter) % len(_LETTERS)] for letter in text)


def replica_annotations(wanted: int, surge: int) -> dict[str, str]:
    """The annotations that say for which scale of the Deployment a ReplicaSet was sized."""
    return {DESIRED_ANNOTATION: str(wanted), MOST_ANNOTATION: str(wanted + surge)}


def new_replica_set(deployment: Object, template_hash: str) -> Object:
    """The ReplicaSet for the Deployment's present template, without replicas and annotations."""
    template = copied(spec_of(deployment)["template"])
    labels = {**object_at(template, "metadata", "labels"), HASH_LABEL: template_hash}
    meta(template)["labels"] = labels
    selector = copied(spec_of(deployment)["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: template_hash}
    spec: Object = {"selector": selector, "template": template}
    if spec_of(deployment).get("minReadySeconds"):
        spec["minReadySeconds"] = spec_of(deployment)["minReadySeconds"]
    longest = 253 - 1 - len(template_hash)
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name_of(deployment)[:longest]}-{template_hash}",
            "namespace": deployment["metadata"]["namespace"],
            "labels": copied(labels),
        },
        "spec": spec,
    }


def annotations_for(deployment: Object, replica_set: Object, revision: int) -> dict[str, str]:
    """The annotations of the current ReplicaSet: the Deployment's, and its revision.

    A revision never falls. One that is raised is a rollback, and the former number is kept.
    """
    annotations = dict(annotations_of(replica_set))
    for name, value in annotations_of(deployment).items():
        if name not in _OWN_ANNOTATIONS:
            annotations[name] = value
    before = annotations.get(REVISION_ANNOTATION)
    if revision_of(replica_set) >= revision:
        return annotations
    annotations[REVISION_ANNOTATION] = str(revision)
    if before is not None:
        annotations[HISTORY_ANNOTATION] = _history(annotations.get(HISTORY_ANNOTATION, ""), before)
    return annotations


def _history(before: str, revision: str) -> str:
    revisions = [*(item for item in before.split(",") if item), revision]
    while len(",".join(revisions)) > _HISTORY_LENGTH and len(revisions) > 1:
        del revisions[0]
    return ",".join(revisions)
