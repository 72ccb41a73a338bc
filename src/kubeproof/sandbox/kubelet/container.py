"""One container of a Pod: its runs one after another, its probes and its end.

Source: "Pod Lifecycle" and "Container Lifecycle Hooks"; reasons and messages of Kubernetes 1.36.
"""

import asyncio
from collections.abc import Coroutine
from secrets import token_hex
from typing import Any

from kubeproof.sandbox.kubelet import hooks
from kubeproof.sandbox.kubelet.backoff import BackOff, format_delay
from kubeproof.sandbox.kubelet.container_log import ContainerLog
from kubeproof.sandbox.kubelet.container_state import Running, State, Terminated, Waiting
from kubeproof.sandbox.kubelet.deadline import Deadline, first
from kubeproof.sandbox.kubelet.flags import UsageError
from kubeproof.sandbox.kubelet.hooks import HookFailed
from kubeproof.sandbox.kubelet.image_pull import ImagePull
from kubeproof.sandbox.kubelet.images import Image, NoSuchExecutable
from kubeproof.sandbox.kubelet.owner import Owner
from kubeproof.sandbox.kubelet.prober import KINDS, Kind, Prober
from kubeproof.sandbox.kubelet.process import Process
from kubeproof.sandbox.objects import Object

_LEAST_GRACE = 2.0
"""Seconds from SIGTERM to SIGKILL even if no grace is left (the kubelet's minimum)."""
_START_ERROR = 128
"""The exit code which container runtimes report for a program that could not be started."""


