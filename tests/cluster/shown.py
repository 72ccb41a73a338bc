"""An API that shows what a test says a cluster has, and refuses the rest as the real one does."""

from dataclasses import dataclass, field
from typing import cast

import httpx

from kubeproof.cluster.api import Api
from kubeproof.cluster.rejected import Rejected
from kubeproof.model import Object

NOT_FOUND = Rejected(404, "NotFound", "there is none")
FORBIDDEN = Rejected(403, "Forbidden", "this user may not")


@dataclass(eq=False)
class Shown:
    """Objects by kind; a kind that is not named is one that the cluster does not serve."""

    objects: dict[str, list[Object]] = field(default_factory=dict[str, list[Object]])
    forbidden: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()  # IP families of Services in a dry run
    pages: dict[str, str] = field(default_factory=dict[str, str])
    node_ports: str = ""  # how it words its refusal of node ports; empty where it takes any
    kubernetes: str = "v1.36.2"
    deleted: list[str] = field(default_factory=list[str])

    @property
    def api(self) -> Api:
        return cast(Api, self)

    def list(
        self, kind: str, namespace: str = "", *, group: str = "v1", labels: str = ""
    ) -> list[Object]:
        if kind in self.forbidden:
            raise FORBIDDEN
        if kind not in self.objects:
            raise NOT_FOUND
        return self.objects[kind]

    def get(self, kind: str, name: str, namespace: str = "") -> Object:
        for obj in self.list(kind, namespace):
            if obj["metadata"]["name"] == name:
                return obj
        raise NOT_FOUND

    def create(self, obj: Object, *, dry_run: bool = False) -> Object:
        if not dry_run:
            return self._with_node_ports(obj)
        if obj["spec"]["ipFamilies"][0] not in self.takes:
            raise Rejected(422, "Invalid", "not configured on this cluster")
        return obj

    def _with_node_ports(self, obj: Object) -> Object:
        assert [port["nodePort"] for port in obj["spec"]["ports"]] == [1, 65535]
        if self.node_ports:
            raise Rejected(422, "Invalid", self.node_ports)
        return obj

    def delete(self, kind: str, name: str, namespace: str) -> None:
        self.deleted.append(f"{kind} {namespace}/{name}")

    def version(self) -> str:
        return self.kubernetes

    def http_get(self, path: str) -> httpx.Response:
        status = 200 if path in self.pages else 503
        return httpx.Response(status, text=self.pages.get(path, "no"))


def named(name: str, **rest: object) -> Object:
    """An object with nothing else in its metadata."""
    return {"metadata": {"name": name}, **rest}


def node(name: str, zone: str = "", provider: str = "", k3s: str = "") -> Object:
    """A Node that is Ready."""
    return {
        "metadata": {
            "name": name,
            "labels": {"topology.kubernetes.io/zone": zone} if zone else {},
            "annotations": {"k3s.io/node-args": k3s} if k3s else {},
        },
        "spec": {"providerID": provider} if provider else {},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}],
        },
    }
