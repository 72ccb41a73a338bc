"""What is malformed in the metadata of any kind, and what of it was changed but never may.

Follows k8s.io/apimachinery's ``api/validation/objectmeta.go``; names are the kinds' own affair.
"""

from kubeproof.sandbox.api import gotext, labels
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.jsonvalue import child, items
from kubeproof.sandbox.objects import Object

_ANNOTATIONS_LIMIT = 256 * 1024
_IMMUTABLE = ("name", "namespace", "uid", "deletionGracePeriodSeconds")


def validate(obj: Object) -> list[FieldError]:
    """What is malformed: path segments, labels, annotations, owners, finalizers."""
    metadata = obj["metadata"]
    return [
        *_path_segment(metadata.get("name", "")),
        *_labels(child(metadata, "labels")),
        *_annotations(child(metadata, "annotations")),
        *_owners(items(metadata, "ownerReferences")),
        *_finalizers(items(metadata, "finalizers")),
    ]


def validate_update(obj: Object, old: Object) -> list[FieldError]:
    """What was changed though it never may be; new finalizers on an object that is going away."""
    new, was = obj["metadata"], old["metadata"]
    errors = [
        FieldError.invalid(f"metadata.{key}", new.get(key, ""), "field is immutable")
        for key in _IMMUTABLE
        if new.get(key) != was.get(key)
    ]
    if was.get("deletionTimestamp"):
        errors = _no_new_finalizers(new, was) + errors
    return errors + validate(obj)


def _path_segment(name: str) -> list[FieldError]:
    if name in (".", ".."):
        return [FieldError.invalid("metadata.name", name, f"may not be '{name}'")]
    return [
        FieldError.invalid("metadata.name", name, f"may not contain '{char}'")
        for char in "/%"
        if char in name
    ]


def _labels(pairs: dict[str, str]) -> list[FieldError]:
    errors: list[FieldError] = []
    for key, value in pairs.items():
        wrong = [(key, text) for text in labels.key_errors(key)]
        wrong += [(value, text) for text in labels.value_errors(value)]
        errors += [FieldError.invalid("metadata.labels", what, text) for what, text in wrong]
    return errors


def _annotations(pairs: dict[str, str]) -> list[FieldError]:
    errors = [
        FieldError.invalid("metadata.annotations", key, text)
        for key in pairs
        for text in labels.key_errors(key.lower())
    ]
    size = sum(len(key.encode()) + len(value.encode()) for key, value in pairs.items())
    if size > _ANNOTATIONS_LIMIT:
        errors.append(FieldError.too_long("metadata.annotations", "", _ANNOTATIONS_LIMIT))
    return errors


def _owners(owners: list[Object]) -> list[FieldError]:
    errors: list[FieldError] = []
    for owner in owners:
        for key, detail in _OWNER_DETAILS.items():
            if not owner.get(key):
                field = f"metadata.ownerReferences.{key}"
                errors.append(FieldError.invalid(field, owner.get(key, ""), detail))
    controllers = [f"{o.get('kind')}/{o.get('name')}" for o in owners if o.get("controller")]
    for other in controllers[1:]:
        detail = (
            'Only one reference can have Controller set to true. Found "true" in references for '
            f"{controllers[0]} and {other}"
        )
        errors.append(FieldError.invalid("metadata.ownerReferences", owners, detail))
    return errors


_OWNER_DETAILS = {
    "apiVersion": "version must not be empty",
    "kind": "must not be empty",
    "name": "must not be empty",
    "uid": "must not be empty",
}


def _finalizers(finalizers: list[str]) -> list[FieldError]:
    errors = [
        FieldError.invalid("metadata.finalizers", name, text)
        for name in finalizers
        for text in labels.key_errors(name)
    ]
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        errors.append(FieldError.invalid("metadata.finalizers", finalizers, detail))
    return errors


def _no_new_finalizers(new: Object, was: Object) -> list[FieldError]:
    added = sorted(set(items(new, "finalizers")) - set(items(was, "finalizers")))
    if not added:
        return []
    shown = ", ".join(gotext.quote(name) for name in added)
    detail = (
        "no new finalizers can be added if the object is being deleted, found new finalizers "
        f"[]string{{{shown}}}"
    )
    return [FieldError.forbidden("metadata.finalizers", detail)]
