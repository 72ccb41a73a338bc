"""Who controls an object: ownerReferences, and how controllers adopt and release.

Source: "Owners and Dependents" and "ReplicaSet" (acquisition of non-template Pods) in the
Kubernetes documentation.
"""

from collections.abc import Callable, Iterable

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.controllers.client import Client
from kubeproof.sandbox.controllers.fields import is_being_deleted, objects_at, uid_of
from kubeproof.sandbox.objects import Object, meta, name_of


def owner_references(obj: Object) -> list[Object]:
    """metadata.ownerReferences, empty where there are none."""
    return objects_at(obj, "metadata", "ownerReferences")


def controller_reference(owner: Object, api_version: str, kind: str) -> Object:
    """The ownerReference by which `owner` controls another object."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: Object) -> Object | None:
    """The ownerReference of the controller of an object, if it has one."""
    return next((item for item in owner_references(obj) if item.get("controller")), None)


def is_controlled_by(obj: Object, owner: Object) -> bool:
    """Whether `owner` is the object's controller (by uid)."""
    reference = controller_of(obj)
    return reference is not None and reference.get("uid") == uid_of(owner)


class Claims:
    """Adopts what an owner's selector chooses, and releases what it no longer chooses."""

    def __init__(self, client: Client, resource: str, api_version: str, kind: str) -> None:
        """Claims objects of `resource` for owners of the kind given."""
        self._client = client
        self._resource = resource
        self._api_version = api_version
        self._kind = kind

    def claim(
        self, owner: Object, candidates: Iterable[Object], chosen: Callable[[Object], bool]
    ) -> list[Object]:
        """Those candidates that `owner` controls, after adopting and releasing as needed.

        Raises ApiError if an object could not be changed for another reason than being gone.
        """
        claimed = (self._claim_one(owner, item, chosen(item)) for item in candidates)
        return [item for item in claimed if item is not None]

    def _claim_one(self, owner: Object, obj: Object, chosen: bool) -> Object | None:
        reference = controller_of(obj)
        if reference is not None and reference.get("uid") != uid_of(owner):
            return None
        if reference is not None:
            return obj if chosen else self._release(owner, obj)
        return self._adopt(owner, obj) if chosen else None

    def _release(self, owner: Object, obj: Object) -> None:
        if is_being_deleted(owner):
            return
        changed = copied(obj)
        kept = [item for item in owner_references(obj) if item.get("uid") != uid_of(owner)]
        meta(changed)["ownerReferences"] = kept
        self._write(changed)

    def _adopt(self, owner: Object, obj: Object) -> Object | None:
        if is_being_deleted(owner) or is_being_deleted(obj):
            return None
        changed = copied(obj)
        reference = controller_reference(owner, self._api_version, self._kind)
        meta(changed)["ownerReferences"] = [*owner_references(obj), reference]
        return self._write(changed)

    def _write(self, obj: Object) -> Object | None:
        try:
            return self._client.update(self._resource, obj)
        except ApiError as error:
            if error.code == 404:
                return None
            raise
