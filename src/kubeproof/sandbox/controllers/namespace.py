"""The namespace controller: a namespace that is deleted goes after all that is in it.

First its Pods, then everything else, then the namespace. Source: "Namespaces" in the Kubernetes
documentation; KEP-5080 (ordered namespace deletion).
"""

from collections.abc import Iterable, Mapping

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.resources import BY_PLURAL, RESOURCES
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler
from kubeproof.sandbox.controllers.fields import (
    is_being_deleted,
    objects_at,
    status_of,
    strings_at,
)
from kubeproof.sandbox.controllers.namespace_conditions import deletion_conditions
from kubeproof.sandbox.objects import Object, name_of, namespace_of

FINALIZER = "kubernetes"
CONTENTS = tuple(item.plural for item in RESOURCES if item.namespaced and "delete" in item.verbs)


class NamespaceController(Controller[str]):
    """Empties namespaces that are being deleted. Keys are their names."""

    def watches(self) -> Mapping[str, Handler]:
        """Namespaces, and whatever in them goes or loses what held it."""
        contents = dict.fromkeys(CONTENTS, self._note_content)
        return {**contents, "namespaces": self._note_namespace}

    def everything(self) -> Iterable[str]:
        """Every namespace."""
        return [name_of(item) for item in self.store.list("namespaces")]

    def reconcile(self, key: str) -> None:
        """Delete what is left in one namespace, or let it go if nothing is."""
        namespace = self.store.get("namespaces", "", key)
        if namespace is None or not is_being_deleted(namespace):
            return
        if FINALIZER not in strings_at(namespace, "spec", "finalizers"):
            return  # it is held by somebody else
        failures = self._delete_contents(key)
        remaining = {
            _with_group(resource): items
            for resource in CONTENTS
            if (items := self.store.list(resource, key))
        }
        self._write_status(namespace, remaining, failures)
        if not remaining:
            self._finalize(key)

    def _delete_contents(self, namespace: str) -> list[str]:
        """Ask everything to go that was not asked yet; the answer is what went wrong."""
        failures = self._delete_all("pods", namespace)
        if self.store.list("pods", namespace):
            return failures
        for resource in CONTENTS:
            failures += self._delete_all(resource, namespace)
        return failures

    def _delete_all(self, resource: str, namespace: str) -> list[str]:
        failures: list[str] = []
        for obj in list(self.store.list(resource, namespace)):
            if is_being_deleted(obj):
                continue
            try:
                self.client.delete(resource, obj, propagation="Background")
            except ApiError as error:
                failures.append(error.message)
        return failures

    def _write_status(
        self, namespace: Object, remaining: Mapping[str, list[Object]], failures: list[str]
    ) -> None:
        conditions = objects_at(namespace, "status", "conditions")
        status = status_of(namespace) | {
            "phase": "Terminating",
            "conditions": deletion_conditions(conditions, remaining, failures, self.clock()),
        }
        if status != status_of(namespace):
            self.client.update_status("namespaces", namespace, status)

    def _finalize(self, name: str) -> None:
        namespace = copied(self.store.get("namespaces", "", name) or {})
        finalizers = [
            item for item in strings_at(namespace, "spec", "finalizers") if item != FINALIZER
        ]
        namespace["spec"]["finalizers"] = finalizers
        self.client.update("namespaces", namespace, "finalize")

    def _note_namespace(self, event: Event) -> None:
        if is_being_deleted(event.object):
            self.queue.add(name_of(event.object))

    def _note_content(self, event: Event) -> None:
        name = namespace_of(event.object)
        if event.type == "MODIFIED" and not is_being_deleted(event.object):
            return
        namespace = self.store.get("namespaces", "", name)
        if namespace is not None and is_being_deleted(namespace):
            self.queue.add(name)


def _with_group(resource: str) -> str:
    """The resource as the condition names it: with a dot even where there is no group."""
    return f"{resource}.{BY_PLURAL[resource].group}"
