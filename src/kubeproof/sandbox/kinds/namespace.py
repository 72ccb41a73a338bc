"""Namespaces. Source: the Namespace registry and core validation of Kubernetes 1.36."""

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import part, text, texts
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.objects import Object, labels_of, meta, name_of

NAME_LABEL = "kubernetes.io/metadata.name"
FINALIZER = "kubernetes"


class NamespaceRules(Rules):
    """The rules of Namespaces: each is labelled with its name and emptied before it goes."""

    has_status = True
    namespaced = False
    name_rule = staticmethod(names.dns_label)

    def default(self, obj: Object) -> None:
        """Label the Namespace with its name, whatever the client says."""
        if name_of(obj):
            meta(obj)["labels"] = {**labels_of(obj), NAME_LABEL: name_of(obj)}

    def prepare_create(self, obj: Object) -> None:
        """A new Namespace is active, and is finalized by Kubernetes."""
        obj["status"] = {"phase": "Active"}
        spec: Object = obj.setdefault("spec", {})
        finalizers = texts(spec, "finalizers")
        if FINALIZER not in finalizers:
            spec["finalizers"] = [*finalizers, FINALIZER]

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with spec.finalizers."""
        return [
            error
            for finalizer in texts(part(obj, "spec"), "finalizers")
            for error in _validate_finalizer(finalizer)
        ]

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Nothing beside the metadata: the spec changes by /finalize only."""
        return []

    def prepare_status(self, obj: Object, old: Object) -> None:
        """The phase must go with the deletion. Raises ApiError (422)."""
        deleted = bool(meta(old).get("deletionTimestamp"))
        phase, wanted = text(part(obj, "status"), "phase"), "Terminating" if deleted else "Active"
        if phase != wanted:
            state = "not empty" if deleted else "empty"
            detail = f"may only be '{wanted}' if `deletionTimestamp` is {state}"
            error = FieldError.invalid("status.Phase", phase, detail)
            raise status.invalid("Namespace", name_of(obj), [error])

    def selectable(self, obj: Object) -> dict[str, str]:
        """Fields that a field selector may name."""
        return {"status.phase": text(part(obj, "status"), "phase")}


def _validate_finalizer(finalizer: str) -> list[FieldError]:
    wrong = complaints("spec.finalizers", finalizer, names.label_key)
    if wrong or "/" in finalizer or finalizer in (FINALIZER, "orphan", "foregroundDeletion"):
        return wrong
    detail = "name is neither a standard finalizer name nor is it fully qualified"
    return [FieldError.invalid("spec.finalizers", finalizer, detail)]
