"""One Pod on its node, from its binding to its end.

Source: "Pod Lifecycle" (termination of Pods, init and sidecar containers); the order of things as
the pod workers of Kubernetes 1.36's kubelet do them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from kubeproof.sandbox.kubelet.clock import Clock
from kubeproof.sandbox.kubelet.container import Container
from kubeproof.sandbox.kubelet.container_state import rfc3339
from kubeproof.sandbox.kubelet.deadline import Deadline, first
from kubeproof.sandbox.kubelet.environment import FOLLOWED, environment, told_to
from kubeproof.sandbox.kubelet.images import Images
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.kubelet.node import Node, PodNetwork
from kubeproof.sandbox.kubelet.pod_phase import ended, is_sidecar
from kubeproof.sandbox.kubelet.pod_status import Observed, pod_status
from kubeproof.sandbox.kubelet.process import Surroundings
from kubeproof.sandbox.kubelet.resolv_conf import hostname_of, hosts, hosts_text, resolv_conf
from kubeproof.sandbox.kubelet.resolver import Resolver
from kubeproof.sandbox.kubelet.service_account import service_account_files
from kubeproof.sandbox.objects import Object, name_of, namespace_of

_RETRY = 5.0
"""Seconds after which a Pod's network that could not be set up is tried again."""


