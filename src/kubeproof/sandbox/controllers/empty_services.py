"""A controller that Kubernetes does not have: it deletes Services that have lost all their Pods.

It exists as two faults which scenarios about the permanence of Services must notice: Services
are deleted, or deleted and created anew, as deployment tools do that replace what they own.
"""

import copy
from collections.abc import Iterable, Mapping

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key
from kubeproof.sandbox.controllers.fields import spec_of
from kubeproof.sandbox.controllers.service_pods import ServicePods, selector_of
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, labels_of, matches, namespace_of

COLLECTED = "service-collected-when-empty"
RECREATED = "service-recreated-when-empty"


class EmptyServiceCollector(Controller[Key]):
    """Under its faults deletes a Service as soon as its last Pod is gone. Keys are Services'."""

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        super().__init__(registry, faults, clock)
        self._pods = ServicePods(self.store)

    def watches(self) -> Mapping[str, Handler]:
        """Pods."""
        return {"pods": self._note_pod}

    def everything(self) -> Iterable[Key]:
        """Nothing: only a Service that loses its last Pod while we watch is collected."""
        return ()

    def reconcile(self, key: Key) -> None:
        """Delete one Service if it has no Pods."""
        service = self.store.get("services", *key)
        if service is None or not self._is_on() or not selector_of(service):
            return
        if self._pods.of(service):
            return
        self.client.delete("services", service)
        if self.faults.active(RECREATED):
            self.client.create("services", _anew(service))

    def _note_pod(self, event: Event) -> None:
        if event.type == "ADDED" or not self._is_on():
            return
        states = [pod for pod in (event.old, event.object) if pod is not None]
        for service in self.store.list("services", namespace_of(event.object)):
            if any(matches(selector_of(service), pod) for pod in states):
                self.queue.add(key_of(service))

    def _is_on(self) -> bool:
        return self.faults.active(COLLECTED) or self.faults.active(RECREATED)


def _anew(service: Object) -> Object:
    """What a tool that keeps the manifest would create: the wishes, nothing that was allocated."""
    metadata = {name: service["metadata"][name] for name in ("name", "namespace")}
    spec = copy.deepcopy(spec_of(service))
    for allocated in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
        spec.pop(allocated, None)
    return {
        "metadata": {**metadata, "labels": labels_of(service)},
        "spec": spec,
    }
