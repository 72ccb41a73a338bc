"""What Kubernetes' admission plugins add to Pods: account, tolerations, priority, topology.

Source: "Admission Control in Kubernetes" in the documentation: ServiceAccount,
DefaultTolerationSeconds, Priority, RuntimeClass and PodTopologyLabels, which are on by default.
"""

import random

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.kinds.parts import parts, text
from kubeproof.sandbox.kinds.pod_defaults import containers_of
from kubeproof.sandbox.objects import Object, labels_of, meta, name_of, namespace_of

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOPOLOGY_LABELS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")
PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}

_VOLUME = "kube-api-access-"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_TOLERATION_SECONDS = 300


def admit(pod: Object, store: Store) -> None:
    """Complete a new Pod, in place. Raises ApiError (403) for what does not exist."""
    _give_account(pod, store)
    _give_priority(pod)
    _require_runtime(pod)
    tolerate(pod)
    copy_topology(pod, store)


def _forbidden(pod: Object, why: str) -> status.ApiError:
    return status.forbidden("pods", name_of(pod), why)


def _give_account(pod: Object, store: Store) -> None:
    """The default account is not looked for: its controller makes it, sooner or later."""
    spec: Object = pod["spec"]
    name = text(spec, "serviceAccountName") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    namespace = namespace_of(pod)
    account = store.get("serviceaccounts", namespace, name)
    if account is None and name != "default":
        why = (
            f"error looking up service account {namespace}/{name}: "
            f'serviceaccount "{name}" not found'
        )
        raise _forbidden(pod, why)
    if _automounts(spec, account or {}):
        _mount_token(spec)
    if not parts(spec, "imagePullSecrets") and parts(account or {}, "imagePullSecrets"):
        secrets = parts(account or {}, "imagePullSecrets")
        spec["imagePullSecrets"] = [{"name": secret.get("name", "")} for secret in secrets]


def _automounts(spec: Object, account: Object) -> bool:
    for wish in (spec, account):
        if wish.get("automountServiceAccountToken") is not None:
            return bool(wish["automountServiceAccountToken"])
    return True


def _mount_token(spec: Object) -> None:
    names = [text(volume, "name") for volume in parts(spec, "volumes")]
    present = next((name for name in names if name.startswith(_VOLUME)), "")
    name = present or _VOLUME + "".join(random.choices(_LETTERS, k=5))
    mount: Object = {"name": name, "readOnly": True, "mountPath": TOKEN_PATH}
    lacking = [container for container in containers_of(spec) if not _has_token(container)]
    for container in lacking:
        container.setdefault("volumeMounts", []).append(dict(mount))
    if lacking and not present:
        spec.setdefault("volumes", []).append(_token_volume(name))


def _has_token(container: Object) -> bool:
    mounts = parts(container, "volumeMounts")
    return any(mount.get("mountPath") == TOKEN_PATH for mount in mounts)


def _token_volume(name: str) -> Object:
    authority = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    namespace = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": authority},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": namespace}]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}


def _require_runtime(pod: Object) -> None:
    """The sandbox has no RuntimeClasses."""
    name = text(pod["spec"], "runtimeClassName")
    if name:
        raise _forbidden(pod, f'pod rejected: RuntimeClass "{name}" not found')


def _give_priority(pod: Object) -> None:
    spec: Object = pod["spec"]
    wanted = text(spec, "priorityClassName")
    if wanted and wanted not in PRIORITIES:
        raise _forbidden(pod, f"no PriorityClass with name {wanted} was found")
    priority = PRIORITIES.get(wanted, 0)
    stated = spec.get("priority")
    if stated is not None and stated != priority:
        why = (
            f"the integer value of priority ({stated}) must not be provided in pod spec; "
            f"priority admission controller computed {priority} from the given PriorityClass name"
        )
        raise _forbidden(pod, why)
    spec["priority"] = priority
    _give_preemption(pod)


def _give_preemption(pod: Object) -> None:
    policy, stated = "PreemptLowerPriority", pod["spec"].get("preemptionPolicy")
    if stated is not None and stated != policy:
        why = (
            f"the string value of PreemptionPolicy ({stated}) must not be provided in pod spec; "
            f"priority admission controller computed {policy} from the given PriorityClass name"
        )
        raise _forbidden(pod, why)
    pod["spec"]["preemptionPolicy"] = policy


def keep_priority(pod: Object, old: Object) -> None:
    """Take over what admission gave the Pod, should an update leave it out."""
    for field in ("priority", "preemptionPolicy"):
        if pod["spec"].get(field) is None and old["spec"].get(field) is not None:
            pod["spec"][field] = old["spec"][field]


def tolerate(pod: Object) -> None:
    """Let the Pod stay for five minutes on a node that is not ready or not reachable."""
    stated = list(parts(pod["spec"], "tolerations"))
    added: list[Object] = [
        {
            "key": key,
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": _TOLERATION_SECONDS,
        }
        for key in _TOLERATED
        if not any(_covers(toleration, key) for toleration in stated)
    ]
    if added:
        pod["spec"]["tolerations"] = [*stated, *added]


def _covers(toleration: Object, key: str) -> bool:
    effect = text(toleration, "effect")
    return text(toleration, "key") in (key, "") and effect in ("NoExecute", "")


def copy_topology(pod: Object, store: Store) -> None:
    """Copy the zone and region of the Pod's node to the Pod (KEP-4742)."""
    node = store.get("nodes", "", text(pod["spec"], "nodeName"))
    if node is None:
        return
    found = {label: value for label, value in labels_of(node).items() if label in TOPOLOGY_LABELS}
    if found:
        meta(pod)["labels"] = {**labels_of(pod), **found}
