"""Breaking the cluster for a trial: a sandbox by its own means, any other by its nodes."""

from collections.abc import Iterable, Sequence
from typing import Protocol, cast, runtime_checkable

import pytest

from kubeproof.cluster.base import Cluster
from kubeproof.cluster.disruption.disruption import Disruption
from kubeproof.cluster.disruption.entry import disruption_of
from kubeproof.cluster.disruption.switch import CannotBreak
from kubeproof.cluster.run import Run
from kubeproof.waiting import Budgets, overridden


@runtime_checkable
class Breakable(Protocol):
    """What can be broken on purpose."""

    def set_faults(self, names: Iterable[str]) -> None:
        """Break it in these ways, and in no other."""
        ...


class _Limited(Protocol):
    budgets: Budgets


class Breaking:
    """The cluster of a worker, once there is one, and what is wrong with it for now."""

    def __init__(self) -> None:
        self._cluster: Cluster | None = None
        self._breakable: Breakable | None = None
        self._disruption: Disruption | None = None
        self._usual: Budgets | None = None
        self._struck = False

    @property
    def nodes(self) -> Sequence[str]:
        """The names of real nodes in their order; a sandbox's are known to its faults."""
        return self._disruption.nodes if self._disruption else ()

    def take(self, cluster: Cluster) -> None:
        """There is a cluster."""
        self._cluster, self._usual = cluster, cluster.budgets
        self._breakable = cluster if isinstance(cluster, Breakable) else None

    def take_nodes(self, run: Run, image: str) -> Disruption | None:
        """There is a run, which the faults of real nodes need; None for a sandbox."""
        if self._cluster and not self._breakable:
            self._disruption = self._breakable = disruption_of(self._cluster, run, image)
        return self._disruption

    def on(self, faults: Iterable[str], budgets: Sequence[str]) -> None:
        """Break the cluster, before a scenario begins; one for which that cannot be is skipped."""
        self._struck = False
        if self._breakable and self._usual:
            cast(_Limited, self._cluster).budgets = overridden(self._usual, list(budgets))
            try:
                self._breakable.set_faults(faults)
            except CannotBreak as error:
                pytest.skip(str(error))

    def strike(self) -> None:
        """The scenario has all it needs, and asks its first question now."""
        if self._disruption and not self._struck:
            self._struck = True
            self._disruption.strike()

    def off(self) -> None:
        """Mend the cluster, before the scenario's objects are taken away."""
        if self._breakable and self._usual:
            self._breakable.set_faults(())
            cast(_Limited, self._cluster).budgets = self._usual
