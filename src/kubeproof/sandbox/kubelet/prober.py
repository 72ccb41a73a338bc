"""When a container is probed, and what follows from how its probes go.

Source: "Configure Liveness, Readiness and Startup Probes"; timing as the prober worker of
Kubernetes 1.36: one probe a period, the first at once or when the initial delay is over.
"""

from typing import Literal, Protocol, TypeAlias

from kubeproof.sandbox.kubelet import probe
from kubeproof.sandbox.kubelet.clock import Clock
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.kubelet.probe import Outcome, ProbeError
from kubeproof.sandbox.objects import Object

Kind: TypeAlias = Literal["startup", "readiness", "liveness"]
KINDS: tuple[Kind, ...] = ("startup", "readiness", "liveness")


class Probed(Protocol):
    """The container that is probed."""

    @property
    def spec(self) -> Object:
        """The container as the Pod's spec describes it."""
        ...

    @property
    def address(self) -> str:
        """The Pod's address."""
        ...

    @property
    def started_at(self) -> float:
        """When it started, in seconds since the epoch."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether the Pod is being ended."""
        ...

    async def has_started(self) -> None:
        """Return once its startup probe has succeeded, or at once if it has none."""
        ...

    def probe_settled(self, kind: Kind, success: bool) -> None:
        """A probe has succeeded or failed as often in a row as its threshold says."""
        ...

    def warn(self, reason: str, message: str) -> None:
        """Record an Event about it."""
        ...


class Prober:
    """One probe of one run of a container."""

    def __init__(
        self, kind: Kind, spec: Object, container: Probed, node: Namespace, clock: Clock
    ) -> None:
        """``node`` is the namespace that probes come from."""
        self._kind: Kind = kind
        self._spec = spec
        self._container = container
        self._node = node
        self._clock = clock
        self._last: bool | None = None
        self._in_a_row = 0

    async def run(self) -> None:
        """Probe until there is no more to find out; else until cancelled."""
        if self._kind != "startup":
            await self._container.has_started()
        tick = self._clock.time()
        while not self._is_over():
            if self._is_due() and await self._probe():
                return
            tick = self._next(tick)
            await self._clock.sleep(tick - self._clock.time())

    def _is_over(self) -> bool:
        """While a Pod ends only its readiness is of interest."""
        return self._container.stopping and self._kind != "readiness"

    def _is_due(self) -> bool:
        running = int(self._clock.time() - self._container.started_at)
        return running >= int(self._spec.get("initialDelaySeconds") or 0)

    def _next(self, tick: float) -> float:
        """The next moment of a ticker, which drops the ticks that nobody waited for."""
        period = float(self._spec.get("periodSeconds") or 10)
        late = max(0.0, self._clock.time() - tick)
        return tick + period * (int(late / period) + 1)

    async def _probe(self) -> bool:
        """Probe once; True if this probe is needed no longer."""
        timeout = float(self._spec.get("timeoutSeconds") or 1)
        try:
            outcome = await probe.run(
                self._spec, self._container.spec, self._container.address, self._node, timeout
            )
        except ProbeError as error:
            why = f"{self._title} probe errored and resulted in unknown state: {error}"
            self._container.warn("Unhealthy", why)
            return False
        self._tell(outcome)
        return self._count(outcome.result != "failure")

    def _tell(self, outcome: Outcome) -> None:
        if outcome.result == "failure":
            self._container.warn("Unhealthy", f"{self._title} probe failed: {outcome.output}")
        elif outcome.result == "warning":
            self._container.warn("ProbeWarning", f"{self._title} probe warning: {outcome.output}")

    def _count(self, success: bool) -> bool:
        self._in_a_row = self._in_a_row + 1 if success == self._last else 1
        self._last = success
        threshold = "successThreshold" if success else "failureThreshold"
        if self._in_a_row < int(self._spec.get(threshold) or (1 if success else 3)):
            return False
        if self._is_over():
            return True
        self._container.probe_settled(self._kind, success)
        return self._kind == "startup" or (self._kind == "liveness" and not success)

    @property
    def _title(self) -> str:
        return self._kind.capitalize()
