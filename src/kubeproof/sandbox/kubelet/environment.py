"""The environment of a container: its own variables and those of the Services there were.

Source: "Service", section "Environment variables"; names and order of Kubernetes 1.36's kubelet
(pkg/kubelet/envvars). Values from ConfigMaps and Secrets are left out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from kubeproof.sandbox.objects import Object, name_of, namespace_of

FOLLOWED = "environment-follows-services"
"""The fault under which a container's variables change with the Services."""

FAULTS = {
    FOLLOWED: "a container's variables change with the Services",
    "service-links-forced": "enableServiceLinks has no effect",
    "service-links-missing": "containers get no variables of Services",
}

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def environment(
    pod: Object, container: Object, hostname: str, address: str, services: Iterable[Object]
) -> Mapping[str, str]:
    """What a container that starts now sees; ``services`` are those that Pods are told of."""
    found = {"PATH": _PATH, "HOSTNAME": hostname}
    for service in services:
        found.update(of_service(service))
    fields = _fields(pod, address)
    for variable in container.get("env") or ():
        source: Object = variable.get("valueFrom") or {}
        path = str(source.get("fieldRef", {}).get("fieldPath", ""))
        if path in fields:
            found[str(variable["name"])] = fields[path]
        elif not source:
            found[str(variable["name"])] = str(variable.get("value") or "")
    return found


def told_to(
    pod: Object, services: Iterable[Object], faults: Collection[str] = ()
) -> Iterator[Object]:
    """The Services whose variables a Pod's containers get.

    Those of its namespace, unless it has enableServiceLinks false, and always the API server's.
    """
    wanted = pod["spec"].get("enableServiceLinks") is not False
    links = "service-links-missing" not in faults and (wanted or "service-links-forced" in faults)
    for service in services:
        is_api = (namespace_of(service), name_of(service)) == ("default", "kubernetes")
        is_near = links and namespace_of(service) == namespace_of(pod)
        if (is_api or is_near) and service["spec"].get("clusterIP") not in (None, "", "None"):
            yield service


def of_service(service: Object) -> Iterator[tuple[str, str]]:
    """NAME_SERVICE_HOST and its like, then the variables that Docker's links had."""
    name, host = _upper(name_of(service)), str(service["spec"]["clusterIP"])
    ports: list[Object] = service["spec"].get("ports") or []
    if not ports:
        return
    yield f"{name}_SERVICE_HOST", host
    yield f"{name}_SERVICE_PORT", str(ports[0]["port"])
    for port in ports:
        if port.get("name"):
            yield f"{name}_SERVICE_PORT_{_upper(str(port['name']))}", str(port["port"])
    shown = f"[{host}]" if ":" in host else host
    for position, port in enumerate(ports):
        protocol, number = str(port.get("protocol") or "TCP"), port["port"]
        url = f"{protocol.lower()}://{shown}:{number}"
        if position == 0:
            yield f"{name}_PORT", url
        prefix = f"{name}_PORT_{number}_{protocol}"
        yield prefix, url
        yield f"{prefix}_PROTO", protocol.lower()
        yield f"{prefix}_PORT", str(number)
        yield f"{prefix}_ADDR", host


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")


def _fields(pod: Object, address: str) -> Mapping[str, str]:
    return {
        "metadata.name": name_of(pod),
        "metadata.namespace": namespace_of(pod),
        "metadata.uid": str(pod["metadata"]["uid"]),
        "spec.nodeName": str(pod["spec"].get("nodeName", "")),
        "spec.serviceAccountName": str(pod["spec"].get("serviceAccountName", "")),
        "status.podIP": address,
    }
