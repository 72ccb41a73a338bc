"""A controller that Kubernetes does not have: it deletes Services that have lost all their Pods.

It exists as the fault `service-collected-when-empty`, which scenarios about the permanence of
Services must notice.
"""

from collections.abc import Iterable, Mapping

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key
from kubeproof.sandbox.controllers.service_pods import ServicePods, selector_of
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.faults import Faults

FAULT = "service-collected-when-empty"


class EmptyServiceCollector(Controller[Key]):
    """Under the fault deletes a Service as soon as its last Pod is gone. Keys are Services'."""

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
        if service is None or not self.faults.active(FAULT) or not selector_of(service):
            return
        if not self._pods.of(service):
            self.client.delete("services", service)

    def _note_pod(self, event: Event) -> None:
        if event.type == "ADDED" or not self.faults.active(FAULT):
            return
        for key in self._pods.services_for(event):
            self.queue.add(key)
