"""When the change happened that endpoints follow, for the annotation that says so.

The annotation endpoints.kubernetes.io/last-change-trigger-time carries the earliest change since
the last look: a Pod's readiness, or the Service's creation.
Source: "Well-Known Labels, Annotations and Taints" in the Kubernetes documentation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kubeproof.sandbox.controllers.fields import created_at
from kubeproof.sandbox.controllers.pods import ready_since
from kubeproof.sandbox.objects import Object, key_of, meta, name_of

TRIGGER_ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time"


@dataclass(slots=True)
class _Seen:
    service: str = ""
    pods: dict[str, str] = field(default_factory=dict[str, str])


class TriggerTimes:
    """Remembers what was seen of each Service. Moments are text that sorts by time."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], _Seen] = {}

    def observe(self, service: Object, pods: Sequence[Object]) -> str:
        """The moment to write, empty if nothing changed since the Service was last observed."""
        before = self._seen.get(key_of(service))
        now = _Seen(created_at(service), {name_of(pod): ready_since(pod) for pod in pods})
        self._seen[key_of(service)] = now
        if before is None:
            return now.service
        changed = [when for name, when in now.pods.items() if when > before.pods.get(name, "")]
        if now.service > before.service:
            changed.append(now.service)
        return min(changed, default="")

    def forget(self, key: tuple[str, str]) -> None:
        """The Service is gone."""
        self._seen.pop(key, None)


def stamp(obj: Object, moment: str) -> None:
    """Write the moment into an object's annotations, or take an old one out if there is none."""
    annotations: dict[str, str] = meta(obj).get("annotations") or {}
    annotations.pop(TRIGGER_ANNOTATION, None)
    if moment:
        annotations[TRIGGER_ANNOTATION] = moment
    meta(obj).pop("annotations", None)
    if annotations:
        meta(obj)["annotations"] = annotations
