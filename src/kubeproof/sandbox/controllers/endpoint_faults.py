"""Faults of the EndpointSlice controller: how Services and Pods look to one that errs.

Most are a wrong view of the Service or its Pods, taken before anything is planned; the others
leave something out of the slices that are written.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from kubeproof.sandbox.controllers.endpoint_plan import target_port
from kubeproof.sandbox.controllers.fields import is_being_deleted, object_at, objects_at, spec_of
from kubeproof.sandbox.controllers.service_pods import selector_of
from kubeproof.sandbox.controllers.slice_plan import SliceChanges
from kubeproof.sandbox.controllers.timestamps import seconds_since
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, meta, name_of

FAULTS = {
    "app-protocol-dropped": "EndpointSlices do not tell a port's application protocol",
    "empty-slice-missing": "a Service without endpoints has no EndpointSlice either",
    "endpointslices-late": "the first slice of a new Service comes after a minute",
    "endpoint-place-untold": "endpoints name neither their Pod nor its node and zone",
    "endpoint-port-wrong": "EndpointSlices name another port than targetPort says",
    "hints-missing": "EndpointSlices say nothing of trafficDistribution",
    "failed-pod-kept": "Pods that have failed stay endpoints, and ready",
    "port-name-of-first-pod": "a port's name stands for one Pod's number on every Pod",
    "port-names-unknown": "a targetPort that is a name leads to the Service's own port number",
    "publish-not-ready-ignored": "publishNotReadyAddresses has no effect",
    "readiness-gates-ignored": "Pods count as ready whatever their readiness gates say",
    "sidecar-ports-unknown": "the ports of sidecar containers are not known by name",
    "slices-without-owner": "EndpointSlices are not owned by their Service",
    "slices-without-selector": "a Service without a selector gets every Pod of its namespace",
    "terminating-endpoint-removed": "a Pod that is being deleted is no endpoint any more",
}


_LATE_SECONDS = 60.0


def delay(service: Object, now: datetime, faults: Faults) -> float:
    """For how many seconds a controller with these faults does not get to this Service yet."""
    if not faults.active("endpointslices-late"):
        return 0.0
    return max(0.0, _LATE_SECONDS - seconds_since(meta(service)["creationTimestamp"], now))


def seen_service(service: Object, pods: Sequence[Object], faults: Faults) -> Object:
    """The Service as a controller with these faults sees it."""
    if faults.active("publish-not-ready-ignored"):
        spec = {**spec_of(service), "publishNotReadyAddresses": False}
        service = {**service, "spec": spec}
    for fault, misread in _MISREAD.items():
        if faults.active(fault):
            service = copy.deepcopy(service)
            for port in objects_at(service, "spec", "ports"):
                misread(port, pods)
    return _indifferent(service) if faults.active("hints-missing") else service


def seen_pods(pods: Sequence[Object], faults: Faults) -> list[Object]:
    """The Pods as a controller with these faults sees them."""
    for fault in filter(faults.active, _MISSEEN):
        pods = [seen for pod in pods if (seen := _MISSEEN[fault](pod))]
    return list(pods)


def selected(service: Object, everything: Sequence[Object], faults: Faults) -> list[Object]:
    """The Pods that go to a Service without a selector: none but under a fault."""
    asked = faults.active("slices-without-selector") and not selector_of(service)
    return list(everything) if asked and name_of(service) != "kubernetes" else []


def planned(changes: SliceChanges, faults: Faults) -> SliceChanges:
    """What a controller with these faults sets out to do."""
    if faults.active("empty-slice-missing"):
        changes.create = [item for item in changes.create if objects_at(item, "endpoints")]
    return changes


def written(endpoint_slice: Object, faults: Faults) -> Object:
    """The slice as a controller with these faults writes it."""
    if faults.active("slices-without-owner"):
        meta(endpoint_slice).pop("ownerReferences", None)
    if faults.active("endpoint-place-untold"):
        for endpoint in objects_at(endpoint_slice, "endpoints"):
            for field in ("targetRef", "nodeName", "zone"):
                endpoint.pop(field, None)
    return endpoint_slice


def _indifferent(service: Object) -> Object:
    """The Service as a controller sees it that does not know trafficDistribution."""
    spec = {key: value for key, value in spec_of(service).items() if key != "trafficDistribution"}
    return {**service, "spec": spec}


def _without_sidecars(pod: Object) -> Object:
    return {**pod, "spec": {**spec_of(pod), "initContainers": []}}


def _revived(pod: Object) -> Object:
    failed = object_at(pod, "status").get("phase") == "Failed"
    return _running_and_ready(pod) if failed else pod


def _ungated(pod: Object) -> Object:
    return _running_and_ready(pod) if spec_of(pod).get("readinessGates") else pod


def _unless_ending(pod: Object) -> Object | None:
    return None if is_being_deleted(pod) else pod


def _running_and_ready(pod: Object) -> Object:
    ready = [{"type": "Ready", "status": "True"}]
    return {**pod, "status": {**pod["status"], "phase": "Running", "conditions": ready}}


_MISSEEN: Mapping[str, Callable[[Object], Object | None]] = {
    "failed-pod-kept": _revived,
    "readiness-gates-ignored": _ungated,
    "sidecar-ports-unknown": _without_sidecars,
    "terminating-endpoint-removed": _unless_ending,
}


def _miscount(port: Object, _: Sequence[Object]) -> None:
    wanted = port.get("targetPort", port["port"])
    port["targetPort"] = wanted + 1 if isinstance(wanted, int) else wanted


def _take_first(port: Object, pods: Sequence[Object]) -> None:
    found = (target_port(pod, port) for pod in pods)
    port["targetPort"] = next((one for one in found if one), port.get("targetPort"))


def _drop_name(port: Object, _: Sequence[Object]) -> None:
    if not isinstance(port.get("targetPort"), int):
        port["targetPort"] = port["port"]


def _drop_protocol(port: Object, _: Sequence[Object]) -> None:
    port.pop("appProtocol", None)


_MISREAD: Mapping[str, Callable[[Object, Sequence[Object]], None]] = {
    "app-protocol-dropped": _drop_protocol,
    "endpoint-port-wrong": _miscount,
    "port-name-of-first-pod": _take_first,
    "port-names-unknown": _drop_name,
}
