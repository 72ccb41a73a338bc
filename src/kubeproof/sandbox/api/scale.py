"""The scale subresource of workloads: how many Pods are wanted, and how many there are.

Follows ScaleREST of Kubernetes' apps registries.
"""

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.jsonvalue import child, copied, items
from kubeproof.sandbox.objects import Object

_CARRIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(workload: Object) -> Object:
    """The Scale of a Deployment or a ReplicaSet."""
    metadata = workload["metadata"]
    replicas = child(workload, "spec").get("replicas")
    spec: Object = {"replicas": replicas} if replicas else {}
    selector = _selector(child(child(workload, "spec"), "selector"))
    found: Object = {"replicas": child(workload, "status").get("replicas", 0)}
    if selector:
        found["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in _CARRIED if key in metadata},
        "spec": spec,
        "status": found,
    }


def scaled(workload: Object, scale: Object) -> Object:
    """A copy of the workload with the replicas of the Scale. Raises ApiError (422)."""
    replicas: int = child(scale, "spec").get("replicas", 0)
    if replicas < 0:
        detail = "must be greater than or equal to 0"
        error = FieldError.invalid("spec.replicas", replicas, detail)
        raise status.invalid("Scale", workload["metadata"]["name"], [error], "autoscaling")
    result = copied(workload)
    result["spec"]["replicas"] = replicas
    for key in ("uid", "resourceVersion"):
        given = child(scale, "metadata").get(key)
        if given:
            result["metadata"][key] = given
    return result


def _selector(selector: Object) -> str:
    terms = [f"{key}={value}" for key, value in child(selector, "matchLabels").items()]
    terms += [_expression(term) for term in items(selector, "matchExpressions")]
    return ",".join(sorted(terms))


def _expression(term: Object) -> str:
    key, values = term["key"], ",".join(sorted(items(term, "values")))
    shown = {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }
    return shown[term["operator"]]
