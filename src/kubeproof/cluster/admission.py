"""What the cluster's admission lets a run make: asked by dry run, so that nothing is made."""

from typing import TYPE_CHECKING

from kubeproof.capability import Finding
from kubeproof.cluster.rejected import Rejected
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

_ON_HOST_NETWORK: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"generateName": "kubeproof-host-network-", "namespace": "default"},
    "spec": {"hostNetwork": True, "containers": [{"name": "container", "image": "agnhost"}]},
}


def host_network(api: "Api") -> Finding:
    """Whether Pods may use their node's network (concepts/security/pod-security-standards)."""
    try:
        api.create(_ON_HOST_NETWORK, dry_run=True)
    except Rejected as refusal:
        return Finding(False, f"a Pod on its node's network is refused: {refusal}")
    return Finding(True, "a Pod on its node's network is admitted in namespace default")
