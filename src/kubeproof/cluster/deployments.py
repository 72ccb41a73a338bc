"""Deployments of a scenario: started, rolled out anew, and taken away with it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kubeproof.cluster.workload import Workload
from kubeproof.manifest import placed, restricted
from kubeproof.model import Object
from kubeproof.waiting import settle

_APPS = "apps/v1"
_ROUND = "kubeproof.dev/round"  # annotation of the Pods: another value is another revision


@dataclass
class Deployments:
    """Starts and changes the Deployments of the scenario's manifest."""

    workload: Workload
    _made: list[str] = field(default_factory=list[str])

    def start(self, name: str) -> None:
        """Create a Deployment and wait until all its Pods serve."""
        obj = placed(
            self.workload.manifest.find("Deployment", name),
            self.workload.namespace,
            self.workload.labels,
        )
        obj["spec"]["template"] = restricted(obj["spec"]["template"], self.workload.image)
        self._made.append(name)
        self.workload.api.apply(obj)
        self._await(name, _is_rolled_out)

    def roll_out(self, name: str) -> None:
        """Have every Pod replaced, as ``kubectl rollout restart`` does, and wait for the end."""
        template = {"metadata": {"annotations": {_ROUND: "2"}}}
        patch: Object = {"spec": {"template": template}}
        self.workload.api.patch("Deployment", name, self.workload.namespace, patch, group=_APPS)
        self._await(name, _is_rolled_out)

    def clear(self) -> None:
        """Delete the Deployments; their Pods go with them."""
        for name in self._made:
            self.workload.api.delete("Deployment", name, self.workload.namespace, group=_APPS)

    def _await(self, name: str, done: Callable[[Object], bool]) -> None:
        settle(
            lambda: self.workload.api.get("Deployment", name, self.workload.namespace, group=_APPS),
            done,
            what=f"Deployment {name} is rolled out",
            within=self.workload.budgets.pods_ready,
            every=self.workload.budgets.control_plane_poll,
            show=lambda obj: str(obj.get("status")),
        )
        self.workload.settle_endpoints()


def _is_rolled_out(obj: Object) -> bool:
    """As ``kubectl rollout status`` has it: all Pods are of the latest revision, and available."""
    status, wanted = obj.get("status", {}), obj["spec"]["replicas"]
    counts = [status.get(f"{kind}eplicas") for kind in ("r", "updatedR", "availableR")]
    observed = status.get("observedGeneration", 0) >= obj["metadata"]["generation"]
    return bool(observed and counts == [wanted] * 3)
