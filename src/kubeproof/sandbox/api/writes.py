"""How a write becomes an object: the steps every create and update goes through, in their order.

Follows k8s.io/apiserver's generic registry and its handlers: defaults, admission, ownership of
fields, the kind's preparation and validation, allocation, storage.
"""

from collections.abc import Mapping, Sequence

from kubeproof.sandbox.api import deletion, metadata, metadata_validation, status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.lifecycle import check_namespace
from kubeproof.sandbox.api.managed_fields import UPDATE, Ownership, bare, decode, manager_of
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.api.strategy import Strategy
from kubeproof.sandbox.api.structure import Structure
from kubeproof.sandbox.api.subresources import merged
from kubeproof.sandbox.api.writer import Admission, Writer
from kubeproof.sandbox.objects import Object, name_of, namespace_of

_PARTIAL = ("status", "finalize")
"""Subresources whose updates do not go through the kind's rules for the whole object."""


class Writes:
    """Puts objects into the store, under the rules of their kinds."""

    def __init__(
        self,
        store: Store,
        strategies: Mapping[str, Strategy],
        schema: Schema,
        admission: Admission,
    ) -> None:
        self._store = store
        self._strategies = strategies
        self._schema = schema
        self._admission = admission
        self._plain = Strategy()
        self.structure = Structure(schema.types)
        self._ownership = Ownership(self.structure)

    def strategy(self, resource: str) -> Strategy:
        """The rules of a resource; those of plain storage where it has none of its own."""
        return self._strategies.get(resource, self._plain)

    def create(
        self,
        kind: ResourceType,
        namespace: str,
        obj: Object,
        writer: Writer,
        *,
        applied: bool = False,
    ) -> Object:
        """Store a new object, which becomes the registry's. Raises ApiError.

        ``applied`` says that a server-side apply has settled its managedFields already.
        """
        strategy = self.strategy(kind.plural)
        if obj["metadata"].pop("resourceVersion", ""):
            message = "resourceVersion should not be set on objects to be created"
            raise status.ApiError(500, "", message)
        metadata.fill(obj, kind, namespace)
        if kind.namespaced:
            check_namespace(self._store, kind, obj)
        strategy.default(obj)
        if not applied:
            self._own(self._schema.empty(kind), obj, kind, "", writer)
        self._admit(kind, obj)
        strategy.prepare_create(obj)
        self._reject(kind, obj, strategy.validate(obj))
        self._reject(kind, obj, metadata_validation.validate(obj))
        undo = strategy.allocate(obj, None, writer.dry_run)
        known = self._store.get(kind.plural, namespace_of(obj), name_of(obj))
        if known is not None:
            undo()
            raise _exists(kind, known)
        writer.warnings += strategy.warnings(obj, None)
        return obj if writer.dry_run else self._store.put(kind.plural, obj)

    def update(
        self,
        kind: ResourceType,
        obj: Object,
        old: Object,
        subresource: str,
        writer: Writer,
        *,
        applied: bool = False,
    ) -> Object:
        """Store a new version of an object. Raises ApiError."""
        strategy = self.strategy(kind.plural)
        obj = merged(obj, old, kind, subresource)
        metadata.carry(obj, old)
        strategy.default(obj)
        if not applied:
            self._own(old, obj, kind, subresource, writer)
        self._admit(kind, obj)
        if subresource == "status":
            strategy.prepare_status(obj, old)
        else:
            strategy.prepare_update(obj, old)
            metadata.count_generation(obj, old, kind)
        errors = metadata_validation.validate_update(obj, old)
        if subresource not in _PARTIAL:
            errors += strategy.validate_update(obj, old)
        self._reject(kind, obj, errors)
        if subresource not in _PARTIAL:
            strategy.allocate(obj, old, writer.dry_run)
            writer.warnings += strategy.warnings(obj, old)
        return self._commit(kind, obj, old, writer)

    def remove(self, resource: str, obj: Object) -> Object:
        """Drop an object from the store; the answer is its last state."""
        last = self._store.remove(resource, namespace_of(obj), name_of(obj))
        self.strategy(resource).deleted(obj)
        return last or obj

    def _commit(self, kind: ResourceType, obj: Object, old: Object, writer: Writer) -> Object:
        if deletion.finished(obj):
            if not writer.dry_run:
                self.remove(kind.plural, old)
            return obj
        if _same(obj, old):
            return old
        return obj if writer.dry_run else self._store.put(kind.plural, obj)

    def _own(
        self, live: Object, obj: Object, kind: ResourceType, subresource: str, writer: Writer
    ) -> None:
        manager = manager_of(writer.manager, UPDATE, kind, subresource)
        self._ownership.update(live, obj, kind, self._schema.field_type(kind), manager)

    def _admit(self, kind: ResourceType, obj: Object) -> None:
        for mutate in self._admission.mutate:
            mutate(kind.plural, obj)

    def _reject(self, kind: ResourceType, obj: Object, errors: Sequence[FieldError]) -> None:
        left = [error for error in errors if not self._admission.forgive(kind.plural, error)]
        if left:
            raise status.invalid(kind.kind, name_of(obj), left, kind.group)


def _exists(kind: ResourceType, known: Object) -> status.ApiError:
    error = status.already_exists(kind.plural, name_of(known), kind.group)
    if "deletionTimestamp" in known["metadata"]:
        error.message = f"object is being deleted: {error.message}"
    return error


def _same(obj: Object, old: Object) -> bool:
    """Whether a write changed nothing, so that there is no new version: times do not count."""
    if bare(obj) != bare(old):
        return False
    new = decode(obj["metadata"].get("managedFields", []))
    was = decode(old["metadata"].get("managedFields", []))
    return {who: owned.fields for who, owned in new.items()} == {
        who: owned.fields for who, owned in was.items()
    }
