"""Namespaces that are missing, going away, or must stay.

Follows the NamespaceLifecycle admission plugin of k8s.io/apiserver.
"""

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.objects import Object, name_of, namespace_of

_IMMORTAL = ("default", "kube-system", "kube-public")


def check_namespace(store: Store, kind: ResourceType, obj: Object) -> None:
    """Refuse a new object whose namespace is missing (404) or going away (403)."""
    name = namespace_of(obj)
    namespace = store.get("namespaces", "", name)
    if namespace is None:
        raise status.not_found("namespaces", name)
    if "deletionTimestamp" not in namespace["metadata"]:
        return
    message = f"namespace {name} is being terminated"
    why = f"unable to create new content in namespace {name} because it is being terminated"
    cause: Object = {
        "reason": "NamespaceTerminating",
        "message": message,
        "field": "metadata.namespace",
    }
    raise status.forbidden(kind.plural, name_of(obj), why, kind.group, [cause])


def check_deletable(kind: ResourceType, obj: Object) -> None:
    """Refuse to delete the namespaces which every cluster needs (403)."""
    if kind.plural == "namespaces" and name_of(obj) in _IMMORTAL:
        raise status.forbidden(
            kind.plural, name_of(obj), "this namespace may not be deleted", kind.group
        )
