"""Faults of the EndpointSlice controller: how Services and Pods look to one that errs.

Most are a wrong view of the Service or its Pods, taken before anything is planned; the others
leave something out of the slices that are written.
"""

import copy
from collections.abc import Callable, Mapping, Sequence

from kubeproof.sandbox.controllers.endpoint_plan import target_port
from kubeproof.sandbox.controllers.fields import objects_at, spec_of
from kubeproof.sandbox.controllers.service_pods import selector_of
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, meta, name_of

FAULTS = {
    "app-protocol-dropped": "EndpointSlices do not tell a port's application protocol",
    "endpoint-place-untold": "endpoints name neither their Pod nor its node and zone",
    "endpoint-port-wrong": "EndpointSlices name another port than targetPort says",
    "hints-missing": "EndpointSlices say nothing of trafficDistribution",
    "port-name-of-first-pod": "a port's name stands for one Pod's number on every Pod",
    "port-names-unknown": "a targetPort that is a name leads to the Service's own port number",
    "sidecar-ports-unknown": "the ports of sidecar containers are not known by name",
    "slices-without-owner": "EndpointSlices are not owned by their Service",
    "slices-without-selector": "a Service without a selector gets every Pod of its namespace",
}


def seen_service(service: Object, pods: Sequence[Object], faults: Faults) -> Object:
    """The Service as a controller with these faults sees it."""
    for fault, misread in _MISREAD.items():
        if faults.active(fault):
            service = copy.deepcopy(service)
            for port in objects_at(service, "spec", "ports"):
                misread(port, pods)
    return _indifferent(service) if faults.active("hints-missing") else service


def seen_pods(pods: Sequence[Object], faults: Faults) -> list[Object]:
    """The Pods as a controller with these faults sees them."""
    if not faults.active("sidecar-ports-unknown"):
        return list(pods)
    return [{**pod, "spec": {**spec_of(pod), "initContainers": []}} for pod in pods]


def selected(service: Object, everything: Sequence[Object], faults: Faults) -> list[Object]:
    """The Pods that go to a Service without a selector: none but under a fault."""
    asked = faults.active("slices-without-selector") and not selector_of(service)
    return list(everything) if asked and name_of(service) != "kubernetes" else []


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
