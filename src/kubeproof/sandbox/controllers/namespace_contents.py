"""What every namespace is given: the default ServiceAccount and the ConfigMap kube-root-ca.crt.

Source: "Configure Service Accounts for Pods" and "RootCAConfigMap" in the Kubernetes
documentation.
"""

from collections.abc import Iterable, Mapping

from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler
from kubeproof.sandbox.controllers.fields import is_being_deleted
from kubeproof.sandbox.objects import Object, name_of, namespace_of

ROOT_CA = "kube-root-ca.crt"
NO_CERTIFICATE = "# The sandbox's API speaks plain HTTP: there is no certificate authority.\n"
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
    "guaranteed across distributions of Kubernetes clusters."
)


class NamespaceContentsController(Controller[str]):
    """Puts them into every namespace, again if they are deleted. Keys are namespaces' names."""

    def watches(self) -> Mapping[str, Handler]:
        """Namespaces, and the two objects where they are deleted or changed."""
        return {
            "namespaces": self._note_namespace,
            "serviceaccounts": self._note_content,
            "configmaps": self._note_content,
        }

    def everything(self) -> Iterable[str]:
        """Every namespace."""
        return [name_of(item) for item in self.store.list("namespaces")]

    def reconcile(self, key: str) -> None:
        """Create what one namespace lacks."""
        namespace = self.store.get("namespaces", "", key)
        if namespace is None or is_being_deleted(namespace):
            return
        if self.store.get("serviceaccounts", key, "default") is None:
            self.client.create_unless_ending("serviceaccounts", _service_account(key))
        current = self.store.get("configmaps", key, ROOT_CA)
        wanted = _root_ca(key)
        if current is None:
            self.client.create_unless_ending("configmaps", wanted)
        elif current.get("data") != wanted["data"]:
            self.client.update("configmaps", {**current, "data": wanted["data"]})

    def _note_namespace(self, event: Event) -> None:
        if event.type == "ADDED":
            self.queue.add(name_of(event.object))

    def _note_content(self, event: Event) -> None:
        if event.type != "ADDED" and name_of(event.object) in ("default", ROOT_CA):
            self.queue.add(namespace_of(event.object))


def _service_account(namespace: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": namespace},
    }


def _root_ca(namespace: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": ROOT_CA,
            "namespace": namespace,
            "annotations": {"kubernetes.io/description": DESCRIPTION},
        },
        "data": {"ca.crt": NO_CERTIFICATE},
    }
