"""A fault of the API: ServiceCIDRs whose range may change, as others may not."""

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds.service_cidr import ServiceCIDRRules
from kubeproof.sandbox.objects import Object

FAULTS = {"service-cidr-changeable": "a ServiceCIDR can be given another range"}


class FaultyServiceCIDRs(ServiceCIDRRules):
    """The rules of ServiceCIDRs as long as the fault is not on."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Take any range that a new one could have."""
        if self._faults.active("service-cidr-changeable"):
            return self.check(obj)
        return super().check_update(obj, old)
