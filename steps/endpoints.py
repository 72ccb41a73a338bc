"""EndpointSlices: what the control plane tells the service proxies of a Service's Pods."""

from pytest_bdd import parsers, then

from kubeproof.cluster import promises
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.plugin.patterns import PODS, quoted

STANDING = "|".join(promises.STANDINGS)


@then(
    parsers.re(rf"its EndpointSlices name (?P<pods>{PODS}|no Pod)(?: as (?P<standing>{STANDING}))?")
)
def endpoint_slices_name(
    workload: Workload, attempt: Attempt, pods: str, standing: str | None
) -> None:
    """The Service has EndpointSlices, which name these Pods and no others, ready or otherwise."""
    promises.endpoints_are(workload, attempt.service, quoted(pods), standing or "ready")
