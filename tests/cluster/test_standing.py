"""When EndpointSlices agree with Pods: exactly, whatever state these are in."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import pytest

from kubeproof.cluster.standing import disagreement, serves
from kubeproof.model import Endpoint, Pod, Service

READY = Pod("ns", "pod-1", "u1", "k8s-node1", "10.244.1.2", True, {"app": "pod"})
UNREADY = Pod("ns", "pod-2", "u2", "k8s-node2", "10.244.2.2", False, {"app": "pod"})
ENDING = Pod("ns", "pod-3", "u3", "k8s-node3", "10.244.3.2", True, {"app": "pod"}, True)
FAILED = Pod("ns", "pod-4", "u4", "k8s-node2", "10.244.2.4", False, {"app": "pod"}, over=True)
STRANGER = Pod("ns", "pod-5", "u5", "k8s-node2", "10.244.2.5", True, {"app": "other"})
PENDING = Pod("ns", "pod-6", "u6", "k8s-node2", "", False, {"app": "pod"})

Case: TypeAlias = tuple[Service, list[Pod], list[Endpoint]]


def service(selector: Mapping[str, str] = {"app": "pod"}, **spec: Any) -> Service:
    kind = spec.pop("type", "ClusterIP")
    return Service("ns", "svc-1", "u", kind, "10.96.0.7", (), selector, spec=spec)


ALL = service(publishNotReadyAddresses=True)


def named(pod: Pod, *, ready: bool, serving: bool, terminating: bool = False) -> Endpoint:
    return Endpoint(pod.address, pod.name, pod.node, ready, serving, terminating)


RIGHT: dict[str, Case] = {
    "a ready Pod": (service(), [READY], [named(READY, ready=True, serving=True)]),
    "a Pod that is not": (service(), [UNREADY], [named(UNREADY, ready=False, serving=False)]),
    "one that is terminating": (
        service(),
        [ENDING],
        [named(ENDING, ready=False, serving=True, terminating=True)],
    ),
    "any Pod counts": (ALL, [UNREADY], [named(UNREADY, ready=True, serving=False)]),
    "a Pod without an address": (service(), [PENDING], []),
    "a Pod of others": (service(), [STRANGER], []),
    "a Pod that has failed": (service(), [FAILED], []),
    "a Pod that has failed lingers": (
        service(),
        [FAILED],
        [named(FAILED, ready=False, serving=False)],
    ),
    "nobody's slices": (service({}), [READY], []),
    "no slices": (service(type="ExternalName"), [READY], []),
}
WRONG: dict[str, Case] = {
    "a ready Pod is missing": (service(), [READY], []),
    "an unready Pod is missing": (service(), [UNREADY], []),
    "an unready Pod is ready": (service(), [UNREADY], [named(UNREADY, ready=True, serving=True)]),
    "an ending Pod is ready": (
        service(),
        [ENDING],
        [named(ENDING, ready=True, serving=True, terminating=True)],
    ),
    "an ending Pod is not terminating": (
        service(),
        [ENDING],
        [named(ENDING, ready=False, serving=True)],
    ),
    "readiness counts where it should not": (
        ALL,
        [UNREADY],
        [named(UNREADY, ready=False, serving=False)],
    ),
    "a failed Pod is ready": (service(), [FAILED], [named(FAILED, ready=True, serving=True)]),
    "a stranger": (
        service(),
        [READY, STRANGER],
        [named(READY, ready=True, serving=True), named(STRANGER, ready=True, serving=True)],
    ),
}


@pytest.mark.parametrize(("one", "pods", "endpoints"), RIGHT.values(), ids=RIGHT.keys())
def test_slices_that_agree(one: Service, pods: list[Pod], endpoints: list[Endpoint]) -> None:
    assert disagreement(one, pods, endpoints) is None


@pytest.mark.parametrize(("one", "pods", "endpoints"), WRONG.values(), ids=WRONG.keys())
def test_slices_that_do_not(one: Service, pods: list[Pod], endpoints: list[Endpoint]) -> None:
    assert (disagreement(one, pods, endpoints) or "").startswith("svc-1: Pods [")


def test_who_serves() -> None:
    pods = [READY, UNREADY, ENDING, FAILED, STRANGER, PENDING]
    assert [pod.name for pod in pods if serves(pod, service())] == ["pod-1"]
    assert [pod.name for pod in pods if serves(pod, ALL)] == ["pod-1", "pod-2", "pod-3"]
