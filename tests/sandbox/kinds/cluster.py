"""An API without HTTP, for tests of the kinds' rules."""

import copy

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.kinds.catalogue import KindOptions, strategies
from kubeproof.sandbox.objects import Object

NAMESPACE = "test"
VERSIONS = {
    "endpointslices": "discovery.k8s.io/v1",
    "deployments": "apps/v1",
    "replicasets": "apps/v1",
    "daemonsets": "apps/v1",
}
KINDS = {
    "configmaps": "ConfigMap",
    "daemonsets": "DaemonSet",
    "deployments": "Deployment",
    "endpoints": "Endpoints",
    "endpointslices": "EndpointSlice",
    "events": "Event",
    "namespaces": "Namespace",
    "nodes": "Node",
    "pods": "Pod",
    "replicasets": "ReplicaSet",
    "secrets": "Secret",
    "serviceaccounts": "ServiceAccount",
    "services": "Service",
}


class Cluster:
    """A registry with one namespace, and short words for what the tests do with it."""

    def __init__(self, schema: Schema, options: KindOptions | None = None) -> None:
        self.store = Store()
        self.registry = Registry(
            self.store, strategies(options or KindOptions(), self.store), schema
        )
        self.create("namespaces", {}, name=NAMESPACE)

    def body(self, resource: str, parts: Object, name: str) -> Object:
        metadata: Object = {"name": name, **parts.get("metadata", {})}
        return {
            "apiVersion": VERSIONS.get(resource, "v1"),
            "kind": KINDS[resource],
            **copy.deepcopy(parts),
            "metadata": metadata,
        }

    def create(
        self, resource: str, parts: Object, *, name: str = "it", writer: Writer | None = None
    ) -> Object:
        namespace = "" if resource in ("namespaces", "nodes") else NAMESPACE
        body = self.body(resource, parts, name)
        return self.registry.create(resource, namespace, body, writer=writer)

    def change(
        self,
        resource: str,
        obj: Object,
        *,
        subresource: str = "",
        writer: Writer | None = None,
    ) -> Object:
        """PUT an object as it is; without a version, so that it is never out of date."""
        body = copy.deepcopy(obj)
        body["metadata"].pop("resourceVersion", None)
        return self.registry.update(
            resource,
            body["metadata"].get("namespace", ""),
            body["metadata"]["name"],
            body,
            subresource=subresource,
            writer=writer,
        )

    def service(self, *, name: str = "it", writer: Writer | None = None, **spec: object) -> Object:
        """Create a Service; it has one port unless the spec says otherwise."""
        whole = {"ports": [{"port": 80}], "selector": {"app": "it"}, **spec}
        return self.create("services", {"spec": whole}, name=name, writer=writer)

    def pod(
        self, container: Object | None = None, *, writer: Writer | None = None, **spec: object
    ) -> Object:
        """Create a Pod of one container, without a token so that nothing is random in it."""
        whole = {
            "automountServiceAccountToken": False,
            "containers": [{"name": "c", "image": "x:1", **(container or {})}],
            **spec,
        }
        return self.create("pods", {"spec": whole}, writer=writer)

    def alter(self, service: Object, writer: Writer | None = None, **spec: object) -> Object:
        """PUT a Service with some fields of its spec replaced; None removes a field."""
        body = copy.deepcopy(service)
        body["spec"].update(copy.deepcopy(spec))
        body["spec"] = {key: value for key, value in body["spec"].items() if value is not None}
        return self.change("services", body, writer=writer)


def causes(error: ApiError) -> list[str]:
    """What a 422 answer complains about, as ``field: message``."""
    assert error.code == 422, error.message
    assert error.details is not None
    return [f"{cause['field']}: {cause['message']}" for cause in error.details["causes"]]
