"""A webhook that takes labels off, as long as its fault is on."""

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds.admission_faults import admission
from kubeproof.sandbox.objects import Object


def test_labels_are_dropped_under_the_fault_only() -> None:
    labels = {"app": "pod", "kubernetes.io/service-name": "svc-1", "discovery.k8s.io/x": "y"}
    faults = Faults()
    [mutate] = admission(faults).mutate
    obj: Object = {"metadata": {"labels": dict(labels)}}
    mutate("services", obj)
    assert obj["metadata"]["labels"] == labels
    faults.replace(["labels-dropped"])
    mutate("pods", obj)
    assert obj["metadata"]["labels"] == labels
    mutate("services", obj)
    assert obj["metadata"]["labels"] == {key: labels[key] for key in labels if key != "app"}
