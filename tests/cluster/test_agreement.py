"""EndpointSlices held against the Pods that their Service's selector finds."""

from typing import Any

from kubeproof.cluster.agreement import compared


def service(**spec: Any) -> dict[str, Any]:
    meta = {"name": "svc-1", "namespace": "here", "uid": "u"}
    return {"metadata": meta, "spec": {"ports": [{"port": 80}], **spec}}


def pod(name: str, address: str, *, ready: bool = True) -> dict[str, Any]:
    condition = {"type": "Ready", "status": str(ready)}
    return {
        "metadata": {"name": name, "namespace": "here", "uid": name, "labels": {"app": "pod"}},
        "spec": {},
        "status": {"podIP": address, "conditions": [condition]},
    }


def sliced(*addresses: str, of: str = "svc-1") -> dict[str, Any]:
    return {
        "metadata": {"name": "s", "labels": {"kubernetes.io/service-name": of}},
        "endpoints": [{"addresses": [one], "conditions": {"ready": True}} for one in addresses],
    }


SELECTING = service(selector={"app": "pod"})
PODS = [pod("pod-1", "10.0.0.1"), pod("pod-2", "10.0.0.2", ready=False)]


def test_agreement_is_told() -> None:
    text = compared([SELECTING], [sliced("10.0.0.1"), sliced("10.9.9.9", of="other")], PODS)
    assert text == (
        "svc-1: selector app=pod finds pod-1 (10.0.0.1, ready), pod-2 (10.0.0.2, not ready); "
        "1 EndpointSlices name 10.0.0.1 (pod-1): they agree"
    )


def test_a_stale_endpoint_and_a_missing_one_are_named() -> None:
    text = compared([SELECTING], [sliced("10.0.0.9")], PODS)
    assert "missing in the slices: 10.0.0.1 (pod-1)" in text
    assert "too much in the slices: 10.0.0.9 (of no Pod here)" in text


def test_nobody_keeps_the_slices_of_a_service_without_selector() -> None:
    assert "no selector" in compared([service()], [], PODS)


def test_no_service_is_told_as_such() -> None:
    assert compared([], [], PODS) == "none"
