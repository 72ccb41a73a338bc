"""What a load balancer writes into a Service's status, written by the suite in its place.

So the nodes' part can be shown without a load balancer, and whatever its own ipMode is (KEP-1860).
"""

from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.model import Service


def report(workload: Workload, name: str, address: str, mode: str) -> Attempt:
    """Say in a Service's status that it has this external IP, with this ipMode."""
    status = {"loadBalancer": {"ingress": [{"ip": address, "ipMode": mode}]}}
    made = workload.api.patch_status("Service", name, workload.namespace, status)
    return Attempt(name, Service.of(made))
