"""One node's kubelet: it runs the Pods that are bound to its node."""

import asyncio
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from kubeproof.sandbox.api.registry import Registry, Writer
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Event
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kubelet.clock import Clock, SystemClock
from kubeproof.sandbox.kubelet.dial import TIMEOUT
from kubeproof.sandbox.kubelet.images import Images
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.kubelet.node import PodNetwork
from kubeproof.sandbox.kubelet.pod_worker import PodWorker
from kubeproof.sandbox.kubelet.recorder import Recorder
from kubeproof.sandbox.kubelet.resolv_conf import ClusterDns
from kubeproof.sandbox.objects import Object, name_of, namespace_of

_EVENTS_LATER = 0.02
"""Seconds by which Events follow what they tell of, so that they do not delay it."""


class NodeNetwork(Protocol):
    """A node's network, as the kubelet uses it."""

    name: str
    address: str

    @property
    def ns(self) -> Namespace:
        """The node's namespace."""
        ...

    def attach(self, key: str) -> PodNetwork:
        """Connect a new Pod, ``namespace/name``."""
        ...

    def attach_to_host(self, key: str) -> PodNetwork:
        """Register a Pod that shares the node's namespace."""
        ...


class KubeletOptions(NamedTuple):
    """What all kubelets of a cluster are told."""

    dns: ClusterDns = ClusterDns()
    clock: Clock = SystemClock()
    dial_timeout: float = TIMEOUT
    authority: str = ""  # the certificate, as PEM, that vouches for the API server


class Kubelet:
    """Follows the Pods of one node and has a worker run each of them."""

    def __init__(
        self,
        node: NodeNetwork,
        registry: Registry,
        faults: Faults,
        options: KubeletOptions,
        images: Images,
        recorder: Recorder,
    ) -> None:
        self.images = images
        self.dns = options.dns
        self.clock = options.clock
        self.authority = options.authority
        self._network = node
        self._registry = registry
        self._faults = faults
        self._recorder = recorder
        self._workers: dict[str, PodWorker] = {}
        self._unsubscribe: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """The node's name."""
        return self._network.name

    @property
    def address(self) -> str:
        """The node's address."""
        return self._network.address

    @property
    def namespace(self) -> Namespace:
        """The node's network namespace."""
        return self._network.ns

    @property
    def faults(self) -> frozenset[str]:
        """The faults that are on for the node."""
        return self._faults.for_node(self.name)

    def services(self) -> Iterable[Object]:
        """Every Service of the cluster, as it is now."""
        return self._registry.store.list("services")

    def start(self) -> None:
        """Run every Pod that is bound to the node, now and later. Needs a running loop."""
        self._unsubscribe = self._registry.store.subscribe("pods", self._pod_changed)
        self._faults.subscribe(self._faults_changed)
        for pod in self._registry.store.list("pods"):
            if self._is_mine(pod) and "deletionTimestamp" in pod["metadata"]:
                self.confirm_deletion(pod)  # nothing of it runs
            elif self._is_mine(pod):
                self._update(pod)

    async def stop(self) -> None:
        """Follow the Pods no longer and drop what runs, without a report."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        workers = list(self._workers.values())
        await asyncio.gather(*(worker.abandon() for worker in workers))
        self._workers.clear()

    def worker(self, uid: str) -> PodWorker | None:
        """The worker of a Pod; None if nothing of the Pod is on the node."""
        return self._workers.get(uid)

    def attach(self, pod: Object) -> PodNetwork:
        """Give a Pod its network. Raises OSError or RuntimeError if that fails."""
        key = f"{namespace_of(pod)}/{name_of(pod)}"
        if pod["spec"].get("hostNetwork"):
            return self._network.attach_to_host(key)
        return self._network.attach(key)

    def write_status(self, pod: Object, status: Object) -> None:
        """Report a Pod's status, if there is still such a Pod."""
        with _unless_gone():
            self._registry.update(
                "pods",
                namespace_of(pod),
                name_of(pod),
                {**pod, "status": status},
                subresource="status",
                writer=self._writer(),
            )

    def confirm_deletion(self, pod: Object) -> None:
        """Report that nothing of a Pod which is being deleted runs any more."""
        with _unless_gone():
            self._registry.delete(
                "pods",
                namespace_of(pod),
                name_of(pod),
                grace=0,
                uid=str(pod["metadata"]["uid"]),
                writer=self._writer(),
            )

    def record(self, pod: Object, kind: str, reason: str, message: str) -> None:
        """Record an Event, ``Normal`` or ``Warning``, about a Pod."""
        tell = self._recorder.normal if kind == "Normal" else self._recorder.warning
        asyncio.get_running_loop().call_later(_EVENTS_LATER, tell, pod, reason, message)

    def may_become_ready(self) -> bool:
        """Whether containers can become ready: not under the fault kubelet-never-ready."""
        return not self._faults.active("kubelet-never-ready", self.name)

    def _pod_changed(self, event: Event) -> None:
        if not self._is_mine(event.object):
            return
        if event.type != "DELETED":
            self._update(event.object)
            return
        worker = self._workers.get(event.object["metadata"]["uid"])
        if worker is not None:
            worker.removed()

    def _update(self, pod: Object) -> None:
        uid = str(pod["metadata"]["uid"])
        worker = self._workers.get(uid)
        if worker is not None:
            worker.update(pod)
        elif not _is_over(pod):
            worker = self._workers[uid] = PodWorker(self, pod, self._before(pod), self._forget)
            worker.begin()

    def _before(self, pod: Object) -> PodWorker | None:
        """The latest worker of a Pod which had the same name."""
        key = namespace_of(pod), name_of(pod)
        named = (w for w in self._workers.values() if (namespace_of(w.pod), name_of(w.pod)) == key)
        return next(reversed(list(named)), None)

    def _forget(self, worker: PodWorker) -> None:
        self._workers.pop(worker.uid, None)

    def _faults_changed(self) -> None:
        for worker in self._workers.values():
            worker.changed()

    def _is_mine(self, pod: Object) -> bool:
        return pod["spec"].get("nodeName") == self.name

    def _writer(self) -> Writer:
        return Writer(manager="kubelet")


def _is_over(pod: Object) -> bool:
    """Whether a Pod has ended, or is to end before it began: then it is not run."""
    status: Object = pod.get("status") or {}
    return "deletionTimestamp" in pod["metadata"] or status.get("phase") in ("Succeeded", "Failed")


@contextmanager
def _unless_gone() -> Generator[None]:
    """The Pod, or this version of it, may be gone by the time of a write: that is no failure."""
    try:
        yield
    except ApiError as error:
        if error.code not in (404, 409):
            raise
