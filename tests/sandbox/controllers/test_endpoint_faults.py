"""A controller that errs: what of Services and Pods it misreads, and what it leaves out."""

from kubeproof.sandbox.controllers.endpoint_faults import (
    planned,
    seen_pods,
    seen_service,
    selected,
    written,
)
from kubeproof.sandbox.controllers.endpoint_plan import endpoint_ports
from kubeproof.sandbox.controllers.slice_plan import SliceChanges
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster
from tests.sandbox.controllers.cluster import service as service_of


def pod(number: int) -> Object:
    sidecar = {"restartPolicy": "Always", "ports": [{"name": "side", "containerPort": 1}]}
    ports = [{"name": "web", "containerPort": number}]
    return {"spec": {"containers": [{"ports": ports}], "initContainers": [sidecar]}}


def service(**port: object) -> Object:
    ports = [{"port": 9000, "targetPort": "web", **port}]
    return {"metadata": {"name": "svc-1"}, "spec": {"selector": {"app": "pod"}, "ports": ports}}


PODS = [pod(8080), pod(8090)]


def numbers(fault: str, **port: object) -> list[int]:
    """What each Pod's endpoint port is to a controller with this fault."""
    faults = Faults([fault] if fault else [])
    seen = seen_service(service(**port), PODS, faults)
    found = (endpoint_ports(seen, one) for one in seen_pods(PODS, faults))
    return [port["port"] for ports in found for port in ports]


def test_without_faults_everything_is_as_it_is() -> None:
    assert numbers("") == [8080, 8090]
    assert numbers("", targetPort="side") == [1, 1]
    assert seen_service(service(), PODS, Faults()) == service()


def test_ports_are_misread() -> None:
    assert numbers("endpoint-port-wrong", targetPort=8080) == [8081, 8081]
    assert numbers("port-name-of-first-pod") == [8080, 8080]
    assert numbers("port-names-unknown") == [9000, 9000]
    assert numbers("sidecar-ports-unknown", targetPort="side") == []


def test_protocols_are_dropped() -> None:
    seen = seen_service(service(appProtocol="http"), PODS, Faults(["app-protocol-dropped"]))
    assert "appProtocol" not in seen["spec"]["ports"][0]


def test_a_service_without_a_selector_gets_pods_under_a_fault_only() -> None:
    bare = {"metadata": {"name": "svc-1"}, "spec": {}}
    assert selected(bare, PODS, Faults()) == []
    assert selected(bare, PODS, Faults(["slices-without-selector"])) == PODS
    assert selected(service(), PODS, Faults(["slices-without-selector"])) == []


def test_something_is_left_out_of_what_is_written() -> None:
    endpoint: Object = {"addresses": ["10.0.0.1"], "nodeName": "a", "zone": "b", "targetRef": {}}
    made: Object = {"metadata": {"ownerReferences": [{}]}, "endpoints": [endpoint]}
    assert written(made, Faults()) == made
    written(made, Faults(["slices-without-owner", "endpoint-place-untold"]))
    assert made == {"metadata": {}, "endpoints": [{"addresses": ["10.0.0.1"]}]}


def test_empty_slices_are_left_out_under_a_fault_only() -> None:
    empty: Object = {"endpoints": []}
    full: Object = {"endpoints": [{"addresses": ["10.244.1.2"]}]}
    there = SliceChanges(create=[empty, full])
    assert planned(there, Faults()).create == [empty, full]
    assert planned(there, Faults(["empty-slice-missing"])).create == [full]


def test_a_controller_that_is_behind_gets_to_a_new_service_after_a_minute(cluster: Cluster) -> None:
    cluster.faults.replace(["endpointslices-late"])
    cluster.create("services", service_of(selector={"app": "web"}))
    cluster.settle()
    assert cluster.list("endpointslices") == []
    cluster.advance(61)
    assert len(cluster.list("endpointslices")) == 1


def test_once_it_has_caught_up_nobody_waits(cluster: Cluster) -> None:
    cluster.faults.replace(["endpointslices-late"])
    cluster.create("services", service_of(selector={"app": "web"}))
    cluster.settle()
    cluster.faults.replace([])
    cluster.settle()
    assert len(cluster.list("endpointslices")) == 1
