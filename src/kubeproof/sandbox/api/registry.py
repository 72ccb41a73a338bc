"""The API without HTTP: what the server and the controllers both call.

It plays the part of k8s.io/apiserver's generic registry: metadata, namespaces, versions,
generations, field ownership and deletion are the same for every kind; what differs comes from
the kinds' strategies.
"""

from collections.abc import Callable, Mapping

from kubeproof.sandbox.api import binding, deletion, identity, metadata, patching, scale, status
from kubeproof.sandbox.api.deletion import DeleteOptions
from kubeproof.sandbox.api.jsonvalue import child
from kubeproof.sandbox.api.lifecycle import check_deletable
from kubeproof.sandbox.api.resources import BY_PLURAL, SCALE, ResourceType
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.selection import Selection
from kubeproof.sandbox.api.server_side_apply import Apply
from kubeproof.sandbox.api.store import Handler, Objects, Store
from kubeproof.sandbox.api.strategy import Strategy
from kubeproof.sandbox.api.writer import Admission, Writer
from kubeproof.sandbox.api.writes import Writes
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
        self._writes = Writes(store, strategies, schema, admission or Admission())

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
        selectable = self._writes.strategy(resource).selectable
        return Selection.parse(_type(resource), labels, fields, selectable)

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
        kind, writer = _type(resource), writer or Writer()
        obj = self.schema.decode(kind, body, writer)
        base: str = obj["metadata"].get("generateName", "")
        if base and not obj["metadata"].get("name"):
            obj["metadata"]["name"] = self._free_name(kind, namespace, base)
        return self._writes.create(kind, namespace, obj, writer)

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
        """Replace an object, or what a subresource ("status", "finalize", "scale") may write.

        Raises ApiError: 400, 404, 409 where metadata.resourceVersion is not the stored one, 422.
        """
        kind, writer = _type(resource), writer or Writer()
        obj = self.schema.decode(kind, body, writer)
        identity.check_name(obj, name)
        old = self.store.get(resource, namespace, name)
        if old is None and not subresource and kind.create_on_update:
            return self._writes.create(kind, namespace, obj, writer)
        old = self.get(resource, namespace, name)
        identity.check(obj, old, kind)
        return self._writes.update(kind, obj, old, subresource, writer)

    def patch(
        self,
        resource: str,
        namespace: str,
        name: str,
        patch: bytes,
        media_type: str,
        *,
        subresource: str = "",
        force: bool = False,
        writer: Writer | None = None,
    ) -> tuple[Object, bool]:
        """Patch an object, or create it by a server-side apply; the answer says whether it was.

        ``media_type`` is one of patching.TYPES; ``force`` takes fields from other appliers.
        Raises ApiError: 400, 404, 409, 415, 422.
        """
        kind, writer = _type(resource), writer or Writer()
        if media_type == patching.APPLY:
            return self._apply(kind, namespace, name, patch, subresource, force, writer)
        old = self.get(resource, namespace, name)
        obj = patching.patched(self.schema, kind, old, patch, media_type, writer)
        identity.check_name(obj, name)
        identity.check(obj, old, kind)
        return self._writes.update(kind, obj, old, subresource, writer), False

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
        plan = deletion.plan(old, options, self._writes.strategy(resource).graceful)
        if writer is not None and writer.dry_run:
            return plan.marked or old
        last = old
        if plan.marked is not None and plan.marked != old:
            last = self.store.put(resource, plan.marked)
        return self._writes.remove(resource, last) if plan.remove else last

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

    def bind(
        self, namespace: str, name: str, body: Object, *, writer: Writer | None = None
    ) -> None:
        """Assign a Pod to the node a Binding names: ``{"target": {"name": node}}``.

        Raises ApiError: 400, 404, 409 where the Pod is bound already or going away.
        """
        pod = self.get("pods", namespace, name)
        binding.bind(self.store, pod, body, writer is not None and writer.dry_run)

    def evict(
        self, namespace: str, name: str, body: Object, *, writer: Writer | None = None
    ) -> None:
        """Delete a Pod as an Eviction asks for. Raises ApiError: 400, 404, 409."""
        if child(body, "metadata").get("name", name) != name:
            raise status.bad_request("name in URL does not match name in Eviction object")
        wanted = child(body, "deleteOptions")
        preconditions = child(wanted, "preconditions")
        self.delete(
            "pods",
            namespace,
            name,
            grace=wanted.get("gracePeriodSeconds"),
            propagation=wanted.get("propagationPolicy", ""),
            uid=preconditions.get("uid", ""),
            resource_version=preconditions.get("resourceVersion", ""),
            writer=writer,
        )

    def rescale(
        self,
        resource: str,
        namespace: str,
        name: str,
        body: Object | bytes,
        media_type: str = "",
        *,
        writer: Writer | None = None,
    ) -> Object:
        """Change how many Pods a workload is to have, by a Scale or by a patch of its Scale.

        The answer is the Scale. Raises ApiError.
        """
        kind, writer = _type(resource), writer or Writer()
        workload = self.get(resource, namespace, name)
        if isinstance(body, bytes):
            current = scale.scale_of(workload)
            wanted = patching.patched(self.schema, SCALE, current, body, media_type, writer)
        else:
            wanted = self.schema.decode(SCALE, body, writer)
        obj = scale.scaled(workload, wanted)
        identity.check(obj, workload, kind)
        return scale.scale_of(self._writes.update(kind, obj, workload, "scale", writer))

    def _free_name(self, kind: ResourceType, namespace: str, base: str) -> str:
        name = ""
        for _ in range(_GENERATED_NAME_TRIES):
            name = metadata.generate_name(base)
            if self.store.get(kind.plural, namespace, name) is None:
                return name
        raise status.generated_name_exists(kind.plural, name, kind.group)

    def _apply(
        self,
        kind: ResourceType,
        namespace: str,
        name: str,
        patch: bytes,
        subresource: str,
        force: bool,
        writer: Writer,
    ) -> tuple[Object, bool]:
        config = patching.configuration(patch, writer)
        old = self.store.get(kind.plural, namespace, name)
        if old is None and subresource:
            raise status.not_found(kind.plural, name, kind.group)
        empty = self.schema.empty(kind)
        type_ = self.schema.field_type(kind)
        step = Apply(self._writes.structure, kind, type_, writer.manager, subresource)
        body = step.apply(old or empty, config, force, empty)
        obj, _ = self.schema.read(kind, body)
        identity.check_name(obj, name)
        if old is None:
            identity.check_new(obj, kind)
            return self._writes.create(kind, namespace, obj, writer, applied=True), True
        identity.check(obj, old, kind)
        return self._writes.update(kind, obj, old, subresource, writer, applied=True), False


def _type(resource: str) -> ResourceType:
    kind = BY_PLURAL.get(resource)
    if kind is None:
        raise status.no_such_path()
    return kind
