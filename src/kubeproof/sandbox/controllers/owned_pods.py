"""The Pods of workload controllers: found by owner, made from templates, deleted.

Source: "Pod templates" in the Kubernetes documentation.
"""

from collections.abc import Iterable
from typing import cast

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Event, Store
from kubeproof.sandbox.controllers.client import Client, is_namespace_ending
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import object_at, spec_of, uid_of
from kubeproof.sandbox.controllers.ownership import controller_of, controller_reference
from kubeproof.sandbox.controllers.selectors import is_empty, selects
from kubeproof.sandbox.objects import Object, key_of, labels_of, name_of, namespace_of


def candidates(store: Store, owner: Object) -> list[Object]:
    """Pods that `owner` controls, and those nobody does."""
    found: list[Object] = []
    for pod in store.list("pods", namespace_of(owner)):
        reference = controller_of(pod)
        if reference is None or reference.get("uid") == uid_of(owner):
            found.append(pod)
    return found


def is_selected(owner: Object, obj: Object) -> bool:
    """Whether the owner's spec.selector chooses the object; an empty one chooses nothing."""
    selector = object_at(owner, "spec", "selector")
    return not is_empty(selector) and selects(selector, labels_of(obj))


def owners_concerned(store: Store, event: Event, resource: str, kind: str) -> set[tuple[str, str]]:
    """Keys of the owners (of that resource and kind) that an event of a Pod concerns.

    Its controllers before and after; for a Pod without one, all that may want to adopt it.
    """
    keys: set[tuple[str, str]] = set()
    for obj in (event.old, event.object):
        reference = controller_of(obj) if obj is not None else None
        if reference is not None and reference.get("kind") == kind:
            keys.add((namespace_of(event.object), str(reference["name"])))
    if controller_of(event.object) is None:
        owners: Iterable[Object] = store.list(resource, namespace_of(event.object))
        keys.update(key_of(owner) for owner in owners if is_selected(owner, event.object))
    return keys


def pod_from_template(owner: Object, template: Object, api_version: str, kind: str) -> Object:
    """A Pod as the template of a workload describes it, to be named by the API server."""
    metadata = object_at(template, "metadata")
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{name_of(owner)}-",
            "namespace": namespace_of(owner),
            "ownerReferences": [controller_reference(owner, api_version, kind)],
        },
        "spec": copied(spec_of(template)),
    }
    for name in ("labels", "annotations", "finalizers"):
        if metadata.get(name):
            pod["metadata"][name] = copied(cast(object, metadata[name]))
    return pod


class PodControl:
    """Creates and deletes Pods for one kind of owner, and tells of it in Events."""

    def __init__(self, client: Client, events: EventRecorder, api_version: str, kind: str) -> None:
        self._client = client
        self._events = events
        self._api_version = api_version
        self._kind = kind

    def create(self, owner: Object, template: Object) -> None:
        """Create one Pod; in a namespace that goes away, none. Raises ApiError."""
        pod = pod_from_template(owner, template, self._api_version, self._kind)
        try:
            created = self._client.create("pods", pod)
        except ApiError as error:
            if is_namespace_ending(error):
                return
            self._events.warning(owner, "FailedCreate", f"Error creating: {error.message}")
            raise
        self._events.normal(owner, "SuccessfulCreate", f"Created pod: {name_of(created)}")

    def delete(self, owner: Object, pod: Object) -> None:
        """Delete one Pod with its own grace period. Raises ApiError."""
        try:
            self._client.delete("pods", pod)
        except ApiError as error:
            self._events.warning(owner, "FailedDelete", f"Error deleting: {error.message}")
            raise
        self._events.normal(owner, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")
