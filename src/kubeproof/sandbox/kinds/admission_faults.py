"""A fault of admission: a webhook that changes what it should leave alone."""

from kubeproof.sandbox.api.writer import Admission
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, labels_of, meta

FAULTS = {"labels-dropped": "labels that are not Kubernetes' own are taken off Services and slices"}

_RESOURCES = ("endpoints", "endpointslices", "ipaddresses", "servicecidrs", "services")
_OWN = ("kubernetes.io", "k8s.io")


def admission(faults: Faults) -> Admission:
    """Admission that does nothing as long as its fault is not on."""

    def drop_labels(resource: str, obj: Object) -> None:
        if faults.active("labels-dropped") and resource in _RESOURCES:
            kept = {key: value for key, value in labels_of(obj).items() if _is_own(key)}
            meta(obj)["labels"] = kept

    return Admission(mutate=(drop_labels,))


def _is_own(key: str) -> bool:
    return key.partition("/")[0].endswith(_OWN)
