"""How controllers reach the cluster: they read the store and write through the registry."""

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.controllers.fields import objects_at, uid_of
from kubeproof.sandbox.objects import Object, name_of, namespace_of


def is_namespace_ending(error: ApiError) -> bool:
    """Whether a create was refused because the namespace is being deleted."""
    causes = objects_at(error.details or {}, "causes")
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


class Client:
    """Writes under one manager's name, as managedFields shows it.

    What is read is the store's own and must be copied before it is changed. Updates carry the
    resourceVersion of what was read, so that a lost race shows as a conflict (ApiError 409).
    """

    def __init__(self, registry: Registry, manager: str = "kube-controller-manager") -> None:
        self.registry = registry
        self.manager = manager

    @property
    def store(self) -> Store:
        """Every object of the cluster, read only."""
        return self.registry.store

    def create(self, resource: str, obj: Object) -> Object:
        """Create an object in the namespace its metadata names. Raises ApiError."""
        return self.registry.create(resource, namespace_of(obj), obj, writer=self._writer())

    def create_unless_ending(self, resource: str, obj: Object) -> Object | None:
        """Create an object; None if its namespace is going away, where nothing new may be.

        Raises ApiError for every other failure.
        """
        try:
            return self.create(resource, obj)
        except ApiError as error:
            if is_namespace_ending(error):
                return None
            raise

    def update(self, resource: str, obj: Object, subresource: str = "") -> Object:
        """Replace an object, or one of its subresources. Raises ApiError."""
        return self.registry.update(
            resource,
            namespace_of(obj),
            name_of(obj),
            obj,
            subresource=subresource,
            writer=self._writer(),
        )

    def update_status(self, resource: str, obj: Object, status: Object) -> Object:
        """Replace an object's status; the object itself is not touched. Raises ApiError."""
        return self.update(resource, {**obj, "status": status}, "status")

    def bind(self, pod: Object, node: str) -> None:
        """Give a Pod its node. Raises ApiError."""
        binding: Object = {"target": {"kind": "Node", "name": node}}
        self.registry.bind(namespace_of(pod), name_of(pod), binding, writer=self._writer())

    def delete(self, resource: str, obj: Object, *, propagation: str = "") -> None:
        """Delete this very object (by uid); that it is gone already is no error."""
        self._delete(resource, obj, None, propagation)

    def delete_now(self, resource: str, obj: Object) -> None:
        """Delete this very object without a grace period."""
        self._delete(resource, obj, 0, "Background")

    def _delete(self, resource: str, obj: Object, grace: int | None, propagation: str) -> None:
        try:
            self.registry.delete(
                resource,
                namespace_of(obj),
                name_of(obj),
                grace=grace,
                propagation=propagation,
                uid=uid_of(obj),
                writer=self._writer(),
            )
        except ApiError as error:
            if error.code not in (404, 409):  # gone, or another object bears its name
                raise

    def _writer(self) -> Writer:
        return Writer(manager=self.manager)
