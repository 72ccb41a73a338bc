"""A fault of the API: EndpointSlices that nobody checks."""

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds.endpointslice import EndpointSliceRules
from kubeproof.sandbox.objects import Object

FAULTS = {"endpoint-validation-off": "EndpointSlices are not checked"}


class FaultyEndpointSlices(EndpointSliceRules):
    """The rules of EndpointSlices as long as the fault is not on."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def check(self, obj: Object) -> list[FieldError]:
        """Find nothing wrong."""
        return [] if self._faults.active("endpoint-validation-off") else super().check(obj)
