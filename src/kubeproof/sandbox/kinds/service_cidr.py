"""The ServiceCIDR object that says where ClusterIPs come from (KEP-1880)."""

import uuid

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.objects import Object, now

NAME = "kubernetes"
_RESOURCE = "servicecidrs"


def announce(cidr: str, store: Store) -> None:
    """Store the ServiceCIDR of the cluster, unless it is there already."""
    if store.get(_RESOURCE, "", NAME) is None:
        store.put(_RESOURCE, _service_cidr(cidr))


def _service_cidr(cidr: str) -> Object:
    moment = now()
    return {
        "kind": "ServiceCIDR",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {
            "name": NAME,
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
