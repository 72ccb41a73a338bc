"""The cells of each kind's Table. Follows Kubernetes' ``pkg/printers/internalversion``."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from kubeproof.sandbox.api import pod_cells
from kubeproof.sandbox.api.age import age
from kubeproof.sandbox.api.jsonvalue import child, items
from kubeproof.sandbox.objects import Object, name_of

_SHOWN = 3
"""Addresses and ports that are shown before ``+ n more...``."""
_ROLE = "node-role.kubernetes.io/"

Cells: TypeAlias = list[Any]


def cells(resource: str, obj: Object) -> Cells:
    """The cells of one object, those of wide columns included."""
    return _CELLS.get(resource, _other)(obj)


def _created(obj: Object) -> str:
    return age(obj["metadata"].get("creationTimestamp"))


def _other(obj: Object) -> Cells:
    return [name_of(obj), obj["metadata"].get("creationTimestamp")]


def _config_map(obj: Object) -> Cells:
    count = len(child(obj, "data")) + len(child(obj, "binaryData"))
    return [name_of(obj), count, _created(obj)]


def _daemon_set(obj: Object) -> Cells:
    status = child(obj, "status")
    counts = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    return [
        name_of(obj),
        *[status.get(count, 0) for count in counts],
        labels(child(_pod_spec(obj), "nodeSelector")),
        _created(obj),
        *_containers(obj),
        selector(child(obj, "spec").get("selector")),
    ]


def _deployment(obj: Object) -> Cells:
    status, spec = child(obj, "status"), child(obj, "spec")
    return [
        name_of(obj),
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        _created(obj),
        *_containers(obj),
        selector(spec.get("selector")),
    ]


def _replica_set(obj: Object) -> Cells:
    status, spec = child(obj, "status"), child(obj, "spec")
    return [
        name_of(obj),
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        _created(obj),
        *_containers(obj),
        selector(spec.get("selector")),
    ]


def _pod_spec(workload: Object) -> Object:
    return child(child(child(workload, "spec"), "template"), "spec")


def _containers(workload: Object) -> list[str]:
    containers = items(_pod_spec(workload), "containers")
    return [",".join(found.get(key, "") for found in containers) for key in ("name", "image")]


def _endpoints(obj: Object) -> Cells:
    shown: list[str] = []
    for subset in items(obj, "subsets"):
        addresses = [address["ip"] for address in items(subset, "addresses")]
        ports = items(subset, "ports")
        shown += [f"{_host(ip)}:{port['port']}" for port in ports for ip in addresses]
        shown += [] if ports else addresses
    return [name_of(obj), _some(shown, "" if items(obj, "subsets") else "<none>"), _created(obj)]


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _endpoint_slice(obj: Object) -> Cells:
    addresses = [found for point in items(obj, "endpoints") for found in items(point, "addresses")]
    return [
        name_of(obj),
        obj.get("addressType", ""),
        _some([_slice_port(port) for port in items(obj, "ports")], "<unset>"),
        _some(addresses, "<unset>"),
        _created(obj),
    ]


def _slice_port(port: Object) -> str:
    if port.get("port") is not None:
        return str(port["port"])
    return port.get("name", "*")


def _some(shown: Sequence[str], empty: str) -> str:
    more = f" + {len(shown) - _SHOWN} more..." if len(shown) > _SHOWN else ""
    return ",".join(shown[:_SHOWN]) + more or empty


def _event(obj: Object) -> Cells:
    involved, series = child(obj, "involvedObject"), child(obj, "series")
    first = age(obj.get("firstTimestamp") or obj.get("eventTime"))
    last = age(obj["lastTimestamp"]) if obj.get("lastTimestamp") else first
    target = involved.get("kind", "").lower()
    if involved.get("name"):
        target += f"/{involved['name']}"
    return [
        age(series.get("lastObservedTime")) if series else last,
        obj.get("type", ""),
        obj.get("reason", ""),
        target,
        involved.get("fieldPath", ""),
        _event_source(obj),
        obj.get("message", "").strip(),
        first,
        (series.get("count") if series else obj.get("count")) or 1,
        name_of(obj),
    ]


def _event_source(event: Object) -> str:
    source = child(event, "source")
    component = source.get("component") or event.get("reportingComponent") or ""
    host = source.get("host") or event.get("reportingInstance") or ""
    return f"{component}, {host}" if host else component


def _ip_address(obj: Object) -> Cells:
    parent = child(child(obj, "spec"), "parentRef")
    if not parent:
        return [name_of(obj), "<none>"]
    resource = ".".join(part for part in (parent.get("resource"), parent.get("group")) if part)
    parts = (resource.lower(), parent.get("namespace"), parent.get("name"))
    return [name_of(obj), "/".join(part for part in parts if part)]


def _lease(obj: Object) -> Cells:
    return [name_of(obj), child(obj, "spec").get("holderIdentity", ""), _created(obj)]


def _namespace(obj: Object) -> Cells:
    return [name_of(obj), child(obj, "status").get("phase", ""), _created(obj)]


def _node(obj: Object) -> Cells:
    status = child(obj, "status")
    system = child(status, "nodeInfo")
    kernel = system.get("kernelVersion") or "<unknown>"
    if system.get("architecture"):
        kernel += f" ({system['architecture']})"
    return [
        name_of(obj),
        _node_status(obj),
        _roles(child(obj["metadata"], "labels")),
        _created(obj),
        system.get("kubeletVersion", ""),
        _address(status, "InternalIP"),
        _address(status, "ExternalIP"),
        system.get("osImage") or "<unknown>",
        kernel,
        system.get("containerRuntimeVersion") or "<unknown>",
    ]


def _node_status(node: Object) -> str:
    conditions = items(child(node, "status"), "conditions")
    ready = next((found for found in conditions if found["type"] == "Ready"), None)
    shown = "Unknown"
    if ready is not None:
        shown = "Ready" if ready["status"] == "True" else "NotReady"
    return f"{shown},SchedulingDisabled" if child(node, "spec").get("unschedulable") else shown


def _roles(found: dict[str, str]) -> str:
    roles = {key.removeprefix(_ROLE) for key in found if key.startswith(_ROLE)}
    roles.add(found.get("kubernetes.io/role", ""))
    return ",".join(sorted(role for role in roles if role)) or "<none>"


def _address(status: Object, kind: str) -> str:
    addresses = items(status, "addresses")
    return next((found["address"] for found in addresses if found["type"] == kind), "<none>")


def _secret(obj: Object) -> Cells:
    return [name_of(obj), obj.get("type", ""), len(child(obj, "data")), _created(obj)]


def _service_account(obj: Object) -> Cells:
    return [name_of(obj), _created(obj)]


def _service_cidr(obj: Object) -> Cells:
    return [name_of(obj), ",".join(items(child(obj, "spec"), "cidrs")), _created(obj)]


def _service(obj: Object) -> Cells:
    spec = child(obj, "spec")
    return [
        name_of(obj),
        spec.get("type", ""),
        next(iter(items(spec, "clusterIPs")), "<none>"),
        _external(obj),
        ",".join(_service_port(port) for port in items(spec, "ports")) or "<none>",
        _created(obj),
        labels(child(spec, "selector")),
    ]


def _external(service: Object) -> str:
    spec = child(service, "spec")
    addresses = items(spec, "externalIPs")
    match spec.get("type"):
        case "ClusterIP" | "NodePort":
            return ",".join(addresses) or "<none>"
        case "LoadBalancer":
            ingress = items(child(child(service, "status"), "loadBalancer"), "ingress")
            given = {found.get("ip") or found.get("hostname") or "" for found in ingress}
            return ",".join([*sorted(filter(None, given)), *addresses]) or "<pending>"
        case "ExternalName":
            return spec.get("externalName", "")
        case _:
            return "<unknown>"


def _service_port(port: Object) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port', 0)}{node_port}/{port.get('protocol', '')}"


def labels(pairs: dict[str, str]) -> str:
    """Labels as a cell: ``a=b,c=d``, ``<none>`` where there are none."""
    return ",".join(f"{key}={pairs[key]}" for key in sorted(pairs)) or "<none>"


def selector(found: Object | None) -> str:
    """A LabelSelector as a cell, its terms in the order of their keys."""
    if found is None:
        return "<none>"
    terms = [(key, f"{key}={value}") for key, value in child(found, "matchLabels").items()]
    terms += [(term["key"], _expression(term)) for term in items(found, "matchExpressions")]
    return _joined(terms) or "<none>"


def _joined(terms: Iterable[tuple[str, str]]) -> str:
    return ",".join(text for _, text in sorted(terms))


def _expression(term: Object) -> str:
    key, values = term["key"], ",".join(sorted(items(term, "values")))
    shown = {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }
    return shown.get(term["operator"], key)


_CELLS: dict[str, Callable[[Object], Cells]] = {
    "configmaps": _config_map,
    "daemonsets": _daemon_set,
    "deployments": _deployment,
    "endpoints": _endpoints,
    "endpointslices": _endpoint_slice,
    "events": _event,
    "ipaddresses": _ip_address,
    "leases": _lease,
    "namespaces": _namespace,
    "nodes": _node,
    "pods": pod_cells.cells,
    "replicasets": _replica_set,
    "secrets": _secret,
    "serviceaccounts": _service_account,
    "servicecidrs": _service_cidr,
    "services": _service,
}
