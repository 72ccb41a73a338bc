"""The load-balancer controller: gives Services of type LoadBalancer an address on the LAN.

The addresses come from a pool; each is announced by one node, where the service proxy takes the
traffic (ipMode VIP). Source: "Service" (type: LoadBalancer) and "Create an External Load
Balancer" in the Kubernetes documentation; KEP-1860 (ipMode), KEP-980 (finalizer).
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.balancer_pool import (
    AddressPool,
    AddressRefused,
    PoolExhausted,
)
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.events import EventRecorder
from kubeproof.sandbox.controllers.fields import (
    finalizers_of,
    is_being_deleted,
    object_at,
    objects_at,
    spec_of,
    status_of,
)
from kubeproof.sandbox.controllers.slice_plan import SERVICE_NAME_LABEL
from kubeproof.sandbox.controllers.speaker_election import elect, is_eligible, without_exclusion
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, labels_of, meta, name_of, namespace_of

FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
GRABS_EVERY_CLASS = "load-balancer-grabs-every-class"
CHANGES_ADDRESS = "load-balancer-changes-address"
NOT_ANNOUNCED = "load-balancer-address-not-announced"
STAYS = "load-balancer-stays"
LEFT_BEHIND = "load-balancer-left-behind"
UNMARKED = "load-balancer-finalizer-missing"
MARKED_FOR_EVER = "load-balancer-finalizer-stays"
USES_ALL_NODES = "load-balancer-uses-excluded-nodes"


class Speaker(Protocol):
    """A node's side of the network: it answers for addresses."""

    def announce(self, address: str) -> None:
        """Answer for the address from now on, and tell the neighbours."""
        ...

    def withdraw(self, address: str) -> None:
        """Answer for the address no longer."""
        ...


