"""Events: what happened to an object, as `kubectl describe` and `kubectl get events` show it.

The same thing happening again counts up one Event instead of adding another, as client-go's
recorder does. Source: API reference, Event v1.
"""

import asyncio
from collections import OrderedDict
from random import getrandbits
from typing import Literal, TypeAlias

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.controllers.client import Client
from kubeproof.sandbox.controllers.fields import uid_of
from kubeproof.sandbox.objects import Object, meta, name_of, namespace_of, now

EventType: TypeAlias = Literal["Normal", "Warning"]

KEPT = 1000
"""Events of one recorder that are kept; older ones are deleted, as an hour's time does it."""

_Happening: TypeAlias = tuple[str, str, str]


class EventRecorder:
    """Writes Events in the name of one component, behind whatever the loop is doing now."""

    def __init__(self, registry: Registry, component: str, host: str = "") -> None:
        """`host` is the node for components that run on one."""
        self._client = Client(registry, component)
        self._component = component
        self._host = host
        self._known: OrderedDict[_Happening, Object] = OrderedDict()

    def normal(self, obj: Object, reason: str, message: str) -> None:
        """Something expected happened to the object (which must carry kind and apiVersion)."""
        self._later(obj, "Normal", reason, message)

    def warning(self, obj: Object, reason: str, message: str) -> None:
        """Something that may need attention happened to the object."""
        self._later(obj, "Warning", reason, message)

    def _later(self, obj: Object, kind: EventType, reason: str, message: str) -> None:
        asyncio.get_running_loop().call_soon(self._record, obj, kind, reason, message)

    def _record(self, obj: Object, kind: EventType, reason: str, message: str) -> None:
        happening = (uid_of(obj), reason, message)
        try:
            if happening in self._known and self._count_up(happening):
                return
            self._known[happening] = self._client.create(
                "events", self._event(obj, kind, reason, message)
            )
            self._forget_oldest()
        except ApiError:
            return  # an Event tells of something; it must never break what it tells of

    def _count_up(self, happening: _Happening) -> bool:
        known = self._known.pop(happening)
        current = self._client.store.get("events", *_key(known))
        if current is None or uid_of(current) != uid_of(known):
            return False
        changed = copied(current)
        changed["count"] = int(current.get("count") or 1) + 1
        changed["lastTimestamp"] = now()
        self._known[happening] = self._client.update("events", changed)
        return True

    def _forget_oldest(self) -> None:
        while len(self._known) > KEPT:
            _, oldest = self._known.popitem(last=False)
            self._client.delete("events", oldest)

    def _event(self, obj: Object, kind: EventType, reason: str, message: str) -> Object:
        moment = now()
        source = {"component": self._component}
        if self._host:
            source["host"] = self._host
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{name_of(obj)}.{getrandbits(64):016x}",
                "namespace": namespace_of(obj) or "default",
            },
            "involvedObject": _reference(obj),
            "reason": reason,
            "message": message,
            "source": source,
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
            "type": kind,
            "eventTime": None,
            "reportingComponent": self._component,
            "reportingInstance": self._host,
        }


def _key(obj: Object) -> tuple[str, str]:
    return namespace_of(obj), name_of(obj)


def _reference(obj: Object) -> Object:
    reference: Object = {
        "kind": obj.get("kind", ""),
        "namespace": namespace_of(obj),
        "name": name_of(obj),
        "uid": uid_of(obj),
        "apiVersion": obj.get("apiVersion", ""),
        "resourceVersion": meta(obj).get("resourceVersion", ""),
    }
    return {key: value for key, value in reference.items() if value}
