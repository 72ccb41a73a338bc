"""metadata of every object: names, labels, annotations, owners, finalizers.

Follows apimachinery's ``api/validation`` (Kubernetes 1.36). On an update a mistake is reported by
each layer that looks at it, so the same cause may appear several times, as it does there.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from kubeproof.sandbox.api import gotext
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.names import NameRule
from kubeproof.sandbox.kinds.parts import annotations_of, parts, text, texts
from kubeproof.sandbox.objects import Object, labels_of, meta, name_of, namespace_of

ANNOTATIONS_LIMIT = 256 * 1024
"""Bytes that all keys and values of an object's annotations may take."""

_STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})


def validate(obj: Object, *, namespaced: bool, rule: NameRule) -> list[FieldError]:
    """What is wrong with the metadata of a new object whose names follow ``rule``."""
    return [*_names(obj, rule), *_common(obj, namespaced), *_finalizer_names(obj)]


def validate_update(obj: Object, old: Object) -> list[FieldError]:
    """What is wrong with the change of an object's metadata, as the kind itself sees it.

    The registry has looked at the same fields before; Kubernetes reports them once more for the
    update in general and once more for the kind.
    """
    return [*_repeated(obj), *_no_new_finalizers(obj, old), *_repeated(obj), *_finalizer_names(obj)]


def _repeated(obj: Object) -> list[FieldError]:
    return [
        *validate_labels(labels_of(obj), "metadata.labels"),
        *validate_annotations(annotations_of(obj), "metadata.annotations"),
        *_owners(parts(meta(obj), "ownerReferences")),
    ]


def _names(obj: Object, rule: NameRule) -> Iterable[FieldError]:
    prefix, name = text(meta(obj), "generateName"), name_of(obj)
    if prefix:
        for complaint in names.as_prefix(rule)(prefix):
            yield FieldError.invalid("metadata.generateName", prefix, complaint)
    if not name:
        yield FieldError.required("metadata.name", "name or generateName is required")
        return
    for complaint in rule(name):
        yield FieldError.invalid("metadata.name", name, complaint)


def _common(obj: Object, namespaced: bool) -> list[FieldError]:
    return [
        *_namespace(namespace_of(obj), namespaced),
        *_repeated(obj),
        *_finalizers(texts(meta(obj), "finalizers")),
    ]


def _namespace(namespace: str, namespaced: bool) -> list[FieldError]:
    field = "metadata.namespace"
    if not namespaced:
        return [FieldError.forbidden(field, "not allowed on this type")] if namespace else []
    if not namespace:
        return [FieldError.required(field)]
    return complaints(field, namespace, names.dns_label)


def complaints(field: str, value: str, rule: NameRule) -> list[FieldError]:
    """Every complaint of a rule about a value, as errors of one field."""
    return [FieldError.invalid(field, value, complaint) for complaint in rule(value)]


def validate_labels(labels: Mapping[str, str], field: str) -> list[FieldError]:
    """What is wrong with labels, or with a selector that is a map; all under one field."""
    errors: list[FieldError] = []
    for key, value in sorted(labels.items()):
        errors += complaints(field, key, names.label_key)
        errors += complaints(field, value, names.label_value)
    return errors


def validate_annotations(annotations: Mapping[str, str], field: str) -> list[FieldError]:
    """What is wrong with annotations: keys like labels' but of any case, and a total size."""
    errors = [
        FieldError.invalid(field, key, complaint)
        for key in sorted(annotations)
        for complaint in names.label_key(key.lower())
    ]
    size = sum(len(text.encode()) for item in annotations.items() for text in item)
    if size > ANNOTATIONS_LIMIT:
        errors.append(FieldError.too_long(field, "", ANNOTATIONS_LIMIT))
    return errors


def _owners(references: list[Object]) -> Iterable[FieldError]:
    controller = ""
    for reference in references:
        yield from _owner(reference)
        if not reference.get("controller"):
            continue
        current = f"{reference.get('kind', '')}/{reference.get('name', '')}"
        if controller:
            detail = (
                "Only one reference can have Controller set to true. "
                f'Found "true" in references for {controller} and {current}'
            )
            yield FieldError.invalid("metadata.ownerReferences", references, detail)
        controller = controller or current


def _owner(reference: Object) -> Iterable[FieldError]:
    field = "metadata.ownerReferences"
    version = text(reference, "apiVersion")
    if not version.rpartition("/")[2]:
        yield FieldError.invalid(f"{field}.apiVersion", version, "version must not be empty")
    for part in ("kind", "name", "uid"):
        if not reference.get(part):
            yield FieldError.invalid(f"{field}.{part}", "", "must not be empty")
    if version == "v1" and reference.get("kind") == "Event":
        detail = "/v1, Kind=Event is disallowed from being an owner"
        yield FieldError.invalid(field, reference, detail)


def _finalizers(finalizers: list[str]) -> Iterable[FieldError]:
    field = "metadata.finalizers"
    for finalizer in finalizers:
        yield from complaints(field, finalizer, names.label_key)
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        detail = "finalizer orphan and foregroundDeletion cannot be both set"
        yield FieldError.invalid(field, finalizers, detail)


def _finalizer_names(obj: Object) -> Iterable[FieldError]:
    """Kubernetes' own kinds want finalizers to be standard ones or to carry a domain."""
    for index, finalizer in enumerate(texts(meta(obj), "finalizers")):
        if "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            yield FieldError.invalid(f"metadata.finalizers[{index}]", finalizer, detail)


def _no_new_finalizers(obj: Object, old: Object) -> Iterable[FieldError]:
    if not meta(old).get("deletionTimestamp"):
        return
    before = set(texts(meta(old), "finalizers"))
    extra = sorted(set(texts(meta(obj), "finalizers")) - before)
    if extra:
        shown = ", ".join(gotext.quote(finalizer) for finalizer in extra)
        detail = (
            "no new finalizers can be added if the object is being deleted, "
            f"found new finalizers []string{{{shown}}}"
        )
        yield FieldError.forbidden("metadata.finalizers", detail)


def unchanged(field: str, new: Any, old: Any) -> list[FieldError]:
    """The error for a field that may not change, if it did."""
    return [] if new == old else [FieldError.invalid(field, new, "field is immutable")]


def at_least_zero(field: str, value: int) -> list[FieldError]:
    """The error for a number that may not be negative, if it is."""
    if value >= 0:
        return []
    return [FieldError.invalid(field, value, "must be greater than or equal to 0")]
