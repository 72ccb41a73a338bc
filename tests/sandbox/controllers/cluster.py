"""A cluster without network and kubelets: the registry, the controllers, and a stand-in kubelet."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.controllers import ControllerOptions, Controllers
from kubeproof.sandbox.controllers.controller import Controller, Handler, Key, enqueue_in
from kubeproof.sandbox.controllers.fields import (
    condition_of,
    is_being_deleted,
    objects_at,
    spec_of,
    status_of,
)
from kubeproof.sandbox.controllers.timestamps import written
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds.catalogue import KindOptions, strategies
from kubeproof.sandbox.objects import Object, key_of, meta
from tests.sandbox.controllers.jumping_loop import JumpingLoop


@dataclass
class FakeNode:
    """A node of a network that is not there; notes which addresses it would answer for."""

    index: int
    announced: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        return f"k8s-node{self.index}"

    @property
    def address(self) -> str:
        return f"172.30.0.{10 + self.index}"

    @property
    def pod_cidr(self) -> str:
        return f"10.244.{self.index}.0/24"

    def announce(self, address: str) -> None:
        self.announced.append(address)

    def withdraw(self, address: str) -> None:
        self.announced.remove(address)


class FakeNetwork:
    def __init__(self, count: int) -> None:
        made = [FakeNode(number) for number in range(1, count + 1)]
        self.nodes: Mapping[str, FakeNode] = {node.name: node for node in made}


class FakeKubelet(Controller[Key]):
    """Runs every bound Pod by saying so; all nodes' kubelet at once.

    Pods for which `ready` says no fail their readiness probe; those for which `lingers` says yes
    stay in their grace period until `end` is called.
    """

    def __init__(self, registry: Registry, faults: Faults, loop: JumpingLoop) -> None:
        super().__init__(registry, faults, loop.clock)
        self.ready: Callable[[Object], bool] = lambda pod: True
        self.lingers: Callable[[Object], bool] = lambda pod: False
        self._next = 1

    def watches(self) -> Mapping[str, Handler]:
        return {"pods": enqueue_in(self.queue)}

    def everything(self) -> Iterable[Key]:
        return [key_of(pod) for pod in self.store.list("pods")]

    def reconcile(self, key: Key) -> None:
        pod = self.store.get("pods", *key)
        if pod is None or not spec_of(pod).get("nodeName"):
            return
        if is_being_deleted(pod) and not self.lingers(pod):
            self.end(pod)
        elif status_of(pod).get("phase") not in ("Succeeded", "Failed"):
            self._report(pod)

    def end(self, pod: Object) -> None:
        self.client.delete_now("pods", pod)

    def _report(self, pod: Object) -> None:
        is_ready = "True" if self.ready(pod) else "False"
        if condition_of(pod, "Ready").get("status") == is_ready:
            return
        others = [c for c in objects_at(pod, "status", "conditions") if c["type"] != "Ready"]
        moment = written(self.clock())
        ready: Object = {"type": "Ready", "status": is_ready, "lastTransitionTime": moment}
        address = str(status_of(pod).get("podIP") or self._address(pod))
        status: Object = status_of(pod) | {
            "phase": "Running",
            "conditions": [*others, ready],
            "podIP": address,
            "podIPs": [{"ip": address}],
        }
        self.client.update_status("pods", pod, status)

    def _address(self, pod: Object) -> str:
        self._next += 1
        return f"10.244.{spec_of(pod)['nodeName'][-1]}.{self._next}"


class Cluster:
    """Three nodes unless told otherwise, and a namespace `test`."""

    def __init__(self, nodes: int = 3, **options: Any) -> None:
        self.loop = JumpingLoop()
        self.loop.set_exception_handler(self._note_failure)
        self.failures: list[BaseException | str] = []
        self.faults = Faults()
        store = Store()
        rules = strategies(KindOptions(), store)
        self.registry = Registry(store, rules, Schema.load())
        self.network = FakeNetwork(nodes)
        self.controllers = Controllers(
            self.registry,
            self.network,
            self.faults,
            ControllerOptions(clock=self.loop.clock, **options),
        )
        self.kubelet = FakeKubelet(self.registry, self.faults, self.loop)
        self.loop.run_until_complete(self._start())
        self.create("namespaces", {"metadata": {"name": "test"}})

    def close(self) -> None:
        self.controllers.stop()
        self.kubelet.stop()
        self.loop.close()
        assert self.failures == []

    @property
    def store(self) -> Store:
        return self.registry.store

    def create(self, resource: str, obj: Object) -> Object:
        """Create an object in the namespace `test` (or the one it names) and settle."""
        namespace = meta(obj).get("namespace") or "test"
        name = self.registry.create(resource, namespace, obj)["metadata"]["name"]
        self.settle()
        return self.store.get(resource, namespace, name) or {}

    def get(self, resource: str, name: str, namespace: str = "test") -> Object:
        """A copy of an object, to change it if need be."""
        return copied(self.registry.get(resource, namespace, name))

    def list(self, resource: str, namespace: str = "test", **labels: str) -> list[Object]:
        """The objects of the namespace that bear the labels (written with _ for - in keys)."""
        wanted = {name.replace("_", "-"): value for name, value in labels.items()}
        selector = ",".join(f"{name}={value}" for name, value in wanted.items())
        return list(self.registry.list(resource, namespace, labels=selector))

    def patch(self, resource: str, name: str, change: Callable[[Object], None]) -> Object:
        """Change an object in place and settle."""
        obj = self.get(resource, name)
        change(obj)
        self.registry.update(resource, "test", name, obj)
        self.settle()
        return copied(self.store.get(resource, "test", name) or {})

    def delete(self, resource: str, name: str, **options: Any) -> None:
        self.registry.delete(resource, "test", name, **options)
        self.settle()

    def settle(self) -> None:
        """Let the controllers and the kubelet do everything there is to do now."""
        self.loop.run_until_complete(self._settled())

    def advance(self, seconds: float) -> None:
        """Let so much time pass, and everything happen that is due in it."""
        self.loop.run_until_complete(asyncio.sleep(seconds))
        self.settle()

    async def _start(self) -> None:
        self.kubelet.start()
        self.controllers.start()
        await self._settled()

    async def _settled(self) -> None:
        quiet = 0
        for _ in range(100_000):
            await asyncio.sleep(0)
            idle = self.controllers.idle and self.kubelet.queue.idle
            quiet = quiet + 1 if idle else 0
            if quiet == 3:
                return
        raise AssertionError("the controllers never come to rest")

    def _note_failure(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.failures.append(context.get("exception") or context["message"])


def pod_template(labels: dict[str, str], image: str = "registry.k8s.io/pause:3.10") -> Object:
    container = {"name": "c", "image": image, "ports": [{"containerPort": 8080, "name": "http"}]}
    return {"metadata": {"labels": labels}, "spec": {"containers": [container]}}


def pod(name: str, labels: dict[str, str] | None = None, /, **spec: Any) -> Object:
    template = pod_template(labels or {"app": "a"})
    template["metadata"]["name"] = name
    template["spec"] |= spec
    return template


def service(name: str = "s", **spec: Any) -> Object:
    ports = [{"port": 80, "targetPort": 8080}]
    described: Object = {"selector": {"app": "a"}, "ports": ports}
    return {"metadata": {"name": name}, "spec": described | spec}


def workload(name: str = "w", replicas: int | None = 3, **spec: Any) -> Object:
    """A Deployment, ReplicaSet or DaemonSet of Pods labelled app=a."""
    wanted = {} if replicas is None else {"replicas": replicas}
    described: Object = {
        **wanted,
        "selector": {"matchLabels": {"app": "a"}},
        "template": pod_template({"app": "a"}),
    }
    return {"metadata": {"name": name}, "spec": described | spec}
