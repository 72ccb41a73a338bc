"""The API without HTTP: what the server and the controllers both call.

It plays the part of k8s.io/apiserver's generic registry: metadata, namespaces, versions,
generations, field ownership and deletion are the same for every kind; what differs comes from
the kinds' strategies.
"""

from collections.abc import Callable, Mapping, Sequence

from kubeproof.sandbox.api import deletion, metadata, metadata_validation, status
from kubeproof.sandbox.api.deletion import DeleteOptions
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.jsonvalue import child
from kubeproof.sandbox.api.lifecycle import check_deletable, check_namespace
from kubeproof.sandbox.api.resources import BY_PLURAL, ResourceType
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.selectors import Selection
from kubeproof.sandbox.api.store import Handler, Objects, Store
from kubeproof.sandbox.api.strategy import Strategy
from kubeproof.sandbox.api.subresources import merged
from kubeproof.sandbox.api.writer import Admission, Writer
from kubeproof.sandbox.objects import Object, name_of, namespace_of

__all__ = ["Admission", "Registry", "Writer"]

_GENERATED_NAME_TRIES = 8


class Registry:
    """Every object of the cluster, under the rules of its kind.

    Objects it hands out are the stored ones: read only, to be copied before they are changed.
    Bodies it is given stay the caller's.
    """

    def __init__(
        self,
        store: Store,
        strategies: Mapping[str, Strategy],
        schema: Schema,
        *,
        admission: Admission | None = None,
    ) -> None:
        self.store = store
        self.schema = schema
        self._strategies = strategies
        self._admission = admission or Admission()
        self._plain = Strategy()

    def strategy(self, resource: str) -> Strategy:
        """The rules of a resource; those of plain storage where it has none of its own."""
        return self._strategies.get(resource, self._plain)

    def get(self, resource: str, namespace: str, name: str) -> Object:
        """The object of that name. Raises ApiError (404) where there is none."""
        obj = self.store.get(resource, namespace, name)
        if obj is None:
            raise status.not_found(resource, name, _type(resource).group)
        return obj

    def list(
        self, resource: str, namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> Objects:
        """The objects which the selectors choose, ordered by namespace and name.

        Raises ApiError (400) for a selector that does not parse.
        """
        found = self.store.list(resource, namespace)
        if not labels and not fields:
            return found
        selection = self.selection(resource, labels, fields)
        return [obj for obj in found if selection.matches(obj)]

    def selection(self, resource: str, labels: str = "", fields: str = "") -> Selection:
        """Label and field selectors made ready for one resource. Raises ApiError (400)."""
        return Selection.parse(_type(resource), labels, fields, self.strategy(resource).selectable)

    def subscribe(self, resource: str, handler: Handler) -> Callable[[], None]:
        """Call the handler after every change of the resource; the answer ends that."""
        return self.store.subscribe(resource, handler)

    def create(
        self, resource: str, namespace: str, body: Object, *, writer: Writer | None = None
    ) -> Object:
        """Create an object; with metadata.generateName under a name that is still free.

        Raises ApiError: 400 malformed, 403 namespace going away, 404 no such namespace,
        409 exists already, 422 against the kind's rules.
        """
        writer = writer or Writer()
        wanted = child(body, "metadata")
        if wanted.get("name") or not wanted.get("generateName"):
            return self._create(resource, namespace, body, writer, "")
        name = ""
        for _ in range(_GENERATED_NAME_TRIES):
            name = metadata.generate_name(wanted["generateName"])
            if self.store.get(resource, namespace, name) is None:
                return self._create(resource, namespace, body, writer, name)
        raise status.generated_name_exists(resource, name, _type(resource).group)

    def update(
        self,
        resource: str,
        namespace: str,
        name: str,
        body: Object,
        *,
        subresource: str = "",
        writer: Writer | None = None,
    ) -> Object:
        """Replace an object, or only what a subresource ("status", "finalize") may write.

        Raises ApiError: 400, 404, 409 where metadata.resourceVersion is not the stored one, 422.
        """
        writer = writer or Writer()
        kind = _type(resource)
        old = self.store.get(resource, namespace, name)
        if old is None and not subresource and kind.create_on_update:
            return self._create(resource, namespace, body, writer, name)
        old = self.get(resource, namespace, name)
        obj = self.schema.decode(kind, body, writer)
        _check_identity(obj, old, kind, name)
        return self._update(kind, obj, old, subresource, writer)

    def delete(
        self,
        resource: str,
        namespace: str,
        name: str,
        *,
        grace: int | None = None,
        propagation: str = "",
        uid: str = "",
        resource_version: str = "",
        writer: Writer | None = None,
    ) -> Object:
        """Delete an object, or mark it where finalizers or a grace period (seconds) hold it.

        The answer is its last state. Raises ApiError: 403, 404, 409 where uid or
        resource_version are not the object's.
        """
        kind = _type(resource)
        old = self.get(resource, namespace, name)
        options = DeleteOptions(grace, propagation, uid, resource_version)
        check_deletable(kind, old)
        deletion.check(old, kind, options)
        graceful = self.strategy(resource).graceful
        plan = deletion.plan(old, options, graceful)
        dry_run = writer is not None and writer.dry_run
        if dry_run:
            return plan.marked or old
        last = old
        if plan.marked is not None and plan.marked != old:
            last = self.store.put(resource, plan.marked)
        return self._remove(resource, last) if plan.remove else last

    def delete_collection(
        self,
        resource: str,
        namespace: str,
        *,
        labels: str = "",
        fields: str = "",
        grace: int | None = None,
        propagation: str = "",
        writer: Writer | None = None,
    ) -> Objects:
        """Delete what the selectors choose; the answer is the objects as they were before."""
        found = self.list(resource, namespace, labels=labels, fields=fields)
        for obj in found:
            self.delete(
                resource,
                namespace_of(obj),
                name_of(obj),
                grace=grace,
                propagation=propagation,
                writer=writer,
            )
        return found

    def _create(
        self, resource: str, namespace: str, body: Object, writer: Writer, name: str
    ) -> Object:
        kind, strategy = _type(resource), self.strategy(resource)
        obj = self.schema.decode(kind, body, writer)
        if name:
            obj["metadata"]["name"] = name
        if obj["metadata"].pop("resourceVersion", ""):
            message = "resourceVersion should not be set on objects to be created"
            raise status.ApiError(500, "", message)
        metadata.fill(obj, kind, namespace)
        if kind.namespaced:
            check_namespace(self.store, kind, obj)
        strategy.default(obj)
        self._admit(kind, obj)
        strategy.prepare_create(obj)
        self._reject(kind, obj, strategy.validate(obj))
        self._reject(kind, obj, metadata_validation.validate(obj))
        undo = strategy.allocate(obj, None, writer.dry_run)
        old = self.store.get(resource, namespace_of(obj), name_of(obj))
        if old is not None:
            undo()
            raise _exists(kind, old)
        writer.warnings += strategy.warnings(obj, None)
        return obj if writer.dry_run else self.store.put(resource, obj)

    def _update(
        self, kind: ResourceType, obj: Object, old: Object, subresource: str, writer: Writer
    ) -> Object:
        strategy = self.strategy(kind.plural)
        obj = merged(obj, old, kind, subresource)
        metadata.carry(obj, old)
        strategy.default(obj)
        self._admit(kind, obj)
        if subresource == "status":
            strategy.prepare_status(obj, old)
        else:
            strategy.prepare_update(obj, old)
        metadata.count_generation(obj, old, kind)
        errors = metadata_validation.validate_update(obj, old)
        if not subresource:
            errors += strategy.validate_update(obj, old)
        self._reject(kind, obj, errors)
        if not subresource:
            strategy.allocate(obj, old, writer.dry_run)
            writer.warnings += strategy.warnings(obj, old)
        return self._commit(kind, obj, old, writer)

    def _commit(self, kind: ResourceType, obj: Object, old: Object, writer: Writer) -> Object:
        if obj == old:
            return old
        if writer.dry_run:
            return obj
        if deletion.finished(obj):
            self._remove(kind.plural, old)
            return obj
        return self.store.put(kind.plural, obj)

    def _remove(self, resource: str, obj: Object) -> Object:
        last = self.store.remove(resource, namespace_of(obj), name_of(obj))
        self.strategy(resource).deleted(obj)
        return last or obj

    def _admit(self, kind: ResourceType, obj: Object) -> None:
        for mutate in self._admission.mutate:
            mutate(kind.plural, obj)

    def _reject(self, kind: ResourceType, obj: Object, errors: Sequence[FieldError]) -> None:
        left = [error for error in errors if not self._admission.forgive(kind.plural, error)]
        if left:
            raise status.invalid(kind.kind, name_of(obj), left, kind.group)


def _type(resource: str) -> ResourceType:
    kind = BY_PLURAL.get(resource)
    if kind is None:
        raise status.no_such_path()
    return kind


def _exists(kind: ResourceType, old: Object) -> status.ApiError:
    error = status.already_exists(kind.plural, name_of(old), kind.group)
    if "deletionTimestamp" in old["metadata"]:
        error.message = f"object is being deleted: {error.message}"
    return error


def _check_identity(obj: Object, old: Object, kind: ResourceType, name: str) -> None:
    """Hold name, namespace, uid and resourceVersion of an update against the stored object."""
    new, was = obj["metadata"], old["metadata"]
    given = new.setdefault("name", name)
    if given != name:
        raise status.bad_request(
            f"the name of the object ({given}) does not match the name on the URL ({name})"
        )
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
