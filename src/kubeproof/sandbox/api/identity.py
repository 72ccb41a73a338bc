"""Whether a body is of the object it is written to: name, namespace, uid, resourceVersion.

Follows the handlers of k8s.io/apiserver and its generic registry.
"""

from kubeproof.sandbox.api import metadata, status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.objects import Object


def check_name(obj: Object, name: str) -> None:
    """Hold the body's name against the path's; one that is missing is filled in.

    Raises ApiError (400).
    """
    given = obj["metadata"].get("name") or name
    obj["metadata"]["name"] = name
    if given != name:
        raise status.bad_request(
            f"the name of the object ({given}) does not match the name on the URL ({name})"
        )


def check_new(obj: Object, kind: ResourceType) -> None:
    """Refuse an object that is said to exist, but does not (409)."""
    uid = obj["metadata"].get("uid")
    if uid:
        why = (
            f"uid mismatch: the provided object specified uid {uid}, "
            "and no existing object was found"
        )
        raise status.conflict(kind.plural, obj["metadata"]["name"], why, kind.group)


def check(obj: Object, old: Object, kind: ResourceType) -> None:
    """Hold namespace, uid and resourceVersion of an update against the stored object.

    Raises ApiError: 400 another namespace, 409 another object or version, 422 where the kind
    wants a version and there is none.
    """
    new, was = obj["metadata"], old["metadata"]
    name = was["name"]
    metadata.set_namespace(new, kind, was.get("namespace", ""))
    if new.get("uid") and new["uid"] != was["uid"]:
        raise status.conflict(kind.plural, name, _uid_differs(new, was, kind), kind.group)
    version = new.get("resourceVersion", "")
    if version and version != was["resourceVersion"]:
        raise status.conflict(kind.plural, name, "", kind.group)
    if not version and not kind.unconditional_update:
        detail = "must be specified for an update"
        error = FieldError.invalid("metadata.resourceVersion", 0, detail)
        raise status.invalid(kind.plural, name, [error], kind.group)


def _uid_differs(new: Object, was: Object, kind: ResourceType) -> str:
    path = kind.storage_path or kind.plural
    where = "/".join(part for part in (path, was.get("namespace", ""), was["name"]) if part)
    return (
        f"StorageError: invalid object, Code: 4, Key: /registry/{where}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: {new['uid']}, "
        f"UID in object meta: {was['uid']}"
    )
