"""Objects, their versions, their recent history and who is told: storage without policy.

It plays etcd's part and the watch cache's: one version counter for everything, objects in the
order of their keys, and a bounded history from which a watch can resume. Objects are handed out
as they are stored: whoever wants to change one copies it first.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kubeproof.sandbox.objects import Object, key_of

HISTORY = 4096
"""Events kept for each resource; a watch that starts before them is told 410 Expired."""


class ExpiredError(Exception):
    """The history asked for has been compacted; ``oldest`` is the first version still known."""

    def __init__(self, version: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {version} ({oldest})")
        self.version = version
        self.oldest = oldest


@dataclass(frozen=True, slots=True)
class Event:
    """One committed change of one object; ``old`` is what it was before."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    resource: str
    object: Object
    old: Object | None
    version: int


Handler: TypeAlias = Callable[[Event], None]
Objects: TypeAlias = list[Object]
Events: TypeAlias = list[Event]


@dataclass(slots=True)
class _Shelf:
    """All objects of one resource, by ``namespace/name``, and what lately happened to them."""

    objects: dict[str, Object] = field(default_factory=dict[str, Object])
    keys: list[str] = field(default_factory=list[str])
    events: deque[Event] = field(default_factory=deque[Event])
    compacted: int = 0
    handlers: list[Handler] = field(default_factory=list[Handler])


class Store:
    """Every object of the cluster. Single-threaded: it lives on the sandbox's event loop."""

    def __init__(self) -> None:
        self.version = 0
        self._shelves: dict[str, _Shelf] = {}

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """The stored object, read only; None where there is none."""
        return self._shelf(resource).objects.get(f"{namespace}/{name}")

    def list(self, resource: str, namespace: str = "") -> Objects:
        """The stored objects, read only, of one namespace or of all, in the order of their keys."""
        shelf = self._shelf(resource)
        keys = shelf.keys
        if namespace:  # "0" follows "/" and so ends the namespace's keys
            first, last = bisect_left(keys, f"{namespace}/"), bisect_left(keys, f"{namespace}0")
            keys = keys[first:last]
        return [shelf.objects[key] for key in keys]

    def put(self, resource: str, obj: Object) -> Object:
        """Store a new object or a new version of one, stamped with its resourceVersion.

        The store keeps ``obj`` itself: the caller must not touch it again.
        """
        shelf = self._shelf(resource)
        key = _key(obj)
        old = shelf.objects.get(key)
        self.version += 1
        obj["metadata"]["resourceVersion"] = str(self.version)
        shelf.objects[key] = obj
        if old is None:
            insort(shelf.keys, key)
        self._commit(shelf, "ADDED" if old is None else "MODIFIED", resource, obj, old)
        return obj

    def remove(self, resource: str, namespace: str, name: str) -> Object | None:
        """Forget an object; the answer is its last state, stamped with the removal's version."""
        shelf = self._shelf(resource)
        key = f"{namespace}/{name}"
        old = shelf.objects.pop(key, None)
        if old is None:
            return None
        del shelf.keys[bisect_left(shelf.keys, key)]
        self.version += 1
        last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.version)}}
        self._commit(shelf, "DELETED", resource, last, old)
        return last

    def subscribe(self, resource: str, handler: Handler) -> Callable[[], None]:
        """Call the handler after every change of the resource; the answer ends that.

        Handlers run inside the write that they are told of: they may only take note.
        """
        handlers = self._shelf(resource).handlers
        handlers.append(handler)

        def unsubscribe() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return unsubscribe

    def history(self, resource: str, since: int) -> Events:
        """What happened after a version, oldest first. Raises ExpiredError if it is forgotten."""
        shelf = self._shelf(resource)
        if since < shelf.compacted:
            raise ExpiredError(since, shelf.compacted)
        recent: Events = []
        for event in reversed(shelf.events):
            if event.version <= since:
                break
            recent.append(event)
        return recent[::-1]

    def at(self, resource: str, namespace: str, version: int) -> Objects:
        """The objects as they were at a version. Raises ExpiredError if that is forgotten."""
        objects = {_key(obj): obj for obj in self.list(resource, namespace)}
        for event in reversed(self.history(resource, version)):
            if namespace and event.object["metadata"].get("namespace", "") != namespace:
                continue
            if event.old is None:
                objects.pop(_key(event.object), None)
            else:
                objects[_key(event.old)] = event.old
        return [objects[key] for key in sorted(objects)]

    def _shelf(self, resource: str) -> _Shelf:
        shelf = self._shelves.get(resource)
        if shelf is None:
            shelf = self._shelves[resource] = _Shelf()
        return shelf

    def _commit(
        self,
        shelf: _Shelf,
        change: Literal["ADDED", "MODIFIED", "DELETED"],
        resource: str,
        obj: Object,
        old: Object | None,
    ) -> None:
        event = Event(change, resource, obj, old, self.version)
        shelf.events.append(event)
        if len(shelf.events) > HISTORY:
            shelf.compacted = shelf.events.popleft().version
        for handler in list(shelf.handlers):
            handler(event)


def _key(obj: Object) -> str:
    namespace, name = key_of(obj)
    return f"{namespace}/{name}"
