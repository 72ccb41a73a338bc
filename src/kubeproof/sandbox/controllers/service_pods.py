"""Which Pods a Service selects, and which Services a change of a Pod concerns."""

from typing import cast

from kubeproof.sandbox.api.store import Event, Store
from kubeproof.sandbox.controllers.fields import is_being_deleted, spec_of
from kubeproof.sandbox.controllers.pods import addresses_of, is_finished, is_ready
from kubeproof.sandbox.objects import Object, key_of, labels_of, matches, namespace_of


def selector_of(service: Object) -> dict[str, str]:
    """spec.selector; empty where the Service has none and so selects nothing."""
    return cast("dict[str, str]", spec_of(service).get("selector") or {})


class ServicePods:
    """Looks Services and Pods up for each other by the Services' selectors."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, service: Object) -> list[Object]:
        """The Pods a Service selects, by name; none if it has no selector."""
        selector = selector_of(service)
        pods = self._store.list("pods", namespace_of(service)) if selector else []
        return [pod for pod in pods if matches(selector, pod)]

    def services_for(self, event: Event) -> list[tuple[str, str]]:
        """Keys of the Services whose endpoints a change of a Pod may change."""
        before = _facts(event.old)
        after = None if event.type == "DELETED" else _facts(event.object)
        if before == after:
            return []
        states = [pod for pod in (event.old, event.object) if pod is not None]
        return [
            key_of(service)
            for service in self._store.list("services", namespace_of(event.object))
            if (selector := selector_of(service)) and any(matches(selector, pod) for pod in states)
        ]


def _facts(pod: Object | None) -> tuple[object, ...] | None:
    """All that shows of a Pod in endpoints; None while it cannot be one."""
    if pod is None or is_finished(pod) or not addresses_of(pod):
        return None
    spec = spec_of(pod)
    return (
        labels_of(pod),
        spec.get("hostname"),
        spec.get("subdomain"),
        spec.get("nodeName"),
        is_being_deleted(pod),
        is_ready(pod),
        addresses_of(pod),
    )
