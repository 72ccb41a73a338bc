"""Services, an API and a workload that say what a test wants, for what Thens say of objects."""

from dataclasses import dataclass, field
from typing import Any, cast

from kubeproof.cluster.api import Api
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.workload import Workload
from kubeproof.model import Object, Pod, Service
from kubeproof.waiting import SANDBOX, overridden


def service(name: str = "svc-1", uid: str = "u1", **spec: Any) -> Service:
    ports = [{"port": 9000, "targetPort": 8080, "nodePort": 30000}]
    made = {"clusterIP": "10.96.0.7", "ports": ports, **spec}
    return Service.of(
        {"metadata": {"namespace": "ns", "name": name, "uid": uid}, "spec": made, "status": {}}
    )


def pod(address: str, *ports: int) -> Object:
    listening = {"ports": [{"containerPort": port} for port in ports]} if ports else {}
    return {
        "kind": "Pod",
        "metadata": {"namespace": "ns", "name": "pod-1", "uid": address},
        "spec": {"containers": [{"name": "one"}, {"name": "two", **listening}]},
        "status": {"podIP": address},
    }


Listed = list[Object] | Rejected
Asked = list[tuple[str, ...]]


@dataclass
class FakeApi:
    """Lists and gives what it was given."""

    objects: dict[str, Listed] = field(default_factory=dict[str, Listed])
    asked: Asked = field(default_factory=Asked)

    def list(self, kind: str, namespace: str = "", *, group: str = "v1") -> list[Object]:
        self.asked.append((kind, namespace, group))
        found = self.objects.get(kind, [])
        if isinstance(found, Rejected):
            raise found
        return found

    def get(self, kind: str, name: str, namespace: str) -> Object:
        self.asked.append((kind, name, namespace))
        return cast(Any, self.objects[kind])[0]


@dataclass
class FakeWorkload:
    """Answers what Thens ask of a scenario's objects."""

    api: FakeApi = field(default_factory=FakeApi)
    namespace: str = "ns"
    refusal: str = "The range of valid ports is 30000-32767"
    pods: list[Object] = field(default_factory=list[Object])
    seen: list[Service] = field(default_factory=list[Service])
    old: float = 0.0
    budgets = overridden(SANDBOX, ["pending_over=0.05"])

    def refusal_of(self, name: str) -> str:
        return self.refusal if name == "svc-port-out-of-range" else ""

    def pod(self, name: str) -> Pod:
        assert name == "pod-1"
        return Pod.of(self.pods[0])

    def replace_pod(self, name: str) -> Pod:
        assert name == "pod-1"
        return Pod.of(self.pods[1])

    def present(self, name: str) -> Service:
        assert name == "svc-1"
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]

    def age(self, name: str) -> float:
        assert name == "svc-1"
        return self.old


def api(**objects: Listed) -> Api:
    return cast(Api, FakeApi(dict(objects)))


def workload(**settings: Any) -> Workload:
    return cast(Workload, FakeWorkload(**settings))


def cidr(*ranges: str) -> Object:
    return {"spec": {"cidrs": list(ranges)}}