class Container:
    """One container across its restarts."""

    def __init__(self, owner: Owner, spec: Object) -> None:
        self.spec = spec
        self.state: State = Waiting()
        self.last: Terminated | None = None
        self.container_id = ""
        self.restart_count = 0
        self.ready = False
        self.stopping = False
        self.log: ContainerLog | None = None
        self.previous_log: ContainerLog | None = None
        self._owner = owner
        self._clock = owner.clock
        self._pull = ImagePull(owner, self._show)
        self._process: Process | None = None
        self._ended = asyncio.Event()
        self._started = asyncio.Event()
        self._back_off = BackOff()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """The container's name."""
        return str(self.spec["name"])

    @property
    def address(self) -> str:
        """The Pod's address."""
        return self._owner.address

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return isinstance(self.state, Running)

    @property
    def started(self) -> bool:
        """Whether it runs and its startup probe, if it has one, has succeeded."""
        return self.running and self._started.is_set()

    @property
    def started_at(self) -> float:
        """When it started, in seconds since the epoch; 0 while it does not run."""
        return self.state.started_at if isinstance(self.state, Running) else 0.0

    async def has_started(self) -> None:
        """Return once its startup probe has succeeded, or at once if it has none."""
        await self._started.wait()

    async def run(self) -> None:
        """Run it, again and again where its Pod wants that; returns when it ended for good."""
        while not self.stopping:
            image = await self._pull.image(lambda: self.spec)
            await self._start(image)
            await self._ended.wait()
            if not self._restarts():
                return
            await self._back_off_from_restart()

    async def stop(self, deadline: Deadline, why: str = "") -> None:
        """End its process: preStop hook, SIGTERM, and SIGKILL when the grace period is over."""
        process = self._process
        if process is None or not process.running:
            return
        self._owner.normal("Killing", why or f"Stopping container {self.name}")
        await self._pre_stop(deadline)
        process.terminate()
        if process.running:
            await first(self._ended.wait(), deadline.reached(_LEAST_GRACE))
        process.kill()

    def kill(self) -> None:
        """End its process at once, if it runs."""
        if self._process is not None:
            self._process.kill()

    def respecify(self, spec: Object) -> None:
        """Take a changed spec; another image takes effect by a restart."""
        changed = spec.get("image") != self.spec.get("image")
        self.spec = spec
        if not changed:
            return
        self._pull.look_again()
        self._restart(
            f"Container {self.name} definition changed, will be restarted", self._owner.grace()
        )

    def probe_settled(self, kind: Kind, success: bool) -> None:
        """Act on a probe that reached its threshold."""
        if kind == "readiness":
            self._set_ready(success)
        elif kind == "startup" and success:
            self._started.set()
            self._set_ready("readinessProbe" not in self.spec)
        elif not success:
            grace = self.spec[f"{kind}Probe"].get("terminationGracePeriodSeconds")
            why = f"Container {self.name} failed {kind} probe, will be restarted"
            self._restart(why, self._owner.grace() if grace is None else float(grace))

    def warn(self, reason: str, message: str) -> None:
        """Record an Event about it."""
        self._owner.warn(reason, message)

    async def _start(self, image: Image) -> None:
        """Start a run of it; it may have ended already when this returns."""
        if self.container_id:
            self.restart_count += 1
        if isinstance(self.state, Terminated):
            self.last = self.state
        self.previous_log, self.log = self.log, ContainerLog(self._clock.time)
        self.container_id = f"containerd://{token_hex(32)}"
        self._ended.clear()
        self._started.clear()
        began = self._clock.time()
        surroundings = self._owner.surroundings(self.spec)
        process = Process(surroundings, self.log, lambda: self._exited(process, began))
        self._process = process
        self._owner.normal("Created", "Container created")
        try:
            await self._run_program(process, image)
            if process.running:
                await self._post_start()
        except asyncio.CancelledError:
            process.kill()
            raise
        if process.running:
            self._is_running(began)

    async def _run_program(self, process: Process, image: Image) -> None:
        command, arguments = self.spec.get("command") or (), self.spec.get("args") or ()
        try:
            program = image.program(process, command, arguments)
        except NoSuchExecutable as error:
            process.termination_message = f"failed to create containerd task: {error}"
            self.warn("Failed", f"Error: {process.termination_message}")
            process.exit(_START_ERROR)
            return
        except UsageError as error:
            process.log.write(f"Error: {error}")
            process.exit(1)
            return
        await process.run(program)
        self._owner.normal("Started", "Container started")

    def _is_running(self, began: float) -> None:
        self.state = Running(began)
        probes: list[Kind] = [kind for kind in KINDS if f"{kind}Probe" in self.spec]
        if "startup" not in probes:
            self._started.set()
            self.ready = "readiness" not in probes
        for kind in probes:
            node = self._owner.node_namespace
            self._keep(Prober(kind, self.spec[f"{kind}Probe"], self, node, self._clock).run())
        self._owner.changed()

    def _exited(self, process: Process, began: float) -> None:
        """Its process has ended: called by the process itself."""
        code = process.exit_code or 0
        reason = "Completed" if code == 0 else "Error"
        if code == _START_ERROR and process.termination_message:
            reason = "StartError"
        self.state = Terminated(
            code,
            reason,
            began,
            self._clock.time(),
            self.container_id,
            self._termination_message(process),
        )
        self.ready = False
        self._started.clear()
        for task in self._tasks:
            task.cancel()
        self._ended.set()
        self._owner.changed()

    def _termination_message(self, process: Process) -> str:
        if process.termination_message or not process.exit_code:
            return process.termination_message
        if self.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError":
            return process.log.last()
        return ""

    def _restarts(self) -> bool:
        if self.stopping or not isinstance(self.state, Terminated):
            return False
        return self._owner.restarts(self.spec, self.state.exit_code)

    async def _back_off_from_restart(self) -> None:
        assert isinstance(self.state, Terminated)
        failed = self.state.finished_at
        wait = self._back_off.remaining(self._clock.time(), failed)
        if wait > 0:
            self.last = self.state
            what = f"restarting failed container {self.name} in pod {self._owner.label}"
            self.warn("BackOff", f"Back-off {what}")
            delay = format_delay(self._back_off.delay)
            what = f"restarting failed container={self.name} pod={self._owner.label}"
            self._show(Waiting("CrashLoopBackOff", f"back-off {delay} {what}"))
            await self._clock.sleep(wait)
        self._back_off.advance(self._clock.time(), failed)

    async def _post_start(self) -> None:
        """Run the postStart hook; its failure is the container's."""
        try:
            await self._hook("postStart")
        except HookFailed:
            self.warn("FailedPostStartHook", "PostStartHook failed")
            await self.stop(Deadline(self._clock, self._owner.grace()), "FailedPostStartHook")

    async def _pre_stop(self, deadline: Deadline) -> None:
        """Run the preStop hook for no longer than the grace period."""
        if deadline.left <= 0:
            return
        try:
            await first(self._hook("preStop"), deadline.reached())
        except HookFailed:
            self.warn("FailedPreStopHook", "PreStopHook failed")

    async def _hook(self, moment: str) -> None:
        lifecycle: Object = self.spec.get("lifecycle") or {}
        handler: Object | None = lifecycle.get(moment)
        if handler:
            node = self._owner.node_namespace
            await hooks.run(handler, self.spec, self.address, node, self._clock)

    def _restart(self, why: str, grace: float) -> None:
        if self.running and not self.stopping:
            self._owner.spawn(self.stop(Deadline(self._clock, grace), why))

    def _set_ready(self, ready: bool) -> None:
        if self.running and ready != self.ready:
            self.ready = ready
        self._owner.changed()

    def _show(self, state: State) -> None:
        self.state = state
        self._owner.changed()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run for as long as this run of the container lasts."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
