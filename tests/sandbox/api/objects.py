"""Objects the tests write."""

from typing import Any

from kubeproof.sandbox.objects import Object


def service(name: str = "web", **spec: Any) -> Object:
    """A Service with one port and a selector, unless ``spec`` says otherwise."""
    given = {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": given}


def pod(name: str = "one", **spec: Any) -> Object:
    """A Pod with one container."""
    given = {"containers": [{"name": "main", "image": "agnhost"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": given}


def deployment(name: str = "web", replicas: int = 2) -> Object:
    """A Deployment whose Pods carry app=web."""
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod()["spec"]}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": spec,
    }
