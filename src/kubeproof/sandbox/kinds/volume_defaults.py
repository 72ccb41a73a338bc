"""What the API server fills in where a volume leaves something out (v1 defaulting of 1.36)."""

from kubeproof.sandbox.kinds.parts import part, parts
from kubeproof.sandbox.kinds.service_defaults import set_default
from kubeproof.sandbox.objects import Object

_MODE = 0o644
"""Permissions of projected files."""


def default_volume(volume: Object) -> None:
    """Fill in the defaults of one volume, in place; without a source it is an emptyDir."""
    if not [field for field, source in volume.items() if field != "name" and source is not None]:
        volume["emptyDir"] = {}
    for field in ("secret", "configMap", "downwardAPI", "projected"):
        if volume.get(field) is not None:
            set_default(volume[field], "defaultMode", _MODE)
    if volume.get("hostPath") is not None:
        set_default(volume["hostPath"], "type", "")
    _default_downward(part(volume, "downwardAPI"))
    for source in parts(part(volume, "projected"), "sources"):
        _default_downward(part(source, "downwardAPI"))
        if source.get("serviceAccountToken") is not None:
            set_default(source["serviceAccountToken"], "expirationSeconds", 3600)


def _default_downward(source: Object) -> None:
    for item in parts(source, "items"):
        if item.get("fieldRef"):
            set_default(item["fieldRef"], "apiVersion", "v1")
