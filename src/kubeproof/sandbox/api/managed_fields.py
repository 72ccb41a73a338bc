"""Who owns which fields: metadata.managedFields, kept by every write.

Follows k8s.io/apimachinery's ``util/managedfields`` and sigs.k8s.io/structured-merge-diff's
``merge`` package. How an apply takes fields is in server_side_apply.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from kubeproof.sandbox.api import fieldpath
from kubeproof.sandbox.api.fieldpath import EMPTY, FieldSet, Path
from kubeproof.sandbox.api.jsonvalue import items
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.schema_types import FieldType
from kubeproof.sandbox.api.structure import Structure, StructureError
from kubeproof.sandbox.objects import Object, now

APPLY = "Apply"
UPDATE = "Update"
_UPDATERS_KEPT = 10
"""Managers that update; the oldest are merged into one beyond that number."""

_STRIPPED: FieldSet = frozenset(
    {("f:apiVersion",), ("f:kind",), ("f:metadata",)}
    | {
        ("f:metadata", f"f:{name}")
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    }
)


class Manager(NamedTuple):
    """Who owns fields; an applier is the same in every version."""

    name: str
    operation: str
    api_version: str
    subresource: str


class Owned(NamedTuple):
    """What a manager owns, and since when it owns exactly that."""

    fields: FieldSet
    time: str
    api_version: str


Managed: TypeAlias = dict[Manager, Owned]


def manager_of(name: str, operation: str, kind: ResourceType, subresource: str) -> Manager:
    """The manager behind a write."""
    version = "" if operation == APPLY else kind.api_version
    return Manager(name or "unknown", operation, version, subresource)


def decode(entries: Iterable[Object]) -> Managed:
    """The managers of metadata.managedFields."""
    managed: Managed = {}
    for entry in entries:
        operation, version = entry.get("operation", UPDATE), entry.get("apiVersion", "")
        manager = Manager(
            entry.get("manager", ""),
            operation,
            "" if operation == APPLY else version,
            entry.get("subresource", ""),
        )
        fields = fieldpath.decode(entry.get("fieldsV1") or {})
        managed[manager] = Owned(fields, entry.get("time", ""), version)
    return managed


def encode(managed: Managed) -> list[Object]:
    """metadata.managedFields: appliers first, then the oldest first."""
    ordered = sorted(
        managed.items(), key=lambda found: (found[0].operation, found[1].time, found[0])
    )
    return [_entry(manager, owned) for manager, owned in ordered]


def _entry(manager: Manager, owned: Owned) -> Object:
    entry: Object = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": owned.api_version,
        "time": owned.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fieldpath.encode(owned.fields),
        "subresource": manager.subresource,
    }
    return {key: value for key, value in entry.items() if value != ""}


def claimable(fields: Iterable[Path], kind: ResourceType, subresource: str) -> FieldSet:
    """The fields which a write to a subresource may claim: not those it may not change."""
    return fieldpath.without(frozenset(fields), _reset_fields(kind, subresource))


def _reset_fields(kind: ResourceType, subresource: str) -> tuple[Path, ...]:
    if subresource != "status":
        return (("f:status",),) if kind.has_status else ()
    if kind.plural == "pods":
        metadata = ("f:deletionTimestamp", "f:ownerReferences")
        return (("f:spec",), *(("f:metadata", name) for name in metadata))
    return (("f:spec",), ("f:metadata", "f:labels")) if kind.group else (("f:spec",),)


def stripped(fields: FieldSet) -> FieldSet:
    """The fields without those of the metadata which nobody owns."""
    return fields - _STRIPPED


def bare(obj: Object) -> Object:
    """The object without managedFields; shares the rest with it."""
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    return {**obj, "metadata": metadata}


class Ownership:
    """Keeps metadata.managedFields over writes that are no applies."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure

    def update(
        self, live: Object, obj: Object, kind: ResourceType, type_: FieldType, writer: Manager
    ) -> None:
        """Write into the object who owns its fields now that ``writer`` has changed it.

        ``live`` is what was there before: for a create, what the type writes unasked.
        """
        managed = self._known(live, obj, writer.subresource)
        is_new = "uid" not in live["metadata"]
        obj["metadata"].pop("managedFields", None)
        if not managed and not is_new:
            return  # nobody has kept track of this object; only an apply starts that
        try:
            self._claim(managed, live, obj, kind, type_, writer)
        except StructureError:
            return  # as a real API server: what cannot be compared is not tracked
        if managed:
            obj["metadata"]["managedFields"] = encode(managed)

    def _known(self, live: Object, obj: Object, subresource: str) -> Managed:
        given = obj["metadata"].get("managedFields")
        if subresource or not given:
            if given == [] and not subresource:
                return {}  # the client resets them
            return decode(items(live["metadata"], "managedFields"))
        return {} if given == [{}] else decode(given)

    def _claim(
        self,
        managed: Managed,
        live: Object,
        obj: Object,
        kind: ResourceType,
        type_: FieldType,
        writer: Manager,
    ) -> None:
        comparison = self.structure.compare(bare(live), bare(obj), type_)
        changed = claimable(comparison.added | comparison.modified, kind, writer.subresource)
        removed = claimable(comparison.removed, kind, writer.subresource)
        take(managed, changed | removed)
        mine = stripped(changed)
        if mine:
            before = managed.get(writer)
            fields = mine | (before.fields if before else EMPTY)
            managed[writer] = Owned(fields, now(), kind.api_version)
        _merge_oldest(managed)


def take(managed: Managed, fields: FieldSet, keep: Manager | None = None) -> None:
    """Take fields from every manager but one; who is left with none is dropped."""
    for manager, owned in list(managed.items()):
        if manager == keep:
            continue
        left = owned.fields - fields
        if not left:
            del managed[manager]
        elif left != owned.fields:
            managed[manager] = Owned(left, owned.time, owned.api_version)


def _merge_oldest(managed: Managed) -> None:
    """Merge the oldest updaters into one, ``ancient-changes``, beyond the number that is kept."""
    updaters = [manager for manager in managed if manager.operation == UPDATE]
    if len(updaters) <= _UPDATERS_KEPT:
        return
    updaters.sort(key=lambda manager: (managed[manager].time, manager))
    oldest = updaters[: len(updaters) - _UPDATERS_KEPT + 1]
    fields, last = EMPTY, managed[oldest[-1]]
    for manager in oldest:
        fields |= managed.pop(manager).fields
    bucket = Manager("ancient-changes", UPDATE, last.api_version, "")
    managed[bucket] = Owned(fields, last.time, last.api_version)
