"""Manifests: YAML that ``kubectl apply`` accepts as it is, and what a scenario changes of it.

A feature's manifest has the feature's own path and stem. The objects in it are taken as they
stand, but for what must differ from cluster to cluster: the namespace, the run's labels, the node
a Pod is pinned to, and the image's registry.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from kubeproof.errors import Misuse
from kubeproof.model import Object

HOSTNAME = "kubernetes.io/hostname"

# Admission under the restricted Pod Security Standard takes nothing less
# (concepts/security/pod-security-standards).
_RESTRICTED_POD: Object = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
_RESTRICTED_CONTAINER: Object = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsUser": 65532,
}

_NODE_PORTS = {"nodePort", "healthCheckNodePort"}


@dataclass(frozen=True)
class Manifest:
    """The objects of one file."""

    path: Path
    objects: tuple[Object, ...]

    @classmethod
    def load(cls, path: Path) -> "Manifest":
        """Read a file.

        Raises:
            Misuse: it cannot be read, is not YAML, or holds something that is no object.
        """
        try:
            documents: list[Any] = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise Misuse(f"cannot read manifest {path}: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise Misuse(f"manifest {path} is not YAML: {_first_line(error)}") from error
        objects = [doc for doc in documents if doc is not None]
        for number, obj in enumerate(objects, 1):
            _check(path, number, obj)
        return cls(path, tuple(cast(list[Object], objects)))

    def find(self, kind: str, name: str) -> Object:
        """A copy of the object of that kind and name.

        Raises:
            Misuse: there is none; the text lists those there are.
        """
        for obj in self.objects:
            if obj["kind"] == kind and obj["metadata"]["name"] == name:
                return copy.deepcopy(obj)
        there = ", ".join(o["metadata"]["name"] for o in self.objects if o["kind"] == kind)
        raise Misuse(f"manifest {self.path} has no {kind} {name!r}; it has {there or 'none'}")

    def with_node_ports(self, standing_for: Callable[[int], int]) -> "Manifest":
        """The same with other fixed node ports, those of health checks included."""
        objects = copy.deepcopy(self.objects)
        for spec in (obj["spec"] for obj in objects if obj["kind"] == "Service" and "spec" in obj):
            for holder in (spec, *(spec.get("ports") or ())):
                for field in _NODE_PORTS & holder.keys():
                    holder[field] = standing_for(holder[field])
        return Manifest(self.path, objects)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _check(path: Path, number: int, obj: Any) -> None:
    for field in ("apiVersion", "kind", "metadata"):
        if not isinstance(obj, dict) or field not in obj:
            raise Misuse(f"manifest {path}: document {number} is no Kubernetes object: no {field}")
    meta: object = cast(Object, obj)["metadata"]
    if not isinstance(meta, dict) or not isinstance(cast(Object, meta).get("name"), str):
        raise Misuse(f"manifest {path}: document {number} has no metadata.name")


def placed(obj: Object, namespace: str, labels: Mapping[str, str]) -> Object:
    """The object in that namespace, carrying the labels as annotations of who made it.

    Labels would be seen by selectors, so the run's marks on Pods are annotations.
    """
    made = copy.deepcopy(obj)
    made["metadata"]["namespace"] = namespace
    made["metadata"].setdefault("annotations", {}).update(labels)
    return made


def pinned(pod: Object, hostname: str) -> Object:
    """The Pod bound to the node with that hostname label (concepts/scheduling: nodeSelector)."""
    made = copy.deepcopy(pod)
    made["spec"].setdefault("nodeSelector", {})[HOSTNAME] = hostname
    return made


def restricted(pod: Object, image: str = "") -> Object:
    """The Pod as the restricted Pod Security Standard admits it, with another image if given."""
    made = copy.deepcopy(pod)
    _fill(made["spec"].setdefault("securityContext", {}), _RESTRICTED_POD)
    for container in (*made["spec"]["containers"], *made["spec"].get("initContainers", ())):
        _fill(container.setdefault("securityContext", {}), _RESTRICTED_CONTAINER)
        if image:
            container["image"] = image
    return made


def on_host_network(pod: Object, port: int) -> Object:
    """The Pod, an agnhost netexec, on its node's own network, where it listens on this port only.

    Declaring no port leaves the scheduler out of it: what is free on a node, the node knows best.
    Names are those of the cluster, for which such a Pod has to ask (dns-pod-service, DNS policy).
    """
    made = copy.deepcopy(pod)
    made["spec"] |= {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    for container in made["spec"]["containers"]:
        container["args"] = ["netexec", f"--http-port={port}", f"--udp-port={port}"]
        container["readinessProbe"]["httpGet"]["port"] = port
        container.pop("ports", None)
    return made


def _fill(context: Object, wanted: Object) -> None:
    for key, value in wanted.items():
        context.setdefault(key, copy.deepcopy(value))
