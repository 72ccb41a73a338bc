"""One run on one cluster: its id, its namespaces, and what must be gone when it ends."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubeproof.cluster.clean import await_empty, drop_contents
from kubeproof.cluster.marks import MANAGED_BY, RUN
from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken, ClusterUnavailable, NotSettled
from kubeproof.waiting import Budgets, settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

DISCOVERY = "discovery.k8s.io/v1"


class LeftBehind(CheckBroken):
    """Raised when a run could not take away what it made; the text names it."""


@dataclass
class Run:
    """Names everything that a run makes, so that it can be found again and taken away."""

    api: "Api"
    budgets: Budgets
    id: str = field(default_factory=lambda: secrets.token_hex(3))
    _made: list[str] = field(default_factory=list[str])

    @property
    def labels(self) -> Mapping[str, str]:
        """The marks of this run."""
        return {MANAGED_BY: "kubeproof", RUN: self.id}

    @property
    def count(self) -> int:
        """How many namespaces the run has made."""
        return len(self._made)

    def make_namespace(self, purpose: str, labels: Mapping[str, str] | None = None) -> str:
        """Create a namespace for one scenario, or for the run's own Pods, with further labels.

        Raises:
            ClusterUnavailable: the API server refuses it; nothing can be done without.
        """
        name = f"kubeproof-{self.id}-{purpose}"
        metadata = {"name": name, "labels": {**(labels or {}), **self.labels}}
        try:
            self.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        except Rejected as refusal:
            raise ClusterUnavailable(f"no namespace can be made there: {refusal}") from refusal
        self._made.append(name)
        self._await_default_account(name)
        return name

    def _await_default_account(self, namespace: str) -> None:
        """A Pod is refused as long as its namespace has no ServiceAccount "default"."""
        settle(
            lambda: self._has_account(namespace),
            bool,
            what=f"namespace {namespace} has its default ServiceAccount",
            within=self.budgets.endpoints,
            every=self.budgets.control_plane_poll,
        )

    def _has_account(self, namespace: str) -> bool:
        try:
            self.api.get("ServiceAccount", "default", namespace)
        except Rejected:
            return False
        return True

    def drop_namespace(self, name: str) -> None:
        """Delete a namespace; its Services go first and at once, to free their node ports."""
        self.drop_services(name)
        self.api.delete("Namespace", name)

    def drop_services(self, namespace: str) -> None:
        """Delete the Services of a namespace, until nothing is left that routes to them.

        Their EndpointSlices go by garbage collection: a Service that follows under the same name
        must not find those of its predecessor.
        """
        for service in self.api.list("Service", namespace):
            self.api.delete("Service", service["metadata"]["name"], namespace)
        settle(
            lambda: self._routed(namespace),
            lambda left: not left,
            what=f"the Services of namespace {namespace} are gone",
            within=self.budgets.load_balancer,
            every=self.budgets.control_plane_poll / 5,
        )

    def _routed(self, namespace: str) -> list[str]:
        slices = self.api.list("EndpointSlice", namespace, group=DISCOVERY)
        return [
            f"{one['kind']} {one['metadata']['name']}"
            for one in [*self.api.list("Service", namespace), *slices]
        ]

    def finish(self) -> None:
        """Delete every namespace of the run and wait until nothing of the run is in them.

        Raises:
            LeftBehind: something does not go, or the API server does not do it.
        """
        try:
            self._finish()
        except (NotSettled, CheckBroken) as error:
            names = ", ".join(self._made)
            raise LeftBehind(
                f"{error}; this may be left in the cluster: {names}; remove it with: "
                "kubeproof clean --older-than 0s"
            ) from error

    def _finish(self) -> None:
        for name in self._made:
            drop_contents(self.api, name)
        for name in self._made:
            self.api.delete("Namespace", name)
        await_empty(self.api, self._made, self.budgets)
