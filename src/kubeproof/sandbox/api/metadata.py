"""metadata: what the server fills in, and what an update may not change.

Follows k8s.io/apiserver's ``registry/rest`` (create and update).
"""

import random
import uuid
from typing import Any

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.jsonvalue import child
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.objects import Object, now

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_WIPED = (
    "creationTimestamp",
    "uid",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
)


def generate_name(base: str) -> str:
    """A name from metadata.generateName: five random letters behind at most 58 of the base."""
    return base[:58] + "".join(random.choices(_ALPHABET, k=5))


def fill(obj: Object, resource: ResourceType, namespace: str) -> None:
    """Give a new object the system's metadata: namespace, uid, creationTimestamp, generation.

    Raises ApiError: 400 where the object names another namespace than the request, 422 where
    it has no name at all.
    """
    metadata = obj["metadata"]
    for key in _WIPED:
        metadata.pop(key, None)
    set_namespace(metadata, resource, namespace)
    if not metadata.get("name") and not metadata.get("generateName"):
        error = FieldError.required("metadata.name", "name or generateName is required")
        raise status.invalid(resource.kind, "", [error], resource.group)
    metadata["uid"] = str(uuid.UUID(int=random.getrandbits(128), version=4))
    metadata["creationTimestamp"] = now()
    if resource.generation:
        metadata["generation"] = 1


def set_namespace(metadata: Object, resource: ResourceType, namespace: str) -> None:
    """Write the request's namespace into an object. Raises ApiError where it names another."""
    wanted = namespace if resource.namespaced else ""
    if metadata.get("namespace", "") not in ("", wanted):
        raise status.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if wanted:
        metadata["namespace"] = wanted
    else:
        metadata.pop("namespace", None)


def carry(obj: Object, old: Object) -> None:
    """Keep, over an update, the metadata which no client may change or leave out."""
    new, was = obj["metadata"], old["metadata"]
    if not new.get("uid"):
        new["uid"] = was["uid"]
    for key in ("creationTimestamp", "deletionTimestamp", "generation", "resourceVersion"):
        if key in was:
            new[key] = was[key]
        else:
            new.pop(key, None)
    if "deletionGracePeriodSeconds" in was:
        new.setdefault("deletionGracePeriodSeconds", was["deletionGracePeriodSeconds"])


def count_generation(obj: Object, old: Object, resource: ResourceType) -> None:
    """Advance metadata.generation where what is asked for has changed."""
    if resource.generation and _asked(obj, resource) != _asked(old, resource):
        obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _asked(obj: Object, resource: ResourceType) -> Any:
    metadata = obj["metadata"]
    if resource.plural == "endpointslices":
        return {**obj, "metadata": child(metadata, "labels")}
    if resource.plural == "deployments":
        return obj.get("spec"), child(metadata, "annotations")
    return obj.get("spec")
