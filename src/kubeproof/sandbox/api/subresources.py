"""Which part of an object a write may change: the object's own, or a subresource's.

Follows the update strategies of Kubernetes' registries: an update of the object keeps its
status, one of the status keeps everything else.
"""

from kubeproof.sandbox.api.jsonvalue import child, copied, items
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.objects import Object


def merged(obj: Object, old: Object, kind: ResourceType, subresource: str) -> Object:
    """The object to store: what the write may change from ``obj``, the rest from ``old``."""
    if subresource == "status":
        return _status(obj, old, kind)
    if subresource == "finalize":
        return _finalize(obj, old)
    if subresource == "scale":
        return _scale(obj, old)
    if kind.has_status:
        _replace(obj, old, "status")
    if kind.plural == "namespaces":
        _keep_finalizers(obj, old)
    return obj


def _replace(obj: Object, source: Object, key: str) -> None:
    if key in source:
        obj[key] = copied(source[key])
    else:
        obj.pop(key, None)


def _status(obj: Object, old: Object, kind: ResourceType) -> Object:
    result = copied(old)
    _replace(result, obj, "status")
    result["metadata"]["managedFields"] = obj["metadata"].get("managedFields", [])
    for key in ("annotations",) if kind.group else ("labels", "annotations"):
        _replace(result["metadata"], obj["metadata"], key)
    return result


def _finalize(obj: Object, old: Object) -> Object:
    result = copied(old)
    finalizers = items(child(obj, "spec"), "finalizers")
    result.setdefault("spec", {}).pop("finalizers", None)
    if finalizers:
        result["spec"]["finalizers"] = list(finalizers)
    return result


def _scale(obj: Object, old: Object) -> Object:
    result = copied(old)
    result["spec"]["replicas"] = obj["spec"]["replicas"]
    return result


def _keep_finalizers(obj: Object, old: Object) -> None:
    """spec.finalizers of a Namespace change by /finalize only."""
    finalizers = items(child(old, "spec"), "finalizers")
    obj.setdefault("spec", {}).pop("finalizers", None)
    if finalizers:
        obj["spec"]["finalizers"] = list(finalizers)
