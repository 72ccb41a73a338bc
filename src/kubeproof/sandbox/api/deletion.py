"""How an object goes: at once, after its finalizers, or when its grace period is confirmed over.

Follows k8s.io/apiserver's ``registry/rest/delete.go`` and ``registry/generic/registry/store.go``.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.jsonvalue import child, copied, items
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.objects import Object, name_of

_GARBAGE_FINALIZERS = {"Orphan": "orphan", "Foreground": "foregroundDeletion"}
_POLICIES = ("Foreground", "Background", "Orphan", "nil")


class DeleteOptions(NamedTuple):
    """What the client asks of a deletion; ``grace`` in seconds, None for the object's own."""

    grace: int | None = None
    propagation: str = ""
    uid: str = ""
    resource_version: str = ""


class Deletion(NamedTuple):
    """What is to happen: store ``marked`` if it is there, then drop the object if ``remove``."""

    marked: Object | None
    remove: bool


def check(obj: Object, resource: ResourceType, options: DeleteOptions) -> None:
    """Hold the options and their preconditions against the object. Raises ApiError."""
    if options.propagation and options.propagation not in _POLICIES[:3]:
        error = FieldError.not_supported("propagationPolicy", options.propagation, _POLICIES)
        raise status.invalid("DeleteOptions", "", [error], "meta.k8s.io")
    metadata = obj["metadata"]
    if options.uid and options.uid != metadata["uid"]:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record "
            f"({metadata['uid']}). The object might have been deleted and then recreated"
        )
        raise status.conflict(resource.kind, name_of(obj), why, resource.group)
    version = options.resource_version
    if version and version != metadata["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({version}) does not match the "
            f"ResourceVersion in record ({metadata['resourceVersion']}). "
            "The object might have been modified"
        )
        raise status.conflict(resource.kind, name_of(obj), why, resource.group)


def plan(obj: Object, options: DeleteOptions, graceful: bool) -> Deletion:
    """Decide how the object goes. ``graceful`` says whether its kind waits for a confirmation."""
    marked = copied(obj)
    if items(child(obj, "spec"), "finalizers"):
        return Deletion(_terminating(marked), remove=False)
    grace = _grace(marked, options) if graceful else None
    if grace == "pending":
        return Deletion(None, remove=False)
    finalizers = _finalizers(marked, options)
    if grace is None and not finalizers:
        return Deletion(None, remove=True)
    if finalizers:
        marked["metadata"]["finalizers"] = finalizers
    else:
        marked["metadata"].pop("finalizers", None)
    if grace is None:
        mark(marked, 0)
    return Deletion(marked, remove=not finalizers and not grace)


def _terminating(namespace: Object) -> Object:
    """A Namespace goes when its contents are gone: spec.finalizers say who sees to that."""
    if "deletionTimestamp" not in namespace["metadata"]:
        namespace["metadata"]["deletionTimestamp"] = _text(datetime.now(UTC))
    namespace.setdefault("status", {})["phase"] = "Terminating"
    return namespace


def mark(obj: Object, seconds: int) -> None:
    """Write into an object that it is going away, ``seconds`` from now."""
    metadata = obj["metadata"]
    end = _text(datetime.now(UTC) + timedelta(seconds=seconds))
    if "deletionTimestamp" not in metadata and metadata.get("generation"):
        metadata["generation"] += 1
    metadata["deletionTimestamp"] = min(metadata.get("deletionTimestamp", end), end)
    metadata["deletionGracePeriodSeconds"] = seconds


def finished(obj: Object) -> bool:
    """Whether nothing holds an object any more which was asked to go away."""
    metadata = obj["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers"):
        return False
    if items(child(obj, "spec"), "finalizers"):
        return False  # a Namespace, which holds its contents by spec.finalizers
    return not metadata.get("deletionGracePeriodSeconds")


def _grace(obj: Object, options: DeleteOptions) -> int | Literal["pending"] | None:
    """Mark a Pod for its graceful end; the answer is the period, None where there is no more."""
    metadata = obj["metadata"]
    asked = None if options.grace is None else (options.grace if options.grace >= 0 else 1)
    if "deletionTimestamp" in metadata:
        return _shortened(metadata, asked)
    period = asked
    if period is None:
        period = child(obj, "spec").get("terminationGracePeriodSeconds", 30)
    if not child(obj, "spec").get("nodeName") or _ended(obj):
        period = 0
    mark(obj, period)
    return period


def _ended(pod: Object) -> bool:
    return child(pod, "status").get("phase") in ("Failed", "Succeeded")


def _shortened(metadata: Object, asked: int | None) -> int | Literal["pending"] | None:
    """A second deletion may only make the grace period shorter."""
    current = metadata.get("deletionGracePeriodSeconds") or 0
    if current == 0:
        return None
    if asked is None or asked >= current:
        return "pending"
    started = datetime.fromisoformat(metadata["deletionTimestamp"]) - timedelta(seconds=current)
    end, moment = started + timedelta(seconds=asked), datetime.now(UTC)
    if end < moment:
        end, asked = moment, min(asked, 1)
    metadata["deletionTimestamp"] = _text(end)
    metadata["deletionGracePeriodSeconds"] = asked
    return asked


def _finalizers(obj: Object, options: DeleteOptions) -> list[str]:
    """The finalizers after the propagation policy has added or removed the collector's own."""
    present: list[str] = items(obj["metadata"], "finalizers")
    if not options.propagation:
        return present
    own = _GARBAGE_FINALIZERS.get(options.propagation)
    others = [name for name in present if name not in _GARBAGE_FINALIZERS.values()]
    return [*others, own] if own else others


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
