"""What is said of the objects around a Service: each function is one promise, or breaks it.

Controllers write these objects, so that what they say is waited for.
"""

from collections.abc import Callable, Mapping, Sequence

from kubeproof.cluster.companions import Companions
from kubeproof.cluster.nodes import all_nodes
from kubeproof.errors import CheckBroken, PromiseBroken
from kubeproof.model import Object, Pod, Service
from kubeproof.waiting import remain, settle

Particular = Callable[[Object, str], Sequence[str]]
"""From an object, and a key such as a label's, to the values that it has there."""


def _label(obj: Object, key: str) -> Sequence[str]:
    labels: Mapping[str, str] = obj["metadata"].get("labels") or {}
    return [labels[key]] if key in labels else []


def _owner(obj: Object, _: str) -> Sequence[str]:
    owners: Sequence[Object] = obj["metadata"].get("ownerReferences") or ()
    return [f"{one['kind']} {one['name']}" for one in owners]


def _finalizers(obj: Object, _: str) -> Sequence[str]:
    finalizers: Sequence[str] = obj["metadata"].get("finalizers") or ()
    return finalizers


def _parent(obj: Object, _: str) -> Sequence[str]:
    parent: Object = obj["spec"]["parentRef"]
    return [f"{parent['resource']} {parent['name']}"]


def _condition(obj: Object, key: str) -> Sequence[str]:
    conditions: Sequence[Object] = obj.get("status", {}).get("conditions") or ()
    return [one["status"] for one in conditions if one["type"] == key]


def _of_ports(obj: Object, key: str) -> Sequence[str]:
    ports: Sequence[Object] = obj.get("ports") or ()
    return [str(port.get(key, "")) for port in ports]


PARTICULARS: Mapping[str, Particular] = {
    "label": _label,
    "owner": _owner,
    "finalizer": _finalizers,
    "parentRef": _parent,
    "condition": _condition,
    "port's": _of_ports,
}
"""What an object may have; a key follows it where there are several: ``label app``."""
_OTHERS_TOO = frozenset({"finalizer"})  # controllers of all kinds add theirs


def have(companions: Companions, kind: str, service: Service, particular: str, value: str) -> None:
    """Every object of this kind that is the Service's has this value, and there is one."""
    _await_all(
        companions,
        lambda: companions.of(kind, service),
        particular,
        value,
        f"the {kind} of Service {service.name}",
    )


def has(companions: Companions, kind: str, name: str, particular: str, value: str) -> None:
    """The object of that name has this value."""
    _await_all(
        companions, lambda: companions.named(kind, name), particular, value, f"{kind} {name}"
    )


def lacks(companions: Companions, kind: str, name: str, particular: str, value: str) -> None:
    """The object of that name does not have this value, or no longer."""
    what, _, key = particular.partition(" ")
    budgets = companions.workload.budgets
    settle(
        lambda: [list(PARTICULARS[what](obj, key)) for obj in companions.named(kind, name)],
        lambda seen: bool(seen) and value not in seen[0],
        what=f"{kind} {name} has no {particular} {value}",
        within=max(budgets.endpoints, budgets.load_balancer),
        every=budgets.control_plane_poll,
    )


def _await_all(
    companions: Companions,
    look: Callable[[], Sequence[Object]],
    particular: str,
    value: str,
    whose: str,
) -> None:
    name, _, key = particular.partition(" ")
    budgets = companions.workload.budgets

    def right(values: Sequence[str]) -> bool:
        return value in values if name in _OTHERS_TOO else values == [value]

    settle(
        lambda: [list(PARTICULARS[name](obj, key)) for obj in look()],
        lambda seen: bool(seen) and all(map(right, seen)),
        what=f"{whose} has {particular} {value}",
        within=budgets.endpoints,
        every=budgets.control_plane_poll,
    )


def has_none(companions: Companions, kind: str, service: Service) -> None:
    """No object of this kind is the Service's, and none appears while one looks."""
    budgets = companions.workload.budgets

    def look() -> list[str]:
        return [obj["metadata"]["name"] for obj in companions.of(kind, service)]

    what = f"Service {service.name} has no {kind}"
    every = budgets.control_plane_poll
    settle(look, lambda seen: not seen, what=what, within=budgets.endpoints, every=every)
    remain(look, lambda seen: not seen, what=what, over=4 * every, every=every)


Told = Callable[[Object, Pod, Companions], tuple[object, object]]
"""What an endpoint says of a Pod, and what is so."""


def _its_pod(endpoint: Object, pod: Pod, _: Companions) -> tuple[object, object]:
    target: Object = endpoint.get("targetRef") or {}
    said = {key: target.get(key) for key in ("kind", "namespace", "name", "uid")}
    return said, {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid}


def _its_node(endpoint: Object, pod: Pod, _: Companions) -> tuple[object, object]:
    return endpoint.get("nodeName"), pod.node


def _its_zone(endpoint: Object, pod: Pod, companions: Companions) -> tuple[object, object]:
    node = next(one for one in all_nodes(companions.workload.api) if one.name == pod.node)
    return endpoint.get("zone", ""), node.zone


def _its_own(hint: str, place: Told) -> Told:
    """The endpoint is hinted for one place, which is the Pod's (KEP-4444, KEP-3015)."""

    def told(endpoint: Object, pod: Pod, companions: Companions) -> tuple[object, object]:
        hints: Mapping[str, Sequence[Object]] = endpoint.get("hints") or {}
        _, there = place(endpoint, pod, companions)
        return [one["name"] for one in hints.get(hint) or ()], [there]

    return told


def _condition_is(name: str, wanted: bool) -> Told:
    def told(endpoint: Object, _: Pod, __: Companions) -> tuple[object, object]:
        conditions: Mapping[str, bool] = endpoint.get("conditions") or {}
        return conditions.get(name), wanted

    return told


SAYINGS: Mapping[str, Told] = {
    "names its Pod": _its_pod,
    "names its node": _its_node,
    "names its zone": _its_zone,
    "is meant for its own zone": _its_own("forZones", _its_zone),
    "is meant for its own node": _its_own("forNodes", _its_node),
    "is ready": _condition_is("ready", True),
    "is serving": _condition_is("serving", True),
    "is not terminating": _condition_is("terminating", False),
}


def endpoint_says(companions: Companions, service: Service, name: str, saying: str) -> None:
    """The endpoint that a Service has of a Pod says of it what is so."""
    pod = companions.workload.pod(name)
    found = [
        endpoint
        for one in companions.of("EndpointSlice", service)
        for endpoint in one.get("endpoints") or ()
        if pod.address in endpoint["addresses"]
    ]
    wish = f"the endpoint of Pod {name} {saying}"
    if not found:
        raise CheckBroken(f"{wish}: Service {service.name} has no endpoint {pod.address}")
    said, wanted = SAYINGS[saying](found[0], pod, companions)
    if said != wanted:
        raise PromiseBroken(f"{wish}: {wanted}; seen: {said}")
