"""The ServiceCIDR object that says where ClusterIPs come from (KEP-1880)."""

import uuid

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.objects import Object, now

NAME = "kubernetes"
_RESOURCE = "servicecidrs"


def announce(cidr: str, store: Store, name: str = NAME) -> None:
    """Store the ServiceCIDR of the cluster, or another, unless it is there already."""
    if store.get(_RESOURCE, "", name) is None:
        store.put(_RESOURCE, _service_cidr(cidr, name))


def withdraw(store: Store, name: str) -> None:
    """Remove a ServiceCIDR; harmless where there is none of that name."""
    store.remove(_RESOURCE, "", name)


def _service_cidr(cidr: str, name: str) -> Object:
    moment = now()
    return {
        "kind": "ServiceCIDR",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {
            "name": name,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": moment,
            "finalizers": ["networking.k8s.io/service-cidr-finalizer"],
        },
        "spec": {"cidrs": [cidr]},
        "status": {
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "lastTransitionTime": moment,
                    "reason": "",
                    "message": "Kubernetes Service CIDR is ready",
                }
            ]
        },
    }
