"""Objects as the store would hold them, for tests of pure functions."""

from typing import Any

from kubeproof.sandbox.objects import Object


def stored_service(name: str = "s", **spec: Any) -> Object:
    described: Object = {
        "selector": {"app": "a"},
        "clusterIP": "10.96.0.5",
        "ipFamilies": ["IPv4"],
        "ports": [{"name": "", "protocol": "TCP", "port": 80, "targetPort": 8080}],
    }
    return {
        "kind": "Service",
        "metadata": {"name": name, "namespace": "test", "uid": f"uid-{name}"},
        "spec": described | spec,
    }


def stored_pod(
    name: str, ip: str = "10.244.1.2", *, node: str = "n1", ready: bool = True, **more: Any
) -> Object:
    pod: Object = {
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "test",
            "uid": f"uid-{name}",
            "labels": {"app": "a"},
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {
            "nodeName": node,
            "containers": [
                {"name": "c", "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}
            ],
        },
        "status": {
            "phase": "Running",
            "podIP": ip,
            "podIPs": [{"ip": ip}] if ip else [],
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True" if ready else "False",
                    "lastTransitionTime": "2026-01-01T00:00:00Z",
                }
            ],
        },
    }
    for part, change in more.items():
        pod[part] = pod[part] | change
    return pod


def deleted(pod: Object) -> Object:
    return {**pod, "metadata": pod["metadata"] | {"deletionTimestamp": "2026-01-01T00:01:00Z"}}


def stored_node(
    name: str = "n1", zone: str = "z1", *, cpu: str = "2", ready: bool = True, **more: Any
) -> Object:
    node: Object = {
        "metadata": {
            "name": name,
            "labels": {"topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name},
        },
        "spec": {},
        "status": {
            "allocatable": {"cpu": cpu, "memory": "1Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }
    for part, change in more.items():
        node[part] = node[part] | change
    return node


def by_name(*objects: Object) -> dict[str, Object]:
    return {obj["metadata"]["name"]: obj for obj in objects}
