"""The garbage collector: objects go with their owners.

Background, foreground and orphan deletion, all by ownerReferences.
Source: "Garbage Collection" (Cascading deletion) in the Kubernetes documentation.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, NamedTuple, TypeAlias

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.resources import RESOURCES
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler
from kubeproof.sandbox.controllers.fields import finalizers_of, is_being_deleted, uid_of
from kubeproof.sandbox.controllers.ownership import owner_references
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, meta, name_of, namespace_of

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"

Uid: TypeAlias = str


class Place(NamedTuple):
    """Where an object is stored."""

    resource: str
    namespace: str
    name: str


class OwnerGraph:
    """Who exists, and who depends on whom, kept up to date from events."""

    def __init__(self) -> None:
        self.places: dict[Uid, Place] = {}
        self._dependents: dict[Uid, dict[Uid, None]] = {}
        self._owners: dict[Uid, tuple[Uid, ...]] = {}

    def put(self, resource: str, obj: Object) -> None:
        """An object was created or changed."""
        uid = uid_of(obj)
        self.places[uid] = Place(resource, namespace_of(obj), name_of(obj))
        owners = tuple(str(item.get("uid")) for item in owner_references(obj))
        if owners == self._owners.get(uid, ()):
            return
        self._unlink(uid)
        self._owners[uid] = owners
        for owner in owners:
            self._dependents.setdefault(owner, {})[uid] = None

    def remove(self, obj: Object) -> None:
        """An object is gone; its dependents are still known."""
        self.places.pop(uid_of(obj), None)
        self._unlink(uid_of(obj))

    def dependents(self, uid: Uid) -> list[Uid]:
        """The uids of the objects that name this one as an owner."""
        return list(self._dependents.get(uid, ()))

    def _unlink(self, uid: Uid) -> None:
        for owner in self._owners.pop(uid, ()):
            siblings = self._dependents.get(owner, {})
            siblings.pop(uid, None)
            if not siblings:
                self._dependents.pop(owner, None)


class GarbageCollector(Controller[Uid]):
    """Deletes what has lost all its owners. Keys are uids of objects to look at."""

    stopped_by: ClassVar[str] = "garbage-collector-stopped"

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self._graph = OwnerGraph()

    def watches(self) -> Mapping[str, Handler]:
        """Every resource there is, but Events, which own and are owned by nothing."""
        return {item.plural: self._note for item in RESOURCES if item.plural != "events"}

    def everything(self) -> Iterable[Uid]:
        """Every object that has an owner or waits for its dependents."""
        self._graph = OwnerGraph()
        found: list[Uid] = []
        for resource in self.watches():
            for obj in self.store.list(resource):
                self._graph.put(resource, obj)
                if owner_references(obj) or is_being_deleted(obj):
                    found.append(uid_of(obj))
        return found

    def reconcile(self, key: Uid) -> None:
        """Look at one object: release it, let it go, or leave it."""
        place = self._graph.places.get(key)
        obj = self._object(key)
        if place is None or obj is None:
            return
        if is_being_deleted(obj) and FOREGROUND in finalizers_of(obj):
            self._wait_for_dependents(place.resource, obj)
        elif is_being_deleted(obj) and ORPHAN in finalizers_of(obj):
            self._orphan_dependents(place.resource, obj)
        elif not is_being_deleted(obj) and owner_references(obj):
            self._collect_if_ownerless(place.resource, obj)

    def _object(self, uid: Uid) -> Object | None:
        place = self._graph.places.get(uid)
        if place is None:
            return None
        obj = self.store.get(place.resource, place.namespace, place.name)
        return obj if obj is not None and uid_of(obj) == uid else None

    def _dependents(self, obj: Object) -> list[tuple[str, Object]]:
        found = ((uid, self._object(uid)) for uid in self._graph.dependents(uid_of(obj)))
        return [(self._graph.places[uid].resource, each) for uid, each in found if each is not None]

    def _collect_if_ownerless(self, resource: str, obj: Object) -> None:
        """Delete an object none of whose owners is there to stay."""
        solid, waiting, dangling = self._sorted_owners(obj)
        if solid and (waiting or dangling):
            self._drop_owners(resource, obj, {*waiting, *dangling})
        if solid:
            return
        if waiting and self._dependents(obj):
            self.client.delete(resource, obj, propagation="Foreground")
        else:
            self.client.delete(resource, obj, propagation=_policy(obj))

    def _sorted_owners(self, obj: Object) -> tuple[set[Uid], set[Uid], set[Uid]]:
        """The uids of owners that stay, that wait for their dependents to go, that are gone."""
        solid: set[Uid] = set()
        waiting: set[Uid] = set()
        dangling: set[Uid] = set()
        for reference in owner_references(obj):
            uid = str(reference.get("uid"))
            owner = self._object(uid)
            if owner is None or not _may_own(owner, obj):
                dangling.add(uid)
            elif is_being_deleted(owner) and FOREGROUND in finalizers_of(owner):
                waiting.add(uid)
            else:
                solid.add(uid)
        return solid, waiting, dangling

    def _drop_owners(self, resource: str, obj: Object, uids: set[Uid]) -> None:
        changed = copied(obj)
        kept = [item for item in owner_references(obj) if item.get("uid") not in uids]
        meta(changed)["ownerReferences"] = kept
        self._write(resource, changed)

    def _wait_for_dependents(self, resource: str, obj: Object) -> None:
        """Foreground: first the dependents that block the owner, then the owner."""
        blocking = [item for item in self._dependents(obj) if _blocks(item[1], uid_of(obj))]
        if not blocking:
            self._drop_finalizer(resource, obj, FOREGROUND)
        for _, dependent in blocking:
            self.queue.add(uid_of(dependent))

    def _orphan_dependents(self, resource: str, obj: Object) -> None:
        for kind, dependent in self._dependents(obj):
            self._drop_owners(kind, dependent, {uid_of(obj)})
        self._drop_finalizer(resource, obj, ORPHAN)

    def _drop_finalizer(self, resource: str, obj: Object, finalizer: str) -> None:
        changed = copied(obj)
        kept = [item for item in finalizers_of(obj) if item != finalizer]
        meta(changed)["finalizers"] = kept
        self._write(resource, changed)

    def _write(self, resource: str, obj: Object) -> None:
        try:
            self.client.update(resource, obj)
        except ApiError as error:
            if error.code != 404:
                raise

    def _note(self, event: Event) -> None:
        obj = event.object
        if event.type == "DELETED":
            owners = [str(item.get("uid")) for item in owner_references(obj)]
            self._graph.remove(obj)
            self._queue_all([*self._graph.dependents(uid_of(obj)), *owners])
            return
        before = self._graph.places.get(uid_of(obj))
        self._graph.put(event.resource, obj)
        if before is None or owner_references(obj) != owner_references(event.old or {}):
            self._queue_all([uid_of(obj), *_owners_lost(event)])
        if is_being_deleted(obj) and finalizers_of(obj):
            self._queue_all([uid_of(obj), *self._graph.dependents(uid_of(obj))])

    def _queue_all(self, uids: Iterable[Uid]) -> None:
        for uid in uids:
            self.queue.add(uid)


def _may_own(owner: Object, obj: Object) -> bool:
    """An owner in another namespace counts as missing.

    For an object that is in no namespace it is a mistake, and the object is left alone.
    """
    return not namespace_of(obj) or namespace_of(owner) in ("", namespace_of(obj))


def _owners_lost(event: Event) -> list[Uid]:
    """Owners that no longer have to wait for this dependent."""
    before = owner_references(event.old) if event.old is not None else []
    return [str(item.get("uid")) for item in before]


def _blocks(dependent: Object, owner: Uid) -> bool:
    return any(
        item.get("uid") == owner and item.get("blockOwnerDeletion")
        for item in owner_references(dependent)
    )


def _policy(obj: Object) -> str:
    """How an object is deleted for want of owners: as it was asked to before, if it was."""
    if ORPHAN in finalizers_of(obj):
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers_of(obj) else "Background"
