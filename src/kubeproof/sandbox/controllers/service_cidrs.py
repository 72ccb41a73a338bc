"""The ServiceCIDR controller: a range is Ready, and does not go while addresses of it are taken.

Source: "Extend Service IP Ranges" in the Kubernetes documentation; KEP-1880.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import ClassVar, TypeAlias

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.controllers.conditions import with_condition
from kubeproof.sandbox.controllers.controller import Controller, Handler
from kubeproof.sandbox.controllers.fields import (
    finalizers_of,
    is_being_deleted,
    objects_at,
    strings_at,
)
from kubeproof.sandbox.controllers.timestamps import seconds_since, written
from kubeproof.sandbox.kinds.service_cidr import FINALIZER, RESOURCE, ready_condition
from kubeproof.sandbox.objects import Object, labels_of, meta, name_of

MANAGED_BY_LABEL = "ipaddress.kubernetes.io/managed-by"
ALLOCATOR = "ipallocator.k8s.io"

GRACE_SECONDS = 10.0
"""How long a range that could go still stays, so that nobody takes an address of it meanwhile."""

UNPROTECTED = "service-cidr-unprotected"

Network: TypeAlias = IPv4Network | IPv6Network


class ServiceCIDRController(Controller[str]):
    """Keeps condition and finalizer of every ServiceCIDR. Keys are names."""

    stopped_by: ClassVar[str] = "service-cidr-controller-stopped"

    def watches(self) -> Mapping[str, Handler]:
        """All ServiceCIDRs whenever one changes: they may overlap; and what holds them."""
        return {RESOURCE: self._note, "ipaddresses": self._note}

    def everything(self) -> Iterable[str]:
        """Every ServiceCIDR."""
        return [name_of(item) for item in self.store.list(RESOURCE)]

    def reconcile(self, key: str) -> None:
        """Bring one ServiceCIDR up to date, or let it go."""
        service_cidr = self.store.get(RESOURCE, "", key)
        if service_cidr is None:
            return
        if not is_being_deleted(service_cidr):
            self._protect(service_cidr)
            return
        if self.faults.active(UNPROTECTED):
            self._let_go(service_cidr)
        elif self._is_in_use(service_cidr):
            self._tell(service_cidr, ready=False)
        elif (left := GRACE_SECONDS - self._deleted_for(service_cidr)) > 0:
            self.queue.add_after(key, left)
        else:
            self._let_go(service_cidr)

    def _note(self, event: Event) -> None:
        for key in self.everything():
            self.queue.add(key)

    def _protect(self, service_cidr: Object) -> None:
        if FINALIZER not in finalizers_of(service_cidr):
            changed = copied(service_cidr)
            meta(changed)["finalizers"] = [*finalizers_of(service_cidr), FINALIZER]
            service_cidr = self.client.update(RESOURCE, changed)
        self._tell(service_cidr, ready=True)

    def _tell(self, service_cidr: Object, *, ready: bool) -> None:
        before = objects_at(service_cidr, "status", "conditions")
        told = ready_condition(ready=ready, moment=written(self.clock()))
        after = with_condition(before, told)
        if after != before:
            self.client.update_status(RESOURCE, service_cidr, {"conditions": after})

    def _let_go(self, service_cidr: Object) -> None:
        left = [one for one in finalizers_of(service_cidr) if one != FINALIZER]
        if left != finalizers_of(service_cidr):
            changed = copied(service_cidr)
            meta(changed)["finalizers"] = left
            self.client.update(RESOURCE, changed)

    def _deleted_for(self, service_cidr: Object) -> float:
        return seconds_since(meta(service_cidr)["deletionTimestamp"], self.clock())

    def _is_in_use(self, service_cidr: Object) -> bool:
        """Whether an address is taken from it that no other ServiceCIDR has."""
        own = _networks(service_cidr)
        others = [
            network
            for item in self.store.list(RESOURCE)
            if name_of(item) != name_of(service_cidr)
            for network in _networks(item)
        ]
        taken = (
            ip_address(name_of(item))
            for item in self.store.list("ipaddresses")
            if labels_of(item).get(MANAGED_BY_LABEL) == ALLOCATOR
        )
        return any(
            any(address in one for one in own) and not any(address in one for one in others)
            for address in taken
        )


def _networks(service_cidr: Object) -> list[Network]:
    return [ip_network(text) for text in strings_at(service_cidr, "spec", "cidrs")]