class PodWorker:
    """Runs one Pod. ``done`` is set when nothing of it is left on the node."""

    def __init__(
        self,
        node: Node,
        pod: Object,
        after: "PodWorker | None",
        forget: "Callable[[PodWorker], None]",
    ) -> None:
        """``after`` had the Pod's name before and has to be gone first.

        ``forget`` is called when nothing of this Pod is left.
        """
        self.pod = pod
        self.done = asyncio.Event()
        self.network: PodNetwork | None = None
        self._node = node
        self._after = after
        self._forget = forget
        self._surroundings: Surroundings | None = None
        self._started_at = rfc3339(node.clock.time())
        self._address = ""
        self._asked_to_end = asyncio.Event()
        self._deadline: Deadline | None = None
        self._ending = False
        self._is_removed = False
        self._status_due = False
        self._reported: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.init = [Container(self, spec) for spec in pod["spec"].get("initContainers") or ()]
        self.containers = [Container(self, spec) for spec in pod["spec"]["containers"]]

    @property
    def uid(self) -> str:
        """The Pod's uid."""
        return str(self.pod["metadata"]["uid"])

    @property
    def label(self) -> str:
        """The Pod as Events name it: ``name_namespace(uid)``."""
        return f"{name_of(self.pod)}_{namespace_of(self.pod)}({self.uid})"

    @property
    def address(self) -> str:
        """The Pod's address; empty before it has one."""
        return self._address

    @property
    def clock(self) -> Clock:
        """The node's clock."""
        return self._node.clock

    @property
    def images(self) -> Images:
        """The images that the node has."""
        return self._node.images

    @property
    def node_namespace(self) -> Namespace:
        """The namespace of the Pod's node."""
        return self._node.namespace

    def surroundings(self, spec: Object) -> Surroundings:
        """What the Pod gives a container's program that starts now, once it has a network."""
        assert self._surroundings is not None
        there = self._surroundings
        mounted = service_account_files(spec, self._node.authority)
        return there._replace(environment=self._environment(spec), files={**there.files, **mounted})

    def restarts(self, spec: Object, exit_code: int) -> bool:
        """Whether a container which ended with that code is to run again."""
        policy = spec.get("restartPolicy") or self.pod["spec"].get("restartPolicy") or "Always"
        is_init = any(item.spec is spec for item in self.init)
        if policy == "OnFailure" or (is_init and not is_sidecar(spec) and policy == "Always"):
            return exit_code != 0
        return policy == "Always"

    def grace(self) -> float:
        """The Pod's termination grace period in seconds."""
        seconds = self.pod["spec"].get("terminationGracePeriodSeconds")
        return 30.0 if seconds is None else float(seconds)

    def normal(self, reason: str, message: str) -> None:
        """Record an Event."""
        self._node.record(self.pod, "Normal", reason, message)

    def warn(self, reason: str, message: str) -> None:
        """Record an Event that may need attention."""
        self._node.record(self.pod, "Warning", reason, message)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run for as long as the Pod lives."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def changed(self) -> None:
        """Write the status soon: all that changes by then makes one write."""
        if not self._status_due:
            self._status_due = True
            asyncio.get_running_loop().call_soon(self._write_status)

    def begin(self) -> None:
        """Start working."""
        self.spawn(self._run())

    def update(self, pod: Object) -> None:
        """Take the Pod's new state; a deletionTimestamp begins its end."""
        self.pod = pod
        for container, spec in zip(self.containers, pod["spec"]["containers"], strict=False):
            container.respecify(spec)
        if "deletionTimestamp" in pod["metadata"]:
            self._end()
        elif self._address:
            self.changed()

    def removed(self) -> None:
        """The Pod is no longer in the API: what runs of it has to end."""
        self._is_removed = True
        self._end()

    async def abandon(self) -> None:
        """Drop everything at once, without a report."""
        self._is_removed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def find(self, container: str) -> Container | None:
        """A container or init container by its name."""
        return next((item for item in self._all if item.name == container), None)

    async def _run(self) -> None:
        try:
            if self._after is not None:
                await self._after.done.wait()
                self._after = None
            if not self._asked_to_end.is_set():
                await first(self._asked_to_end.wait(), self._live())
            await self._finish(self._deadline or Deadline(self.clock, self.grace()))
            await self._asked_to_end.wait()
            if not self._is_removed:
                self._node.confirm_deletion(self.pod)
        finally:
            for container in self._all:
                container.kill()
            self._disconnect()
            self.done.set()
            self._forget(self)

    async def _live(self) -> None:
        """Run the containers in their order; returns when none is to run any more."""
        await self._connect()
        for container in self.init:
            if is_sidecar(container.spec):
                self.spawn(container.run())
                await container.has_started()
                continue
            await container.run()
            end = ended(container)
            if end is None or end.exit_code:
                return
        await asyncio.gather(*(container.run() for container in self.containers))

    async def _connect(self) -> None:
        while self.network is None:
            try:
                self.network = self._node.attach(self.pod)
            except (OSError, RuntimeError) as error:
                self.changed()
                self.warn("FailedCreatePodSandBox", f"Failed to create pod sandbox: {error}")
                await self.clock.sleep(_RETRY)
        self._address = self.network.address
        hostname = hostname_of(self.pod, self._node.name, self._node.dns)
        faults = self._node.faults
        names = hosts(self.pod, hostname, self._address, self._node.dns, faults)
        conf = resolv_conf(self.pod, self._node.dns, faults)
        files = {"/etc/hosts": hosts_text(names), "/etc/resolv.conf": conf.text}
        resolver = Resolver(self.network.ns, conf, names)
        self._surroundings = Surroundings(hostname, self.network.ns, resolver, self.clock, files)

    def _environment(self, spec: Object) -> Callable[[], Mapping[str, str]]:
        """A container's variables: as they are when it starts, unless a fault rewrites them."""

        def now() -> Mapping[str, str]:
            told = told_to(self.pod, self._node.services(), self._node.faults)
            hostname = self._surroundings.hostname if self._surroundings else ""
            return environment(self.pod, spec, hostname, self._address, told)

        fixed = now()
        return lambda: now() if FOLLOWED in self._node.faults else fixed

    def _end(self) -> None:
        """Begin the Pod's end, or bring it forward if it has begun."""
        seconds = self._remaining_grace()
        if self._deadline is None:
            self._deadline = Deadline(self.clock, seconds)
        else:
            self._deadline.shorten(seconds)
        self._asked_to_end.set()

    def _remaining_grace(self) -> float:
        """Seconds to end in. An object removed without grace leaves the Pod its own period."""
        override = self.pod["metadata"].get("deletionGracePeriodSeconds")
        seconds = float(override or 0)
        if seconds == 0:
            seconds = self.grace() if self._deadline is None else self._deadline.left
        return max(seconds, 1.0)

    async def _finish(self, deadline: Deadline) -> None:
        """End every container, sidecars last, report that, and leave the network."""
        self._ending = True
        for container in self._all:
            container.stopping = True
        sidecars = [item for item in self.init if is_sidecar(item.spec)]
        others = [item for item in self._all if item not in sidecars]
        await asyncio.gather(*(container.stop(deadline) for container in others))
        for container in reversed(sidecars):
            await container.stop(deadline)
        self._write_status()
        self._disconnect()

    def _disconnect(self) -> None:
        if self.network is not None:
            self.network.close()
            self.network = None

    @property
    def _all(self) -> Sequence[Container]:
        return (*self.init, *self.containers)

    def _write_status(self) -> None:
        self._status_due = False
        if self._is_removed or self.done.is_set():
            return
        observed = Observed(
            self._node.address,
            self._address,
            self._started_at,
            self.init,
            self.containers,
            self.restarts,
            self._reported_ready,
            self._ending,
        )
        status = pod_status(self.pod, observed, rfc3339(self.clock.time()))
        if status != self.pod.get("status"):
            self._node.write_status(self.pod, status)

    def _reported_ready(self, container: Container) -> bool:
        """Under the fault kubelet-never-ready only what was ready before stays so."""
        if not container.ready:
            self._reported.discard(container.name)
        elif self._node.may_become_ready():
            self._reported.add(container.name)
        return container.name in self._reported