class LoadBalancerController(Controller[Key]):
    """Assigns addresses and elects who announces them. Keys are Services'."""

    stopped_by: ClassVar[str] = "load-balancer-controller-stopped"

    def __init__(
        self,
        registry: Registry,
        faults: Faults,
        pool: AddressPool,
        speakers: Mapping[str, Speaker],
        clock: Clock = system_clock,
    ) -> None:
        """`speakers` are the nodes by name."""
        super().__init__(registry, faults, clock)
        self._pool = pool
        self._speakers = speakers
        self._events = EventRecorder(registry, "service-controller")
        self._announced: dict[str, str] = {}
        self._addresses: dict[Key, str] = {}
        self._causes: dict[Key, object] = {}
        faults.subscribe(self.look_at_everything)

    def watches(self) -> Mapping[str, Handler]:
        """Services, their endpoints for policy Local, and nodes."""
        return {
            "services": enqueue_in(self.queue),
            "endpointslices": self._note_slice,
            "nodes": self._note_node,
        }

    def everything(self) -> Iterable[Key]:
        """Every Service, after learning which addresses are taken."""
        services = self.store.list("services")
        for service in services:
            address = address_of(service)
            if address and self._wants_balancer(service):
                self._addresses.setdefault(key_of(service), address)
        return [*(key_of(service) for service in services), *self._addresses]

    def stop(self) -> None:
        """Answer for no address any more."""
        super().stop()
        for address, node in self._announced.items():
            self._speakers[node].withdraw(address)
        self._announced.clear()
        self._addresses.clear()

    def reconcile(self, key: Key) -> None:
        """Bring one Service's balancer up, up to date, or down."""
        service = self.store.get("services", *key)
        if service is None:
            self._release(key)
        elif self._wants_balancer(service):
            self._ensure(key, service)
        elif is_being_deleted(service) or not self.faults.active(LEFT_BEHIND):
            self._tear_down_if_up(key, service)

    def _wants_balancer(self, service: Object) -> bool:
        spec = spec_of(service)
        mine = not spec.get("loadBalancerClass") or self.faults.active(GRABS_EVERY_CLASS)
        return spec.get("type") == "LoadBalancer" and mine and not is_being_deleted(service)

    def _ensure(self, key: Key, service: Object) -> None:
        if FINALIZER not in finalizers_of(service) and not self.faults.active(UNMARKED):
            self._events.normal(service, "EnsuringLoadBalancer", "Ensuring load balancer")
            service = self._with_finalizers(service, [*finalizers_of(service), FINALIZER])
        try:
            address = self._address_for(key, service)
        except (AddressRefused, PoolExhausted) as why:
            reason = str(why) or f"the pool {self._pool} is exhausted"
            message = f"Error syncing load balancer: failed to ensure load balancer: {reason}"
            self._events.warning(service, "SyncLoadBalancerFailed", message)
            self._release(key)
            self._publish(service, "")
            return
        if self._addresses.get(key) != address:
            self._withdraw(self._addresses.get(key, ""))
            self._addresses[key] = address
        self._announce(key, service)
        if self._publish(service, address):
            self._events.normal(service, "EnsuredLoadBalancer", "Ensured load balancer")

    def _address_for(self, key: Key, service: Object) -> str:
        """The Service's address: what it asks for, what it has, or the lowest that is free."""
        taken = {address: owner for owner, address in self._addresses.items()}
        wanted = spec_of(service).get("loadBalancerIP")
        current = self._addresses.get(key) or address_of(service)
        if wanted:
            return self._pool.claim(wanted, key, taken)
        if not current or taken.get(current, key) != key or current not in self._pool:
            self._causes[key] = self._cause(service)
            return self._pool.lowest_free(taken)
        if self.faults.active(CHANGES_ADDRESS) and self._causes.get(key) != self._cause(service):
            self._causes[key] = self._cause(service)
            return self._pool.next_free(current, taken)
        return current

    def _cause(self, service: Object) -> object:
        """What makes a careless controller build its balancer anew: the spec or the endpoints."""
        endpoints = [
            (item.get("addresses"), item.get("conditions"))
            for each in self._slices_of(service)
            for item in objects_at(each, "endpoints")
        ]
        return copied(spec_of(service)), endpoints

    def _announce(self, key: Key, service: Object) -> None:
        address = self._addresses[key]
        current = self._announced.get(address, "")
        slices, nodes = self._slices_of(service), self._nodes()
        elected = elect(address, service, slices, nodes, current)
        if self.faults.active(NOT_ANNOUNCED):
            elected = ""
        if self.faults.active(STAYS):
            elected = current or elected
        if elected == current:
            return
        self._withdraw(address)
        if elected in self._speakers:
            self._speakers[elected].announce(address)
            self._announced[address] = elected

    def _nodes(self) -> list[Object]:
        nodes = self.store.list("nodes")
        return [without_exclusion(one) for one in nodes] if self._uses_all() else nodes

    def _uses_all(self) -> bool:
        return self.faults.active(USES_ALL_NODES)

    def _withdraw(self, address: str) -> None:
        node = self._announced.pop(address, "")
        if node:
            self._speakers[node].withdraw(address)

    def _release(self, key: Key) -> None:
        address = self._addresses.pop(key, "")
        self._causes.pop(key, None)
        self._withdraw(address)

    def _publish(self, service: Object, address: str) -> bool:
        """Write the address into the status; whether it was not there yet."""
        ingress: list[Object] = [{"ip": address, "ipMode": "VIP"}] if address else []
        if ingress == objects_at(service, "status", "loadBalancer", "ingress"):
            return False
        balancer: Object = {"ingress": ingress} if ingress else {}
        status = {**status_of(service), "loadBalancer": balancer}
        self.client.update_status("services", service, status)
        return bool(address)

    def _tear_down_if_up(self, key: Key, service: Object) -> None:
        if key in self._addresses or FINALIZER in finalizers_of(service):
            self._tear_down(key, service)

    def _tear_down(self, key: Key, service: Object) -> None:
        self._events.normal(service, "DeletingLoadBalancer", "Deleting load balancer")
        self._release(key)
        if not is_being_deleted(service):
            self._publish(service, "")
            service = self.store.get("services", *key) or service
        if not self.faults.active(MARKED_FOR_EVER):
            kept = [item for item in finalizers_of(service) if item != FINALIZER]
            self._with_finalizers(service, kept)
        self._events.normal(service, "DeletedLoadBalancer", "Deleted load balancer")

    def _with_finalizers(self, service: Object, finalizers: list[str]) -> Object:
        changed = copied(service)
        meta(changed)["finalizers"] = finalizers
        return self.client.update("services", changed)

    def _slices_of(self, service: Object) -> list[Object]:
        return [
            item
            for item in self.store.list("endpointslices", namespace_of(service))
            if labels_of(item).get(SERVICE_NAME_LABEL) == name_of(service)
        ]

    def _note_slice(self, event: Event) -> None:
        key = (namespace_of(event.object), labels_of(event.object).get(SERVICE_NAME_LABEL, ""))
        if key in self._addresses:
            self.queue.add(key)

    def _note_node(self, event: Event) -> None:
        if event.type != "MODIFIED" or is_eligible(event.old or {}) != is_eligible(event.object):
            for key in self._addresses:
                self.queue.add(key)


def address_of(service: Object) -> str:
    """The address in a Service's status, empty if there is none."""
    ingress = objects_at(object_at(service, "status", "loadBalancer"), "ingress")
    return str(ingress[0].get("ip") or "") if ingress else ""
