"""The conditions of a Namespace that is being deleted: what is left, and what holds it.

Source: API reference, NamespaceCondition; the wording is the namespace controller's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from kubeproof.sandbox.controllers.conditions import find
from kubeproof.sandbox.controllers.fields import finalizers_of
from kubeproof.sandbox.controllers.timestamps import written
from kubeproof.sandbox.objects import Object

_FINE = (
    (
        "NamespaceDeletionDiscoveryFailure",
        "ResourcesDiscovered",
        "All resources successfully discovered",
    ),
    (
        "NamespaceDeletionGroupVersionParsingFailure",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    (
        "NamespaceFinalizersRemaining",
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
    ),
)


def deletion_conditions(
    conditions: Sequence[Object],
    remaining: Mapping[str, Sequence[Object]],
    failures: Iterable[str],
    moment: datetime,
) -> list[Object]:
    """The conditions after a round of deletion.

    `remaining` are the objects still there, by resource with its group ("deployments.apps");
    `failures` are the messages of deletions that went wrong.
    """
    bad = {
        "NamespaceDeletionContentFailure": _failure(sorted(failures)),
        "NamespaceContentRemaining": _contents(remaining),
        "NamespaceFinalizersRemaining": _finalizers(remaining),
    }
    result = list(conditions)
    for kind, reason, message in _FINE:
        found = bad.get(kind)
        if found is None:
            new = _condition(kind, "False", reason, message, moment)
        else:
            new = _condition(kind, "True", *found, moment)
        result = _put(result, new)
    return result


def _failure(messages: Sequence[str]) -> tuple[str, str] | None:
    if not messages:
        return None
    text = ", ".join(messages)
    message = f"Failed to delete all resource types, {len(messages)} remaining: {text}"
    return "ContentDeletionFailed", message


def _contents(remaining: Mapping[str, Sequence[Object]]) -> tuple[str, str] | None:
    parts = [f"{name} has {len(items)} resource instances" for name, items in remaining.items()]
    if not parts:
        return None
    return "SomeResourcesRemain", f"Some resources are remaining: {', '.join(sorted(parts))}"


def _finalizers(remaining: Mapping[str, Sequence[Object]]) -> tuple[str, str] | None:
    counts = Counter(
        finalizer
        for items in remaining.values()
        for item in items
        for finalizer in finalizers_of(item)
    )
    parts = [f"{name} in {count} resource instances" for name, count in counts.items()]
    if not parts:
        return None
    text = ", ".join(sorted(parts))
    message = f"Some content in the namespace has finalizers remaining: {text}"
    return "SomeFinalizersRemain", message


def _condition(kind: str, status: str, reason: str, message: str, moment: datetime) -> Object:
    return {
        "type": kind,
        "status": status,
        "lastTransitionTime": written(moment),
        "reason": reason,
        "message": message,
    }


def _put(conditions: list[Object], new: Object) -> list[Object]:
    """Put a condition in its place; its time moves only with its status."""
    old = find(conditions, new["type"])
    if old is None:
        return [*conditions, new]
    if old["status"] == new["status"]:
        new = new | {"lastTransitionTime": old["lastTransitionTime"]}
    return [new if item is old else item for item in conditions]
