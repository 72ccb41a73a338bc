"""Just enough rules for the API's own tests: the kinds' real ones have tests of their own."""

from collections.abc import Callable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.jsonvalue import items
from kubeproof.sandbox.api.strategy import Strategy
from kubeproof.sandbox.objects import Object


class PlainService(Strategy):
    """Defaults every Service gets, and addresses counted up."""

    def __init__(self) -> None:
        self.taken = 0
        self.given_back = 0

    def default(self, obj: Object) -> None:
        spec = obj["spec"]
        spec.setdefault("type", "ClusterIP")
        spec.setdefault("sessionAffinity", "None")
        spec.setdefault("internalTrafficPolicy", "Cluster")
        for port in items(spec, "ports"):
            port.setdefault("protocol", "TCP")
            port.setdefault("targetPort", port["port"])

    def validate(self, obj: Object) -> list[FieldError]:
        ports = items(obj["spec"], "ports")
        return [
            FieldError.invalid(
                f"spec.ports[{index}].port",
                port["port"],
                "must be between 1 and 65535, inclusive",
            )
            for index, port in enumerate(ports)
            if not 1 <= port["port"] <= 65535
        ]

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        return self.validate(obj)

    def prepare_update(self, obj: Object, old: Object) -> None:
        for key in ("clusterIP", "clusterIPs"):
            if key in old["spec"]:
                obj["spec"].setdefault(key, old["spec"][key])

    def allocate(self, obj: Object, old: Object | None, dry_run: bool) -> Callable[[], None]:
        if "clusterIP" in obj["spec"]:
            return super().allocate(obj, old, dry_run)
        self.taken += not dry_run
        address = f"10.96.{self.taken // 250}.{self.taken % 250}"
        obj["spec"] |= {"clusterIP": address, "clusterIPs": [address]}
        return self._give_back

    def _give_back(self) -> None:
        self.given_back += 1


class PlainPod(Strategy):
    """Pods wait for their kubelet when they go."""

    graceful = True

    def default(self, obj: Object) -> None:
        spec = obj["spec"]
        spec.setdefault("restartPolicy", "Always")
        spec.setdefault("terminationGracePeriodSeconds", 30)

    def prepare_create(self, obj: Object) -> None:
        obj["status"] = {"phase": "Pending", "qosClass": "BestEffort"}


class PlainNamespace(Strategy):
    """Namespaces are Active, and held by their contents."""

    def prepare_create(self, obj: Object) -> None:
        obj["spec"] = {"finalizers": ["kubernetes"]}
        obj["status"] = {"phase": "Active"}
        labels = obj["metadata"].setdefault("labels", {})
        labels["kubernetes.io/metadata.name"] = obj["metadata"]["name"]


class PlainWorkload(Strategy):
    """Deployments and ReplicaSets want one Pod unless they say otherwise."""

    def default(self, obj: Object) -> None:
        obj["spec"].setdefault("replicas", 1)


def plain_rules() -> dict[str, Strategy]:
    """Rules for the kinds which these tests write."""
    return {
        "deployments": PlainWorkload(),
        "namespaces": PlainNamespace(),
        "pods": PlainPod(),
        "replicasets": PlainWorkload(),
        "services": PlainService(),
    }
