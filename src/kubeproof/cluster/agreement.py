"""EndpointSlices held against their Services: whom the selector finds, and whom the slices name."""

from collections.abc import Collection, Iterator

from kubeproof.model import Object, Pod, Service, endpoints_of

SERVICE_NAME = "kubernetes.io/service-name"


def compared(
    services: Collection[Object], slices: Collection[Object], pods: Collection[Object]
) -> str:
    """A line for each Service: who is behind it, and what is missing or too much in its slices."""
    found = [Pod.of(obj) for obj in pods]
    return "\n".join(_line(Service.of(obj), slices, found) for obj in services) or "none"


def _line(service: Service, slices: Collection[Object], pods: Collection[Pod]) -> str:
    if not service.selector:
        return f"{service.name}: no selector, so that nobody keeps its EndpointSlices"
    own = [obj for obj in slices if _service_of(obj) == service.name]
    selected = [pod for pod in pods if pod.matches(service.selector)]
    ready = {pod.address for pod in selected if pod.ready and not pod.terminating}
    named = {one.address for one in endpoints_of(own) if one.ready}
    words = "; ".join(_difference(ready, named, pods)) or "they agree"
    selector = ", ".join(f"{key}={value}" for key, value in service.selector.items())
    return (
        f"{service.name}: selector {selector} finds {_pods(selected)}; "
        f"{len(own)} EndpointSlices name {_addresses(named, pods)}: {words}"
    )


def _service_of(obj: Object) -> str:
    labels: Object = obj["metadata"].get("labels") or {}
    return str(labels.get(SERVICE_NAME, ""))


def _difference(ready: set[str], named: set[str], pods: Collection[Pod]) -> Iterator[str]:
    if ready - named:
        yield f"missing in the slices: {_addresses(ready - named, pods)}"
    if named - ready:
        yield f"too much in the slices: {_addresses(named - ready, pods)}"


def _pods(pods: Collection[Pod]) -> str:
    told = [f"{pod.name} ({pod.address or 'no address'}, {_state(pod)})" for pod in pods]
    return ", ".join(told) or "no Pod"


def _state(pod: Pod) -> str:
    return "terminating" if pod.terminating else "ready" if pod.ready else "not ready"


def _addresses(addresses: Collection[str], pods: Collection[Pod]) -> str:
    names = {pod.address: pod.name for pod in pods}
    told = [f"{one} ({names.get(one, 'of no Pod here')})" for one in sorted(addresses)]
    return ", ".join(told) or "nobody"
