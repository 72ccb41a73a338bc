"""Services: the strategy that ties together defaults, validation, allocation and updates."""

import copy
from collections.abc import Callable

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.kinds.service_allocation import ServiceAllocator
from kubeproof.sandbox.kinds.service_defaults import set_defaults
from kubeproof.sandbox.kinds.service_facts import spec_of, type_of
from kubeproof.sandbox.kinds.service_families import settle_families
from kubeproof.sandbox.kinds.service_traffic import POLICIES
from kubeproof.sandbox.kinds.service_update import (
    align_cluster_ips,
    drop_needless,
    keep_allocated,
)
from kubeproof.sandbox.kinds.service_validation import (
    validate_ingress,
    validate_service,
    validate_service_change,
)
from kubeproof.sandbox.kinds.service_warnings import warnings_for
from kubeproof.sandbox.objects import Object, name_of, namespace_of


class ServiceRules(Rules):
    """The rules of Services. Kubernetes allocates before it validates, so that what cannot be
    allocated is reported before, and instead of, what is invalid.
    """

    has_status = True
    name_rule = staticmethod(names.dns_label)

    def __init__(self, allocator: ServiceAllocator, store: Store) -> None:
        self._allocator = allocator
        self._store = store

    def default(self, obj: Object) -> None:
        """Fill in what the client left out."""
        set_defaults(obj)

    def prepare_create(self, obj: Object) -> None:
        """Settle clusterIPs and families; a new Service has no status. Raises ApiError (422)."""
        obj["status"] = {"loadBalancer": {}}
        align_cluster_ips(obj, None)
        settle_families(obj, None, self._allocator.families)
        _drop_internal_policy(obj)

    def validate(self, obj: Object) -> list[FieldError]:
        """What is wrong with a new Service. Raises ApiError if it cannot be allocated either."""
        return self._unless_refused(super().validate(obj), obj, None)

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong beside the metadata."""
        return validate_service(obj, None)

    def prepare_update(self, obj: Object, old: Object) -> None:
        """Complete the change from the old Service, drop what the new type does not need."""
        keep_allocated(obj, old)
        align_cluster_ips(obj, old)
        settle_families(obj, old, self._allocator.families)
        drop_needless(obj, old)
        _drop_internal_policy(obj)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """What is wrong with a change. Raises ApiError if it cannot be allocated either."""
        return self._unless_refused(super().validate_update(obj, old), obj, old)

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """What is wrong with a change beside the metadata."""
        return validate_service_change(obj, old)

    def _unless_refused(
        self, errors: list[FieldError], obj: Object, old: Object | None
    ) -> list[FieldError]:
        if errors:
            self._allocator.plan(copy.deepcopy(obj), old, dry_run=False)
        return errors

    def prepare_status(self, obj: Object, old: Object) -> None:
        """Check what a load balancer reports. Raises ApiError (422)."""
        errors = validate_ingress(obj, old)
        if errors:
            raise status.invalid("Service", name_of(obj), errors)

    def allocate(self, obj: Object, old: Object | None, dry_run: bool) -> Callable[[], None]:
        """Take clusterIP and node ports, write them into the Service; the answer undoes it."""
        return self._allocator.commit(self._allocator.plan(obj, old, dry_run))

    def deleted(self, obj: Object) -> None:
        """Release what the Service held; its Endpoints go with it."""
        self._allocator.release(obj)
        self._store.remove("endpoints", namespace_of(obj), name_of(obj))

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """What is deprecated or will be ignored."""
        return warnings_for(obj)

    def selectable(self, obj: Object) -> dict[str, str]:
        """Fields that a field selector may name."""
        return {
            "spec.clusterIP": str(spec_of(obj).get("clusterIP") or ""),
            "spec.type": type_of(obj),
        }


def _drop_internal_policy(service: Object) -> None:
    """ExternalName Services never show one; a wrong one is still to be found wrong."""
    spec = spec_of(service)
    if type_of(service) == "ExternalName" and spec.get("internalTrafficPolicy") in POLICIES:
        del spec["internalTrafficPolicy"]
