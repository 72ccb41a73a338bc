"""EndpointSlices: what the control plane tells the service proxies of a Service's Pods."""

from pytest_bdd import parsers, then, when

from kubeproof.cluster import promises, publishing
from kubeproof.cluster.publishing import Publication, Within
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


@when(parsers.parse('many Services like "{name}" are created'), target_fixture="publication")
def many_services_are_created(workload: Workload, name: str) -> Publication:
    """As many as it takes to say something of all Services, one after the other."""
    return publishing.publish(workload, name)


@then(
    parsers.parse("half of them have endpoints within {half:d} s and 99 of 100 within {most:d} s")
)
def have_endpoints_within(
    workload: Workload, publication: Publication, half: int, most: int
) -> None:
    """These shares of all Services are published in time, as far as the sample can tell."""
    limits = [Within("half", 0.5, half), Within("99 of 100", 0.99, most)]
    publishing.published_within(workload, publication, limits)
