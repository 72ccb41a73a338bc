"""Pods being bound to nodes, and Pods being evicted.

Follows BindingREST and EvictionREST of Kubernetes' Pod registry. There are no
PodDisruptionBudgets here, so an eviction is a deletion.
"""

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.jsonvalue import child, copied, items
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.objects import Object, name_of, now

_TOPOLOGY_LABELS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


def bind(store: Store, pod: Object, binding: Object, dry_run: bool = False) -> None:
    """Assign a Pod to the node which a Binding names.

    Labels and annotations of the Binding, and the node's zone and region, become the Pod's.
    Raises ApiError: 400 for another Pod's Binding, 409 where the Pod is bound or going away.
    """
    name = name_of(pod)
    _check(pod, binding)
    result = copied(pod)
    node = child(binding, "target")["name"]
    result["spec"]["nodeName"] = node
    result.setdefault("status", {}).pop("nominatedNodeName", None)
    _merge(result["metadata"], "annotations", child(child(binding, "metadata"), "annotations"))
    wanted = child(child(binding, "metadata"), "labels") | _topology(store, node)
    _merge(result["metadata"], "labels", wanted)
    _set_scheduled(result["status"])
    if child(pod, "spec").get("nodeName"):
        why = f'pod {name} is already assigned to node "{pod["spec"]["nodeName"]}"'
        raise status.conflict("pods/binding", name, why)
    if not dry_run:
        store.put("pods", result)


def success() -> Object:
    """The answer to a binding or an eviction that worked."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "code": 201,
    }


def _check(pod: Object, binding: Object) -> None:
    name = name_of(pod)
    if child(binding, "metadata").get("name", name) != name:
        raise status.bad_request("name in URL does not match name in Binding object")
    target = child(binding, "target")
    errors: list[FieldError] = []
    if target.get("kind", "Node") not in ("", "Node"):
        errors.append(FieldError.not_supported("target.kind", target["kind"], ["Node", ""]))
    if not target.get("name"):
        errors.append(FieldError.required("target.name"))
    if errors:
        raise status.invalid("Binding", name, errors)
    if "deletionTimestamp" in pod["metadata"]:
        why = f"pod {name} is being deleted, cannot be assigned to a host"
        raise status.conflict("pods/binding", name, why)
    if items(child(pod, "spec"), "schedulingGates"):
        why = f"pod {name} has non-empty .spec.schedulingGates"
        raise status.conflict("pods/binding", name, why)


def _topology(store: Store, node: str) -> dict[str, str]:
    """The zone and region of a node, which Kubernetes copies to its Pods since 1.35."""
    labels = child(child(store.get("nodes", "", node) or {}, "metadata"), "labels")
    return {key: labels[key] for key in _TOPOLOGY_LABELS if key in labels}


def _merge(metadata: Object, key: str, pairs: dict[str, str]) -> None:
    if pairs:
        metadata[key] = {**(metadata.get(key) or {}), **pairs}


def _set_scheduled(pod_status: Object) -> None:
    known = items(pod_status, "conditions")
    conditions = [found for found in known if found["type"] != "PodScheduled"]
    scheduled: Object = {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": now(),
    }
    pod_status["conditions"] = [*conditions, scheduled]
